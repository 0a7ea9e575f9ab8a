package hopyard.proxy.server;

/** Whether a location or a name matches a request. */
public enum Match {
    YES,
    NO,
    NOT_TRIED
}
