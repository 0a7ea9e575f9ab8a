package hopyard.proxy.forward;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.RateLimitConduit;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Set;

/**
 * Fields by which an upstream tells the proxy what to do with its response.
 *
 * @see <a
 *     href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers">proxy_ignore_headers</a>
 */
public final class AccelHeaders {

    public static final HttpString BUFFERING = new HttpString("X-Accel-Buffering");
    static final HttpString REDIRECT = new HttpString("X-Accel-Redirect");
    static final HttpString LIMIT_RATE = new HttpString("X-Accel-Limit-Rate");
    static final HttpString CHARSET = new HttpString("X-Accel-Charset");
    static final HttpString EXPIRES = new HttpString("X-Accel-Expires");

    /** The charset that an upstream says its response is in. */
    private static final ExchangeKey<String> SAID_CHARSET = new ExchangeKey<>();

    /** The fields that a response with {@link #REDIRECT} leaves to the response that takes its place. */
    private static final Set<HttpString> KEPT = Set.of(
            Headers.CONTENT_TYPE,
            Headers.SET_COOKIE,
            Headers.CONTENT_DISPOSITION,
            Headers.CACHE_CONTROL,
            Headers.EXPIRES,
            Headers.ACCEPT_RANGES);

    private AccelHeaders() {}

    /** Returns the charset that an upstream says its response is in; {@code null} if it says none. */
    public static String charset(Exchange exchange) {
        return exchange.get(SAID_CHARSET);
    }

    private static String obeyed(ResponseHead response, Set<HttpString> ignored, HttpString name) {
        return ignored.contains(name) ? null : response.first(name);
    }

    /**
     * Returns where the answer is to come from instead; {@code null} if this response is the answer.
     *
     * @param ignored {@code proxy_ignore_headers}
     */
    static String redirect(ResponseHead response, Set<HttpString> ignored) {
        return obeyed(response, ignored, REDIRECT);
    }

    /**
     * Copies the fields that the response taking this one's place inherits from it, and obeys what it says about rate
     * and charset.
     *
     * @param ignored {@code proxy_ignore_headers}
     */
    static void copyRedirected(ResponseHead response, Exchange exchange, Set<HttpString> ignored) {
        response.copy(KEPT, exchange.responseHeaders());
        obey(response, exchange, ignored, true);
    }

    /**
     * Obeys what the response says about its rate and its charset.
     *
     * @param ignored {@code proxy_ignore_headers}
     * @return whether the response is buffered: as the response says, or else as the settings say
     */
    static boolean obey(ResponseHead response, Exchange exchange, Set<HttpString> ignored, boolean buffering) {
        String rate = obeyed(response, ignored, LIMIT_RATE);
        if (rate != null && rate.matches("[0-9]{1,15}")) {
            RateLimitConduit.limit(exchange, Long.parseLong(rate));
        }
        String charset = obeyed(response, ignored, CHARSET);
        if (charset != null) {
            exchange.put(SAID_CHARSET, charset);
        }
        String buffer = obeyed(response, ignored, BUFFERING);
        return buffer == null
                ? buffering
                : buffer.equalsIgnoreCase("yes") || !buffer.equalsIgnoreCase("no") && buffering;
    }
}
