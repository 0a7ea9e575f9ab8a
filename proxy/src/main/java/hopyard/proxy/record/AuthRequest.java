package hopyard.proxy.record;

import java.util.List;

/**
 * The subrequest of {@code auth_request}, which decides whether the client may, as the log keeps it.
 *
 * @param uri the URI of the subrequest
 * @param status the subrequest's status code; 0 if the client left before there was one
 * @param attempts the attempts to have an upstream server answer the subrequest; empty if none was asked
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_auth_request_module.html">ngx_http_auth_request_module</a>
 */
public record AuthRequest(String uri, int status, List<Attempt> attempts) {

    /** The attempt that counted; {@code null} if no upstream was asked. */
    public Attempt lastTry() {
        return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }
}
