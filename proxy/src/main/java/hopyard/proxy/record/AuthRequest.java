package hopyard.proxy.record;

import java.util.List;

/**
 * The subrequest that was to decide whether a client may, as it is kept.
 *
 * @param uri whose location was asked
 * @param status what came of it; 0 if the client left before
 * @param attempts which upstream servers that location has asked; empty if none
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_auth_request_module.html">ngx_http_auth_request_module</a>
 */
public record AuthRequest(String uri, int status, List<Attempt> attempts) {

    /** The attempt that counted; {@code null} if no upstream was asked. */
    public Attempt lastTry() {
        return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }
}
