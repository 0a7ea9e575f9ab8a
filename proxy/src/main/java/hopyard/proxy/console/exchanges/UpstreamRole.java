package hopyard.proxy.console.exchanges;

import hopyard.proxy.exchange.ServerName;
import hopyard.proxy.record.Attempt;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What stands behind this proxy, by what it has said of itself: in Hop-Trace, in Via (RFC 9110 §7.6.3) and Proxy-Status
 * (RFC 9209), which none but proxies send, and in Server. Where it says nothing, it is taken for the app.
 */
enum UpstreamRole {
    APP,
    PROXY,
    /** It may be either. */
    SERVER;

    private static final HttpString HOP_TRACE = new HttpString(HopTrace.NAME);
    private static final HttpString PROXY_STATUS = new HttpString("Proxy-Status");

    private static final Pattern EITHER = Pattern.compile("(?i)(" + ServerName.PSEUDONYM
            + "|nginx|openresty|angie|freenginx|tengine|apache|httpd|haproxy|envoy|istio-envoy|caddy|varnish|traefik|squid|lighttpd"
            + "|microsoft-iis|cloudflare|litespeed)([/ (].*)?");

    static UpstreamRole of(Attempt attempt) {
        List<Fields.Field> head = Fields.of(attempt.receivedHead());
        Hop hop = hop(head);
        if (hop != null && hop.to() != null
                || !Fields.values(head, Headers.VIA).isEmpty()
                || !Fields.values(head, PROXY_STATUS).isEmpty()) {
            return PROXY;
        }
        boolean isEither = Fields.values(head, Headers.SERVER).stream()
                .anyMatch(each -> EITHER.matcher(each).matches());
        return isEither ? SERVER : APP;
    }

    /** What an answer that came through another proxy says of what was behind that; empty if nothing. */
    static String behind(Attempt attempt) {
        List<Fields.Field> head = Fields.of(attempt.receivedHead());
        List<String> errors = Fields.values(head, PROXY_STATUS);
        Hop hop = hop(head);
        String to = hop == null || hop.to() == null ? "" : ", which had asked " + hop.to();
        return errors.isEmpty() ? to : to + " and says why itself: " + errors.get(0) + " (Proxy-Status)";
    }

    /** The next hop as it describes itself; {@code null} if it does not. */
    private static Hop hop(List<Fields.Field> head) {
        List<Hop> hops = HopTrace.parse(String.join(", ", Fields.values(head, HOP_TRACE)))
                .orElse(List.of());
        return hops.isEmpty() ? null : hops.get(0);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
