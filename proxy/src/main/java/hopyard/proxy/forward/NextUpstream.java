package hopyard.proxy.forward;

import java.util.Locale;

/**
 * In which cases a request is passed to the next peer.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream">proxy_next_upstream</a>
 */
public enum NextUpstream {
    ERROR(true),
    TIMEOUT(true),
    INVALID_HEADER(true),
    HTTP_500(true),
    HTTP_502(true),
    HTTP_503(true),
    HTTP_504(true),
    HTTP_403(true),
    HTTP_404(true),
    HTTP_429(true),
    /** Also if the request may have had its effect already and its method is not idempotent. */
    NON_IDEMPOTENT(false);

    private final boolean isForStale;

    NextUpstream(boolean isForStale) {
        this.isForStale = isForStale;
    }

    /** Whether {@code proxy_cache_use_stale} has the case, too. */
    public boolean isForStale() {
        return isForStale;
    }

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

    /** Whether it is the status of a gateway, which only {@code proxy_…} directives know. */
    public boolean isGateways() {
        return this == HTTP_502 || this == HTTP_504;
    }

    /** The word in nginx.conf. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
