package hopyard.proxy.upstream;

/**
 * How a group chooses among its servers.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html">ngx_http_upstream_module</a>
 */
public enum Balancing {
    /** Smooth weighted round robin. */
    ROUND_ROBIN,
    /** {@code least_conn}: the one with the fewest requests under way, by weight. */
    LEAST_CONN,
    /** {@code ip_hash}: by the client's network, so that a client keeps its server. */
    IP_HASH,
    /** {@code hash KEY}. */
    HASH,
    /** {@code hash KEY consistent}: when servers come and go, few keys change theirs (ketama). */
    CONSISTENT_HASH,
    /** {@code random}. */
    RANDOM,
    /** {@code random two least_conn}. */
    RANDOM_TWO;

    /** Whether the choice depends on a key, so that backup servers have no place in it. */
    public boolean usesKey() {
        return this == IP_HASH || this == HASH || this == CONSISTENT_HASH;
    }
}
