package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.FileBody;
import hopyard.proxy.http.FilePath;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.RequestTarget;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Date;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Files under {@code root} or {@code alias}: nginx's ngx_http_static_module, with conditions and one byte range. */
final class StaticModule implements Module {

    private static final Pattern RANGE = Pattern.compile("bytes=\\s*([0-9]{0,18})-([0-9]{0,18})\\s*");

    @Override
    public List<Command> commands() {
        return List.of(Command.simple(
                "log_not_found",
                1,
                Slots.flag(CoreSettings.KEY, c -> c.logNotFound, (c, v) -> c.logNotFound = v),
                HTTP,
                SERVER,
                LOCATION));
    }

    @Override
    public void compile(Scope scope, Location location) {
        location.on(Phase.CONTENT, StaticModule::serve);
    }

    private static Result serve(Exchange exchange) throws IOException {
        // a POST is told that there is no such file, or that it may not be posted to
        boolean isPost = exchange.method().equals("POST");
        if (!isPost && !exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.fail(405);
            return Result.TAKEN;
        }
        Path path = FilePath.of(exchange, exchange.uri());
        if (exchange.uri().endsWith("/")) {
            boolean exists = Files.isDirectory(path);
            exchange.log(
                    ErrorLog.Level.ERROR,
                    exists
                            ? "directory index of \"" + path + "/\" is forbidden"
                            : "\"" + path + "/\" is not found (2: No such file or directory)");
            exchange.fail(exists ? 403 : 404);
            return Result.TAKEN;
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                String args = exchange.args().isEmpty() ? "" : "?" + exchange.args();
                exchange.redirectClient(301, RequestTarget.escape(exchange.uri()) + "/" + args);
            } else if (!attributes.isRegularFile()) {
                exchange.log(ErrorLog.Level.CRIT, "\"" + path + "\" is not a regular file");
                exchange.fail(404);
            } else if (isPost) {
                exchange.fail(405);
            } else {
                send(exchange, path, attributes);
            }
        } catch (IOException e) {
            boolean isAbsent =
                    e instanceof NoSuchFileException || SystemErrors.text(e).startsWith("20:");
            if (!isAbsent || exchange.location().core().logNotFound) {
                exchange.log(ErrorLog.Level.ERROR, SystemErrors.open(path.toString(), e));
            }
            exchange.fail(isAbsent ? 404 : 403);
        }
        return Result.TAKEN;
    }

    private static void send(Exchange exchange, Path path, BasicFileAttributes attributes) throws IOException {
        long modified = attributes.lastModifiedTime().toMillis() / 1000;
        long size = attributes.size();
        String etag = "\"" + Long.toHexString(modified) + "-" + Long.toHexString(size) + "\"";
        HeaderMap out = exchange.http().getResponseHeaders();
        out.put(Headers.ETAG, etag);
        // of an error page, nginx tells no date and gives no parts
        if (!exchange.isErrorPage()) {
            out.put(Headers.LAST_MODIFIED, DateUtils.toDateString(new Date(modified * 1000)));
            if (isUnchanged(exchange, etag, modified)) {
                exchange.respond(304, null, new byte[0]);
                return;
            }
            out.put(Headers.ACCEPT_RANGES, "bytes");
        }
        String type = exchange.location().core().typeOf(path.toString());
        String range = exchange.isErrorPage() ? null : exchange.header(Headers.RANGE);
        Matcher matcher = range == null ? null : RANGE.matcher(range);
        long start = 0;
        long end = size;
        if (matcher != null
                && matcher.matches()
                && !matcher.group(1).concat(matcher.group(2)).isEmpty()) {
            boolean isSuffix = matcher.group(1).isEmpty();
            start = isSuffix ? Math.max(0, size - Long.parseLong(matcher.group(2))) : Long.parseLong(matcher.group(1));
            end = isSuffix || matcher.group(2).isEmpty() ? size : Math.min(size, Long.parseLong(matcher.group(2)) + 1);
            if (start >= size || start >= end) {
                out.put(Headers.CONTENT_RANGE, "bytes */" + size);
                exchange.fail(416);
                return;
            }
            exchange.http().setStatusCode(206);
            out.put(Headers.CONTENT_RANGE, "bytes " + start + "-" + (end - 1) + "/" + size);
        }
        out.put(Headers.CONTENT_TYPE, type);
        out.put(Headers.CONTENT_LENGTH, end - start);
        FileChannel file = FileChannel.open(path);
        FileBody.send(exchange, file, start, end);
    }

    /** RFC 9110 §13.2.2: an entity tag decides before a date does. */
    private static boolean isUnchanged(Exchange exchange, String etag, long modified) {
        String tags = exchange.header(Headers.IF_NONE_MATCH);
        if (tags != null) {
            return tags.trim().equals("*") || tags.contains(etag);
        }
        String since = exchange.header(Headers.IF_MODIFIED_SINCE);
        Date date = since == null ? null : DateUtils.parseDate(since);
        return date != null && date.getTime() / 1000 == modified;
    }
}
