package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Regex;
import io.undertow.util.DateUtils;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which clients get gzip: what {@link GzipModule} and {@link GunzipModule} have in common, which nginx has in its core.
 */
record GzipClients(boolean vary, Set<String> proxied, List<Regex> disabled, String httpVersion) {

    static final Settings<GzipClients> SETTINGS = Settings.of(GzipClients::new);

    /** {@code gzip} as a content coding, with its weight. */
    private static final Pattern GZIP = Pattern.compile("(?i)(?:^|[, ])gzip(?:\\s*;\\s*q=([0-9.]+))?\\s*(?=$|[, ;])");

    private static final ExchangeKey<Boolean> VARIES = new ExchangeKey<>();

    GzipClients(SettingsReader in) {
        this(
                in.directive("gzip_vary")
                        .byDefault("off")
                        .means("Whether \"Vary: Accept-Encoding\" is added.")
                        .flag(),
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

    private static final class Proxied implements ValueReader.Repeated<Set<String>> {

        private static final Set<String> WORDS = Set.of(
                "off", "expired", "no-cache", "no-store", "private", "no_last_modified", "no_etag", "auth", "any");

        @Override
        public Set<String> read(Scope scope, Directive d, Set<String> former) throws ConfException {
            Set<String> words = former == null ? new HashSet<>() : former;
            for (String word : d.args()) {
                words.add(Values.word(d, word, WORDS));
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

    static GzipClients of(Scope scope) {
        return SETTINGS.of(scope);
    }

    /** Adds {@code Vary} to a response that another client might get otherwise, unless it has been added already. */
    void vary(Exchange exchange) {
        HeaderMap out = exchange.responseHeaders();
        if (vary && !(exchange.get(VARIES) != null && out.contains(Headers.VARY))) {
            exchange.put(VARIES, true);
            out.add(Headers.VARY, "Accept-Encoding");
        }
    }

    /** Whether the client of a request gets gzip. */
    boolean take(Exchange exchange) {
        if (exchange.isSubrequest() || !accepts(exchange.header(Headers.ACCEPT_ENCODING))) {
            // what is included in a response must not be encoded by itself
            return false;
        }
        if (isDisabled(exchange)) {
            return false;
        }
        if (httpVersion.equals("1.1") && exchange.protocol().equals("HTTP/1.0")) {
            return false;
        }
        return exchange.header(Headers.VIA) == null || areForProxies(exchange);
    }

    private boolean isDisabled(Exchange exchange) {
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

    /** Whether {@code gzip_proxied} allows gzip for a request that came by a proxy, as its Via field says. */
    private boolean areForProxies(Exchange exchange) {
        if (proxied.contains("off")) {
            return false;
        }
        if (proxied.contains("any") || proxied.contains("auth") && exchange.header(Headers.AUTHORIZATION) != null) {
            return true;
        }
        HeaderMap out = exchange.responseHeaders();
        String expires = out.getFirst(Headers.EXPIRES);
        if (expires != null) {
            Date date = DateUtils.parseDate(expires);
            return proxied.contains("expired") && date != null && date.getTime() < System.currentTimeMillis();
        }
        HeaderValues control = out.get(Headers.CACHE_CONTROL);
        if (control != null) {
            String all = String.join(",", control).toLowerCase(Locale.ROOT);
            return List.of("no-cache", "no-store", "private").stream()
                    .anyMatch(word -> proxied.contains(word) && all.contains(word));
        }
        return !(proxied.contains("no_last_modified") && out.contains(Headers.LAST_MODIFIED))
                && !(proxied.contains("no_etag") && out.contains(Headers.ETAG));
    }
}
