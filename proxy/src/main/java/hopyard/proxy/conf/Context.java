package hopyard.proxy.conf;

/** Where a directive may stand. */
public enum Context {
    MAIN,
    EVENTS,
    HTTP,
    SERVER,
    LOCATION,
    /** {@code if} in a server. */
    SERVER_IF,
    /** {@code if} in a location. */
    LOCATION_IF,
    LIMIT_EXCEPT,
    UPSTREAM
}
