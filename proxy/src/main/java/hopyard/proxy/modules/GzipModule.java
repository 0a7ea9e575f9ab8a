package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.ContentFilters;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.FilterPlace;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Variables;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;

/**
 * Compresses responses for clients that accept gzip, as long as there is memory for it. Other responses stay as they
 * are.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_gzip_module.html">ngx_http_gzip_module</a>
 */
final class GzipModule implements Module {

    private static final Settings<GzipSettings> SETTINGS = Settings.of(GzipSettings::new);

    private static final ExchangeKey<GzipFilter> FILTER = new ExchangeKey<>();

    /** What is compressed, and how. */
    private record GzipSettings(boolean gzip, GzipFiles files, long minLength, int level, Set<String> types) {
        GzipSettings(SettingsReader in) {
            this(
                    in.directive("gzip")
                            .byDefault("off")
                            .means("Whether responses are compressed for clients that take it.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .flag(),
                    in.directive("gzip_static")
                            .byDefault("off")
                            .means("Whether a file with .gz at its end is sent in the place of the other.")
                            .page("ngx_http_gzip_static_module")
                            .word(GzipFiles.class),
                    in.directive("gzip_min_length")
                            .byDefault("20")
                            .means("Responses that are shorter are not compressed.")
                            .size(),
                    in.directive("gzip_comp_level")
                            .byDefault("1")
                            .means("How hard to try, from 1 to 9.")
                            .between(1, 9)
                            .number(),
                    in.directive("gzip_types")
                            .otherwise("text/html")
                            .means("The types that are compressed; text/html always is.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes(), MediaTypes.HTML));
        }
    }

    private enum GzipFiles {
        OFF,
        ON,
        ALWAYS
    }

    @Override
    public Manual manual() {
        return new Manual("gzip, gzip_static", "ngx_http_gzip_module");
    }

    @Override
    public List<String> standsFor() {
        return List.of("ngx_http_gzip_module", "ngx_http_gzip_static_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS, GzipClients.SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        GzipSettings own = SETTINGS.of(scope);
        GzipClients clients = GzipClients.of(scope);
        if (own.gzip) {
            location.filter(FilterPlace.GZIP, exchange -> filter(exchange, own, clients));
        }
        if (own.files != GzipFiles.OFF) {
            boolean always = own.files == GzipFiles.ALWAYS;
            location.on(Phase.CONTENT, exchange -> sendFile(exchange, clients, always));
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("gzip_ratio", exchange -> {
            GzipFilter filter = exchange.get(FILTER);
            long sent = exchange.response().contentSent();
            return filter == null || sent == 0 ? null : String.format("%.2f", (double) filter.plainLength() / sent);
        });
    }

    /**
     * Sends a file that was compressed in advance.
     *
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_gzip_static_module.html">ngx_http_gzip_static_module</a>
     */
    private static Result sendFile(Exchange exchange, GzipClients clients, boolean always) throws IOException {
        boolean isRead = exchange.method().equals("GET") || exchange.method().equals("HEAD");
        if (!isRead || exchange.uri().endsWith("/")) {
            return Result.NEXT;
        }
        Path plain = FilePath.of(exchange, exchange.uri());
        Path compressed = plain.resolveSibling(plain.getFileName() + ".gz");
        HeaderMap out = exchange.responseHeaders();
        if (!Files.isRegularFile(compressed)) {
            return Result.NEXT;
        }
        if (!always) {
            clients.vary(exchange);
            if (!clients.take(exchange)) {
                return Result.NEXT;
            }
        }
        out.put(Headers.CONTENT_ENCODING, "gzip");
        StaticModule.send(
                exchange, compressed, plain.toString(), Files.readAttributes(compressed, BasicFileAttributes.class));
        return Result.TAKEN;
    }

    private static void filter(Exchange exchange, GzipSettings settings, GzipClients clients) {
        HeaderMap out = exchange.responseHeaders();
        if (exchange.isSubrequest()) {
            // its content becomes part of another one
            return;
        }
        int status = exchange.response().status();
        String length = out.getFirst(Headers.CONTENT_LENGTH);
        if (status != 200 && status != 403 && status != 404
                || out.contains(Headers.CONTENT_ENCODING)
                || length != null && Long.parseLong(length) < settings.minLength
                || !MediaTypes.has(settings.types, out.getFirst(Headers.CONTENT_TYPE))) {
            return;
        }
        clients.vary(exchange);
        if (!clients.take(exchange)) {
            return;
        }
        boolean isHead = exchange.method().equals("HEAD");
        GzipFilter filter = isHead ? null : GzipFilter.make(settings.level);
        if (filter == null && !isHead) {
            return;
        }
        out.put(Headers.CONTENT_ENCODING, "gzip");
        ContentFilters.forgetLength(exchange);
        out.remove(Headers.ACCEPT_RANGES);
        ContentFilters.weakenTag(out);
        if (!isHead) {
            exchange.put(FILTER, filter);
            ContentFilters.add(exchange, FilterPlace.GZIP, filter);
        }
    }
}
