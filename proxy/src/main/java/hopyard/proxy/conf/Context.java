package hopyard.proxy.conf;

/** Where a directive may stand. */
public enum Context {
    MAIN,
    EVENTS,
    HTTP,
    SERVER,
    LOCATION,
    UPSTREAM
}
