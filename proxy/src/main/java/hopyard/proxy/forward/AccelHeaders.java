package hopyard.proxy.forward;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.ExchangeKey;
import hopyard.proxy.http.RateLimitConduit;
import hopyard.proxy.upstream.ResponseHead;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Set;

/**
 * Fields by which an upstream tells the proxy what to do with its response.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers">proxy_ignore_headers</a>
 */
public final class AccelHeaders {

    static final HttpString BUFFERING = new HttpString("X-Accel-Buffering");
    static final HttpString REDIRECT = new HttpString("X-Accel-Redirect");
    static final HttpString LIMIT_RATE = new HttpString("X-Accel-Limit-Rate");
    static final HttpString CHARSET = new HttpString("X-Accel-Charset");
    static final HttpString EXPIRES = new HttpString("X-Accel-Expires");

    /** Which charset an upstream says that its response is in. */
    private static final ExchangeKey<String> SAID_CHARSET = new ExchangeKey<>();

    /** What a response with {@link #REDIRECT} gives to the one that takes its place. */
    private static final Set<HttpString> KEPT = Set.of(
            Headers.CONTENT_TYPE,
            Headers.SET_COOKIE,
            Headers.CONTENT_DISPOSITION,
            Headers.CACHE_CONTROL,
            Headers.EXPIRES,
            Headers.ACCEPT_RANGES);

    private AccelHeaders() {}

    /** The charset that an upstream says its response to be in; {@code null} if none does. */
    public static String charset(Exchange exchange) {
        return exchange.get(SAID_CHARSET);
    }

    private static String obeyed(ResponseHead response, Set<HttpString> ignored, HttpString name) {
        return ignored.contains(name) ? null : response.first(name);
    }

    /**
     * Where the answer is to come from instead; {@code null} if it is this one.
     *
     * @param ignored {@code proxy_ignore_headers}
     */
    static String redirect(ResponseHead response, Set<HttpString> ignored) {
        return obeyed(response, ignored, REDIRECT);
    }

    /** Copies what the response that takes this one's place has of it. */
    static void copyRedirected(ResponseHead response, Exchange exchange) {
        response.copy(KEPT, exchange.responseHeaders());
    }

    /**
     * Does what the response says of its rate and its charset.
     *
     * @param ignored {@code proxy_ignore_headers}
     * @return whether it is buffered, which the settings say unless it does
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
