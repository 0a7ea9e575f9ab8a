package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.memory.BufferPool;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.ExchangeKey;
import hopyard.proxy.http.FilePath;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.Regex;
import hopyard.proxy.http.Variables;
import io.undertow.conduits.GzipStreamSinkConduit;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.ConduitFactory;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xnio.conduits.StreamSinkConduit;

/**
 * Compresses responses for clients that take it, as long as there is memory to do it in; others go out as they are.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_gzip_module.html">ngx_http_gzip_module</a>
 */
final class GzipModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);
    private static final Context[] ANYWHERE = {SERVER, LOCATION};
    private static final Set<String> PROXIED =
            Set.of("off", "expired", "no-cache", "no-store", "private", "no_last_modified", "no_etag", "auth", "any");

    /** {@code gzip} as a content coding, with its weight. */
    private static final Pattern GZIP = Pattern.compile("(?i)(?:^|[, ])gzip(?:\\s*;\\s*q=([0-9.]+))?\\s*(?=$|[, ;])");

    /** How much content there was before it was compressed. */
    private static final ExchangeKey<long[]> PLAIN = new ExchangeKey<>();

    /**
     * What zlib takes for one response, outside of the heap, in bytes.
     *
     * @see <a href="https://www.zlib.net/zlib_tech.html">zlib: memory footprint</a>
     */
    private static final int ZLIB = 268 << 10;

    /** Gives back its memory also where the client leaves before the end, which Undertow's own does not hear of. */
    private static final class Compressor extends GzipStreamSinkConduit {
        Compressor(ConduitFactory<StreamSinkConduit> next, HttpServerExchange exchange, int level) {
            super(next, exchange, level);
        }

        void discard() {
            if (currentBuffer != null) {
                currentBuffer.close();
                currentBuffer = null;
            }
            if (deflater != null) {
                deflater = null;
                pooledObject.close();
            }
        }
    }

    private static final class Settings {
        private Boolean on;
        private Boolean vary;
        private String files;
        private Long minLength;
        private Integer level;
        private Set<String> types;
        private Set<String> proxied;
        private List<Regex> disabled;
        private String httpVersion;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple(
                        "gzip", 1, Slots.flag(KEY, s -> s.on, (s, v) -> s.on = v), HTTP, SERVER, LOCATION, LOCATION_IF),
                Command.simple(
                        "gzip_static",
                        1,
                        Slots.once(KEY, s -> s.files, (s, v) -> s.files = v, GzipModule::files),
                        HTTP,
                        ANYWHERE),
                Command.simple("gzip_vary", 1, Slots.flag(KEY, s -> s.vary, (s, v) -> s.vary = v), HTTP, ANYWHERE),
                Command.simple(
                        "gzip_min_length",
                        1,
                        Slots.size(KEY, s -> s.minLength, (s, v) -> s.minLength = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "gzip_comp_level",
                        1,
                        Slots.once(KEY, s -> s.level, (s, v) -> s.level = v, GzipModule::level),
                        HTTP,
                        ANYWHERE),
                Command.simple("gzip_types", 1, Command.ANY, GzipModule::types, HTTP, ANYWHERE),
                Command.simple("gzip_proxied", 1, Command.ANY, GzipModule::proxied, HTTP, ANYWHERE),
                Command.simple("gzip_disable", 1, Command.ANY, GzipModule::disable, HTTP, ANYWHERE),
                Command.simple(
                        "gzip_http_version",
                        1,
                        Slots.once(KEY, s -> s.httpVersion, (s, v) -> s.httpVersion = v, GzipModule::httpVersion),
                        HTTP,
                        ANYWHERE));
    }

    private static Integer level(Directive d) throws ConfException {
        int level = Values.number(d, 0);
        if (level < 1 || level > 9) {
            throw d.error("value must be between 1 and 9");
        }
        return level;
    }

    private static String httpVersion(Directive d) throws ConfException {
        if (!d.arg(0).equals("1.0") && !d.arg(0).equals("1.1")) {
            throw d.error("invalid value \"" + d.arg(0) + "\"");
        }
        return d.arg(0);
    }

    private static void types(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.types = settings.types == null ? new HashSet<>(Set.of("text/html")) : settings.types;
        d.args().forEach(type -> settings.types.add(type.toLowerCase(Locale.ROOT)));
    }

    private static void proxied(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.proxied = settings.proxied == null ? new HashSet<>() : settings.proxied;
        for (String word : d.args()) {
            if (!PROXIED.contains(word)) {
                throw d.error("invalid value \"" + word + "\"");
            }
            settings.proxied.add(word);
        }
    }

    private static void disable(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.disabled = settings.disabled == null ? new ArrayList<>() : settings.disabled;
        for (String text : d.args()) {
            // nginx's short form for the browsers that could not
            String expression = text.equals("msie6") ? "MSIE [4-6]\\." : text;
            settings.disabled.add(Regex.compile(Build.of(scope).variables(), d, expression, true));
        }
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.on = Inherited.or(own.on, outer.on);
        own.vary = Inherited.or(own.vary, outer.vary);
        own.files = Inherited.or(own.files, outer.files);
        own.minLength = Inherited.or(own.minLength, outer.minLength);
        own.level = Inherited.or(own.level, outer.level);
        own.types = Inherited.or(own.types, outer.types);
        own.proxied = Inherited.or(own.proxied, outer.proxied);
        own.disabled = Inherited.or(own.disabled, outer.disabled);
        own.httpVersion = Inherited.or(own.httpVersion, outer.httpVersion);
    }

    @Override
    public void compile(Scope scope, Location location) {
        Settings own = scope.get(KEY);
        own.minLength = Inherited.orDefault(own.minLength, 20L);
        own.level = Inherited.orDefault(own.level, 1);
        own.types = Inherited.orDefault(own.types, Set.of("text/html"));
        own.proxied = Inherited.orDefault(own.proxied, Set.of("off"));
        own.disabled = Inherited.orDefault(own.disabled, List.of());
        own.httpVersion = Inherited.orDefault(own.httpVersion, "1.1");
        if (Boolean.TRUE.equals(own.on)) {
            location.filter(exchange -> filter(exchange, own));
        }
        if (own.files != null && !own.files.equals("off")) {
            boolean always = own.files.equals("always");
            location.on(Phase.CONTENT, exchange -> sendFile(exchange, own, always));
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("gzip_ratio", exchange -> {
            long[] plain = exchange.get(PLAIN);
            long sent = exchange.response().contentSent();
            return plain == null || sent == 0 ? null : String.format("%.2f", (double) plain[0] / sent);
        });
    }

    private static String files(Directive d) throws ConfException {
        return switch (d.arg(0)) {
            case "on", "off", "always" -> d.arg(0);
            default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
        };
    }

    /**
     * Sends a file that was compressed beforehand.
     *
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_gzip_static_module.html">ngx_http_gzip_static_module</a>
     */
    private static Result sendFile(Exchange exchange, Settings settings, boolean always) throws IOException {
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
        if (!always && Boolean.TRUE.equals(settings.vary)) {
            out.add(Headers.VARY, "Accept-Encoding");
        }
        if (!always && !isWanted(exchange, settings)) {
            return Result.NEXT;
        }
        out.put(Headers.CONTENT_ENCODING, "gzip");
        StaticModule.send(
                exchange, compressed, plain.toString(), Files.readAttributes(compressed, BasicFileAttributes.class));
        return Result.TAKEN;
    }

    private static void filter(Exchange exchange, Settings settings) {
        HeaderMap out = exchange.responseHeaders();
        int status = exchange.response().status();
        String length = out.getFirst(Headers.CONTENT_LENGTH);
        if (status != 200 && status != 403 && status != 404
                || out.contains(Headers.CONTENT_ENCODING)
                || length != null && Long.parseLong(length) < settings.minLength
                || !isCompressible(out.getFirst(Headers.CONTENT_TYPE), settings.types)) {
            return;
        }
        if (Boolean.TRUE.equals(settings.vary)) {
            out.add(Headers.VARY, "Accept-Encoding");
        }
        boolean isHead = exchange.method().equals("HEAD");
        if (!isWanted(exchange, settings) || !isHead && !BufferPool.takeOutside(ZLIB)) {
            return;
        }
        out.put(Headers.CONTENT_ENCODING, "gzip");
        out.remove(Headers.CONTENT_LENGTH);
        out.remove(Headers.ACCEPT_RANGES);
        weaken(out);
        if (isHead) {
            // there is nothing to compress, and the length of that would be told
            return;
        }
        Compressor[] compressor = new Compressor[1];
        exchange.lifetime().onEnd(() -> {
            if (compressor[0] != null) {
                compressor[0].discard();
            }
            BufferPool.freeOutside(ZLIB);
        });
        exchange.response().wrap((factory, http) -> compressor[0] = new Compressor(factory, http, settings.level));
        long[] plain = new long[1];
        exchange.put(PLAIN, plain);
        exchange.response().wrap((factory, http) -> new CountingConduit(factory.create(), n -> plain[0] += n));
    }

    /** The compressed content is not byte for byte what a strong tag names (RFC 9110 §8.8.1). */
    private static void weaken(HeaderMap out) {
        String tag = out.getFirst(Headers.ETAG);
        if (tag != null && tag.startsWith("\"")) {
            out.put(Headers.ETAG, "W/" + tag);
        } else if (tag != null && !tag.startsWith("W/")) {
            out.remove(Headers.ETAG);
        }
    }

    private static boolean isCompressible(String type, Set<String> types) {
        if (type == null) {
            return false;
        }
        int semicolon = type.indexOf(';');
        String plain =
                (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
        return types.contains("*") || types.contains(plain);
    }

    private static boolean isWanted(Exchange exchange, Settings settings) {
        if (!accepts(exchange.header(Headers.ACCEPT_ENCODING))) {
            return false;
        }
        if (isDisabled(exchange, settings.disabled)) {
            return false;
        }
        if (settings.httpVersion.equals("1.1") && exchange.protocol().equals("HTTP/1.0")) {
            return false;
        }
        return exchange.header(Headers.VIA) == null || isForProxies(exchange, settings.proxied);
    }

    private static boolean isDisabled(Exchange exchange, List<Regex> disabled) {
        String agent = exchange.header(Headers.USER_AGENT);
        try {
            return agent != null && disabled.stream().anyMatch(regex -> regex.find(agent));
        } catch (Regex.LimitReached e) {
            exchange.log(ErrorLog.Level.ALERT, e.getMessage());
            return true;
        }
    }

    private static boolean accepts(String header) {
        Matcher matcher = header == null ? null : GZIP.matcher(header);
        if (matcher == null || !matcher.find()) {
            return false;
        }
        String weight = matcher.group(1);
        return weight == null || weight.matches("1(\\.0{0,3})?|0\\.[0-9]{0,2}[1-9][0-9]{0,2}");
    }

    /** What {@code gzip_proxied} allows; the request came by a proxy, which its Via says. */
    private static boolean isForProxies(Exchange exchange, Set<String> allowed) {
        if (allowed.contains("off")) {
            return false;
        }
        if (allowed.contains("any") || allowed.contains("auth") && exchange.header(Headers.AUTHORIZATION) != null) {
            return true;
        }
        HeaderMap out = exchange.responseHeaders();
        String expires = out.getFirst(Headers.EXPIRES);
        if (expires != null) {
            Date date = DateUtils.parseDate(expires);
            return allowed.contains("expired") && date != null && date.getTime() < System.currentTimeMillis();
        }
        HeaderValues control = out.get(Headers.CACHE_CONTROL);
        if (control != null) {
            String all = String.join(",", control).toLowerCase(Locale.ROOT);
            return List.of("no-cache", "no-store", "private").stream()
                    .anyMatch(word -> allowed.contains(word) && all.contains(word));
        }
        return allowed.contains("no_last_modified") && !out.contains(Headers.LAST_MODIFIED)
                || allowed.contains("no_etag") && !out.contains(Headers.ETAG);
    }
}
