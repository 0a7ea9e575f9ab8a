package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.memory.BufferPool;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.FilePath;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Regex;
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
 * Compresses responses for clients that accept gzip, as long as there is memory for it. Other responses stay as they
 * are.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_gzip_module.html">ngx_http_gzip_module</a>
 */
final class GzipModule implements Module {

    private static final Settings<GzipSettings> SETTINGS = Settings.of(GzipSettings::new);

    /** {@code gzip} as a content coding, with its weight. */
    private static final Pattern GZIP = Pattern.compile("(?i)(?:^|[, ])gzip(?:\\s*;\\s*q=([0-9.]+))?\\s*(?=$|[, ;])");

    /** The length of the content before it was compressed, in bytes. */
    private static final ExchangeKey<long[]> PLAIN = new ExchangeKey<>();

    /**
     * The memory that zlib takes for one response outside of the heap, in bytes.
     *
     * @see <a href="https://www.zlib.net/zlib_tech.html">zlib: memory footprint</a>
     */
    private static final int ZLIB = 268 << 10;

    /** A compressor that frees its memory also when the client leaves early. Undertow's own is not told of that. */
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

    /** How gzip compresses. */
    private record GzipSettings(
            boolean gzip,
            boolean vary,
            GzipFiles files,
            long minLength,
            int level,
            Set<String> types,
            Set<String> proxied,
            List<Regex> disabled,
            String httpVersion) {
        GzipSettings(SettingsReader in) {
            this(
                    in.directive("gzip")
                            .byDefault("off")
                            .means("Whether responses are compressed for clients that take it.")
                            .in(HTTP, SERVER, LOCATION, LOCATION_IF)
                            .flag(),
                    in.directive("gzip_vary")
                            .byDefault("off")
                            .means("Whether \"Vary: Accept-Encoding\" is added.")
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
                            .byDefault("text/html")
                            .means("The types that are compressed; text/html always is.")
                            .args(1, Command.ANY)
                            .read(new MediaTypes()),
                    in.directive("gzip_proxied")
                            .byDefault("off")
                            .means("Whether requests that came by a proxy (Via) get compressed responses.")
                            .args(1, Command.ANY)
                            .read(new Proxied()),
                    in.directive("gzip_disable")
                            .means("Browsers that get nothing compressed, as regular expressions of their User-Agent.")
                            .args(1, Command.ANY)
                            .read(new Disabled(), List.of()),
                    in.directive("gzip_http_version")
                            .byDefault("1.1")
                            .means("The oldest version of HTTP that gets compressed responses.")
                            .read(new Readers.HttpVersion()));
        }
    }

    private enum GzipFiles {
        OFF,
        ON,
        ALWAYS
    }

    private static final class Proxied implements ValueReader.Repeated<Set<String>> {

        private static final Set<String> WORDS = Set.of(
                "off", "expired", "no-cache", "no-store", "private", "no_last_modified", "no_etag", "auth", "any");

        @Override
        public Set<String> read(Scope scope, Directive d, Set<String> former) throws ConfException {
            Set<String> words = former == null ? new HashSet<>() : former;
            for (String word : d.args()) {
                if (!WORDS.contains(word)) {
                    throw d.error("invalid value \"" + word + "\"");
                }
                words.add(word);
            }
            return words;
        }
    }

    private static final class Disabled implements ValueReader.Repeated<List<Regex>> {
        @Override
        public List<Regex> read(Scope scope, Directive d, List<Regex> former) throws ConfException {
            List<Regex> disabled = former == null ? new ArrayList<>() : former;
            for (String text : d.args()) {
                // nginx's short form for the browsers that cannot decompress
                String expression = text.equals("msie6") ? "MSIE [4-6]\\." : text;
                disabled.add(Regex.compile(Build.of(scope).variables(), d, expression, true));
            }
            return disabled;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("gzip, gzip_static", "ngx_http_gzip_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        GzipSettings own = SETTINGS.of(scope);
        if (own.gzip) {
            location.filter(exchange -> filter(exchange, own));
        }
        if (own.files != GzipFiles.OFF) {
            boolean always = own.files == GzipFiles.ALWAYS;
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

    /**
     * Sends a file that was compressed in advance.
     *
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_gzip_static_module.html">ngx_http_gzip_static_module</a>
     */
    private static Result sendFile(Exchange exchange, GzipSettings settings, boolean always) throws IOException {
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
        if (!always && settings.vary) {
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

    private static void filter(Exchange exchange, GzipSettings settings) {
        HeaderMap out = exchange.responseHeaders();
        int status = exchange.response().status();
        String length = out.getFirst(Headers.CONTENT_LENGTH);
        if (status != 200 && status != 403 && status != 404
                || out.contains(Headers.CONTENT_ENCODING)
                || length != null && Long.parseLong(length) < settings.minLength
                || !MediaTypes.has(settings.types, out.getFirst(Headers.CONTENT_TYPE))) {
            return;
        }
        if (settings.vary) {
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
            // there is no content to compress, and a compressor would tell the length of an empty one
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

    /** Makes a strong ETag weak: the compressed content has other bytes than the tag stands for (RFC 9110 §8.8.1). */
    private static void weaken(HeaderMap out) {
        String tag = out.getFirst(Headers.ETAG);
        if (tag != null && tag.startsWith("\"")) {
            out.put(Headers.ETAG, "W/" + tag);
        } else if (tag != null && !tag.startsWith("W/")) {
            out.remove(Headers.ETAG);
        }
    }

    private static boolean isWanted(Exchange exchange, GzipSettings settings) {
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

    /** Whether {@code gzip_proxied} allows to compress for a request that came by a proxy, as its Via field says. */
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
