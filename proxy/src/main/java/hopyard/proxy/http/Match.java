package hopyard.proxy.http;

/** Whether a location or a name matches a request. */
public enum Match {
    YES,
    NO,
    NOT_TRIED
}
