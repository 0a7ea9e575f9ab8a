package hopyard.proxy.forward;

import java.util.Locale;

/**
 * In which cases a request is passed to the next peer.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream">proxy_next_upstream</a>
 */
public enum NextUpstream {
    ERROR,
    TIMEOUT,
    INVALID_HEADER,
    HTTP_500,
    HTTP_502,
    HTTP_503,
    HTTP_504,
    HTTP_403,
    HTTP_404,
    HTTP_429,
    /** Also if the request may have had its effect already and its method is not idempotent. */
    NON_IDEMPOTENT;

    /** Returns the case for a response's status code; {@code null} if there is none. */
    static NextUpstream of(int status) {
        return switch (status) {
            case 500 -> HTTP_500;
            case 502 -> HTTP_502;
            case 503 -> HTTP_503;
            case 504 -> HTTP_504;
            case 403 -> HTTP_403;
            case 404 -> HTTP_404;
            case 429 -> HTTP_429;
            default -> null;
        };
    }

    /** The word in nginx.conf. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
