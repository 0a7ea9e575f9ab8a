package hopyard.proxy.exchange;

/**
 * The phases of a request, in nginx's order.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#http_phases">nginx: HTTP phases</a>
 */
public enum Phase {
    /** The rewriting of a server, and then of the location. */
    REWRITE,
    /** Limits. */
    PREACCESS,
    /** Access rules. */
    ACCESS,
    /** The result of the rules of {@link #ACCESS} together. */
    POST_ACCESS,
    /** A search for another URI just before the content: try_files. */
    PRECONTENT,
    /** The handler that makes the response. */
    CONTENT
}
