package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.BytesBody;
import hopyard.proxy.exchange.ClientRedirect;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.RequestTarget;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.forward.FileAccess;
import hopyard.proxy.forward.SharedBody;
import hopyard.proxy.io.ErrorLog.Level;
import hopyard.proxy.io.Escape;
import hopyard.proxy.modules.DavFiles.Depth;
import hopyard.proxy.server.Location;
import io.undertow.util.DateUtils;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Lets clients change files: the methods PUT, DELETE, MKCOL, COPY and MOVE of WebDAV.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_dav_module.html">ngx_http_dav_module</a>
 */
final class DavModule implements Module {

    private static final Settings<DavSettings> SETTINGS = Settings.of(DavSettings::new);

    private static final HttpString DEPTH = new HttpString("Depth");
    private static final HttpString DESTINATION = new HttpString("Destination");
    private static final HttpString OVERWRITE = new HttpString("Overwrite");

    private record DavSettings(
            Set<String> methods, boolean createsPath, int minDeleteDepth, Set<PosixFilePermission> access) {
        DavSettings(SettingsReader in) {
            this(
                    in.directive("dav_methods")
                            .byDefault("off")
                            .means("Which methods that change files are allowed.")
                            .args(1, Command.ANY)
                            .read(new Methods()),
                    in.directive("create_full_put_path")
                            .byDefault("off")
                            .means("Whether PUT makes directories that are missing.")
                            .flag(),
                    in.directive("min_delete_depth")
                            .byDefault("0")
                            .means("How many elements the path of what is deleted must have at least.")
                            .number(),
                    in.directive("dav_access")
                            .byDefault("user:rw")
                            .means("Who may read and write the files that are made.")
                            .args(1, 3)
                            .read(new FileAccess()));
        }
    }

    private static final class Methods implements ValueReader<Set<String>> {

        private static final Set<String> KNOWN = Set.of("OFF", "PUT", "DELETE", "MKCOL", "COPY", "MOVE");

        @Override
        public Set<String> read(Scope scope, Directive d, Set<String> former) throws ConfException {
            for (String word : d.args()) {
                if (!KNOWN.contains(word.toUpperCase(Locale.ROOT))) {
                    throw d.error("invalid value \"" + word + "\"");
                }
            }
            return d.args().stream()
                    .map(word -> word.toUpperCase(Locale.ROOT))
                    .filter(word -> !word.equals("OFF"))
                    .collect(Collectors.toSet());
        }
    }

    private static Depth depth(Exchange exchange) {
        String value = exchange.header(DEPTH);
        if (value == null) {
            return Depth.NONE;
        }
        return switch (value) {
            case "0" -> Depth.ZERO;
            case "1" -> Depth.ONE;
            case "infinity" -> Depth.INFINITY;
            default -> {
                exchange.log(Level.ERROR, "client sent invalid \"Depth\" header: \"" + value + "\"");
                yield Depth.INVALID;
            }
        };
    }

    @Override
    public Manual manual() {
        return new Manual("dav", "ngx_http_dav_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        DavSettings settings = SETTINGS.of(scope);
        if (!settings.methods.isEmpty()) {
            location.on(Phase.CONTENT, exchange -> serve(exchange, settings));
        }
    }

    private static Result serve(Exchange exchange, DavSettings settings) {
        String method = exchange.method();
        if (!settings.methods.contains(method)) {
            return Result.NEXT;
        }
        if (exchange.trail() != null) {
            Directive line = exchange.location().source().line("dav_methods");
            exchange.trail().step(Trail.Kind.CONTENT, line, null, method + " changes files, which is not tried here");
            exchange.trail().isOpen("what " + method + " comes to depends on the files");
            return Result.TAKEN;
        }
        int refused = method.equals("PUT") ? put(exchange, settings) : change(exchange, settings, method);
        if (refused != 0) {
            exchange.fail(refused);
        }
        return Result.TAKEN;
    }

    /** Refuses a request: logs why, and returns its status. */
    private static int refuse(Exchange exchange, int status, String message) {
        exchange.log(Level.ERROR, message);
        return status;
    }

    /** Does the work off the I/O thread, and answers with its status. */
    private static int work(Exchange exchange, DavSettings settings, ToIntFunction<DavFiles> work) {
        exchange.lifetime().pause(Stage.OWN);
        var thread = exchange.ioThread();
        thread.getWorker().execute(() -> {
            DavFiles files = new DavFiles(settings.access);
            int status = work.applyAsInt(files);
            thread.execute(() -> {
                if (exchange.lifetime().resume()) {
                    files.log().forEach(line -> exchange.log(line.level(), line.text()));
                    answer(exchange, status);
                }
            });
        });
        return 0;
    }

    private static void answer(Exchange exchange, int status) {
        if (status >= 300) {
            exchange.fail(status);
            return;
        }
        boolean tellsPlace = status == 201 && exchange.method().matches("PUT|MKCOL");
        if (tellsPlace) {
            String url = Escape.URI.apply(exchange.uri());
            exchange.responseHeaders().put(Headers.LOCATION, ClientRedirect.absolute(exchange, url));
        }
        BytesBody.respond(exchange, status, null, new byte[0]);
    }

    // ---- PUT

    private static int put(Exchange exchange, DavSettings settings) {
        if (exchange.uri().endsWith("/")) {
            return refuse(exchange, 409, "cannot PUT to a collection");
        }
        if (exchange.header(Headers.CONTENT_RANGE) != null) {
            return refuse(exchange, 501, "PUT with range is unsupported");
        }
        SharedBody.readToFile(exchange, uploaded -> {
            Path target = FilePath.of(exchange, exchange.uri());
            String dated = exchange.header(Headers.DATE);
            Date date = dated == null ? null : DateUtils.parseDate(dated);
            FileTime time = date == null ? null : FileTime.fromMillis(date.getTime());
            work(exchange, settings, files -> {
                int status = files.put(uploaded, target, time, settings.createsPath);
                files.forget(uploaded);
                return status;
            });
        });
        return 0;
    }

    // ---- the others

    private static int change(Exchange exchange, DavSettings settings, String method) {
        boolean hasBody = exchange.contentLength() > 0
                || exchange.header(Headers.TRANSFER_ENCODING) != null
                || exchange.stream() > 0 && !exchange.isRequestComplete();
        if (hasBody) {
            String subject = method.matches("COPY|MOVE") ? "COPY and MOVE with body are" : method + " with body is";
            return refuse(exchange, 415, subject + " unsupported");
        }
        return switch (method) {
            case "DELETE" -> delete(exchange, settings);
            case "MKCOL" -> makeCollection(exchange, settings);
            default -> transfer(exchange, settings, method.equals("MOVE"));
        };
    }

    private static int delete(Exchange exchange, DavSettings settings) {
        String uri = exchange.uri();
        int depth = 0;
        boolean isDeepEnough = settings.minDeleteDepth == 0;
        for (int i = 0; i < uri.length() && !isDeepEnough; i++) {
            if (uri.charAt(i) == '/') {
                isDeepEnough = ++depth >= settings.minDeleteDepth && i + 1 < uri.length();
            }
        }
        if (!isDeepEnough) {
            return refuse(exchange, 409, "insufficient URI depth:" + depth + " to DELETE");
        }
        Path path = FilePath.of(exchange, uri);
        String name = Paths.toBytes(path) + (uri.endsWith("/") ? "/" : "");
        Depth asked = depth(exchange);
        return work(exchange, settings, files -> files.delete(path, name, asked));
    }

    private static int makeCollection(Exchange exchange, DavSettings settings) {
        if (!exchange.uri().endsWith("/")) {
            return refuse(exchange, 409, "MKCOL can create a collection only");
        }
        Path path = FilePath.of(exchange, exchange.uri());
        return work(exchange, settings, files -> files.makeCollection(path, Paths.toBytes(path)));
    }

    private static int transfer(Exchange exchange, DavSettings settings, boolean moves) {
        String destination = exchange.header(DESTINATION);
        if (destination == null) {
            return refuse(exchange, 400, "client sent no \"Destination\" header");
        }
        String target = destination;
        if (!destination.startsWith("/")) {
            String prefix = exchange.scheme() + "://";
            String host = destination.startsWith(prefix) ? destination.substring(prefix.length()) : null;
            if (host != null && !host.startsWith(exchange.host())) {
                return refuse(
                        exchange,
                        400,
                        "\"Destination\" URI \"" + destination
                                + "\" is handled by different repository than the source URI");
            }
            int slash = host == null ? -1 : host.indexOf('/', exchange.host().length());
            target = slash < 0 ? "" : host.substring(slash);
        }
        int query = target.indexOf('?');
        String uri = RequestTarget.decodeInternal(query < 0 ? target : target.substring(0, query));
        Location base = exchange.location().base();
        boolean isOutside = uri != null
                && exchange.core().isAlias()
                && base.isPrefixOrExact()
                && uri.length() < base.name().length();
        if (uri == null && !target.isEmpty()) {
            exchange.phases().logUnsafeTarget(target);
        }
        if (uri == null || isOutside) {
            return refuse(exchange, 400, "client sent invalid \"Destination\" header: \"" + destination + "\"");
        }
        boolean isCollection = exchange.uri().endsWith("/");
        if (isCollection != target.endsWith("/")) {
            return refuse(
                    exchange,
                    409,
                    "both URI \"" + exchange.uri() + "\" and \"Destination\" URI \"" + destination
                            + "\" should be either collections or non-collections");
        }
        Depth depth = depth(exchange);
        if (depth != Depth.NONE && depth != Depth.INFINITY && (moves || depth != Depth.ZERO)) {
            return refuse(exchange, 400, "\"Depth\" header must be " + (moves ? "infinity" : "0 or infinity"));
        }
        String overwrite = exchange.header(OVERWRITE);
        if (overwrite != null && !overwrite.matches("[TtFf]")) {
            return refuse(exchange, 400, "client sent invalid \"Overwrite\" header: \"" + overwrite + "\"");
        }
        DavTransfer asked = new DavTransfer(
                moves,
                FilePath.of(exchange, exchange.uri()).normalize(),
                exchange.uri(),
                FilePath.of(exchange, uri).normalize(),
                destination,
                isCollection,
                overwrite == null || overwrite.equalsIgnoreCase("T"));
        return work(exchange, settings, asked::run);
    }
}
