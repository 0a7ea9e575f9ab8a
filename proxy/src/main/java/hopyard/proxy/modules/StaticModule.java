package hopyard.proxy.modules;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.ClientRedirect;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FileBody;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Preconditions;
import hopyard.proxy.exchange.RangeRequest;
import hopyard.proxy.exchange.SpecialResponse;
import hopyard.proxy.exchange.Symlinks;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.io.Escape;
import hopyard.proxy.server.LocationSource;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Date;

/**
 * Sends files under {@code root} or {@code alias}: nginx's ngx_http_static_module, with preconditions and byte ranges.
 */
final class StaticModule implements Module {

    @Override
    public Manual manual() {
        return new Manual("static, not modified, ranges", "ngx_http_core_module");
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        location.on(Phase.CONTENT, StaticModule::serve);
    }

    private static Result serve(Exchange exchange) throws IOException {
        // the answer to a POST depends on the file: 404 if there is none, else 405
        boolean isPost = exchange.method().equals("POST");
        if (!isPost && !exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.fail(405);
            return Result.TAKEN;
        }
        Path path = FilePath.of(exchange, exchange.uri());
        if (exchange.trail() != null) {
            LocationSource source = exchange.location().source();
            Directive root = exchange.core().isAlias() ? source.line("alias") : source.line("root");
            exchange.trail()
                    .step(
                            Trail.Kind.CONTENT,
                            root,
                            null,
                            "no line passes it on, so it is for the file " + Paths.toBytes(path.toString()));
        }
        if (exchange.uri().endsWith("/")) {
            boolean exists = Files.isDirectory(path);
            if (exists || exchange.core().logNotFound()) {
                exchange.log(
                        ErrorLog.Level.ERROR,
                        exists
                                ? "directory index of \"" + Paths.toBytes(path) + "/\" is forbidden"
                                : "\"" + Paths.toBytes(path) + "/" + IndexModule.first(exchange)
                                        + "\" is not found (2: No such file or directory)");
            }
            exchange.fail(exists ? 403 : 404);
            return Result.TAKEN;
        }
        try {
            boolean namesDirectory = FilePath.namesDirectory(exchange, exchange.uri());
            Symlinks.check(exchange, path, namesDirectory);
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                String args = exchange.args().isEmpty() ? "" : "?" + exchange.args();
                ClientRedirect.send(exchange, 301, Escape.URI.apply(exchange.uri()) + "/" + args);
            } else if (namesDirectory) {
                throw new NotDirectoryException(path + "/");
            } else if (!attributes.isRegularFile()) {
                exchange.log(ErrorLog.Level.CRIT, "\"" + Paths.toBytes(path) + "\" is not a regular file");
                exchange.fail(404);
            } else if (isPost) {
                exchange.fail(405);
            } else {
                send(exchange, path, exchange.uri(), attributes);
            }
        } catch (IOException e) {
            boolean isAbsent =
                    e instanceof NoSuchFileException || SystemErrors.text(e).startsWith("20:");
            if (!isAbsent || exchange.core().logNotFound()) {
                exchange.log(ErrorLog.Level.ERROR, Symlinks.failure(exchange, path, e));
            }
            exchange.fail(isAbsent ? 404 : 403);
        }
        return Result.TAKEN;
    }

    /**
     * Sends a file, or the ranges of it that are asked for.
     *
     * @param name the name whose extension gives the media type
     */
    static void send(Exchange exchange, Path path, String name, BasicFileAttributes attributes) throws IOException {
        exchange.ending().because(Why.STATIC);
        long modified = attributes.lastModifiedTime().toMillis() / 1000;
        long size = attributes.size();
        CoreSettings core = exchange.core();
        HeaderMap out = exchange.responseHeaders();
        if (core.etag()) {
            out.put(Headers.ETAG, "\"" + Long.toHexString(modified) + "-" + Long.toHexString(size) + "\"");
        }
        int most = out.contains(Headers.CONTENT_ENCODING) ? 0 : core.maxRanges();
        if (SpecialResponse.showsError(exchange)) {
            // nginx sends an error page without Last-Modified, and never in ranges
            most = 0;
        } else {
            out.put(Headers.LAST_MODIFIED, DateUtils.toDateString(new Date(modified * 1000)));
            int status = exchange.isSubrequest()
                    ? 200
                    : Preconditions.check(
                            exchange.requestHeaders(), exchange.responseHeaders(), core.ifModifiedSince());
            if (status == 304) {
                BytesBody.respond(exchange, 304, null, new byte[0]);
                return;
            }
            if (status == 412) {
                out.remove(Headers.ETAG);
                out.remove(Headers.LAST_MODIFIED);
                exchange.fail(412);
                return;
            }
        }
        if (!out.contains(Headers.CONTENT_TYPE)) {
            // an upstream that chose this file (X-Accel-Redirect) may have set the media type already
            String type = core.typeOf(name);
            if (!type.isEmpty()) {
                out.put(Headers.CONTENT_TYPE, type);
            }
        }
        out.put(Headers.CONTENT_LENGTH, size);
        RangeRequest ranges = most == 0 || exchange.isSubrequest()
                ? RangeRequest.none(size)
                : RangeRequest.of(exchange.requestHeaders(), out, size, most);
        if (ranges == null) {
            out.remove(Headers.ETAG);
            out.remove(Headers.LAST_MODIFIED);
            exchange.fail(416);
            return;
        }
        if (exchange.trail() != null) {
            exchange.trail().sendsFile(Paths.toBytes(path.toString()), ranges);
            return;
        }
        FileBody.send(exchange, path, FileChannel.open(path), ranges, 0);
    }
}
