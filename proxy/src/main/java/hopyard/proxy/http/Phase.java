package hopyard.proxy.http;

/**
 * The steps of a request's way, in nginx's order.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#http_phases">nginx: HTTP phases</a>
 */
public enum Phase {
    /** Rewriting by the location. */
    REWRITE,
    /** Limits. */
    PREACCESS,
    /** Who may. */
    ACCESS,
    /** What the rules of {@link #ACCESS} come to together. */
    POST_ACCESS,
    /** Looking for another URI just before the content: try_files. */
    PRECONTENT,
    /** What makes the response. */
    CONTENT
}
