package hopyard.proxy.cache;

/** What came of a request's wish to fetch a response and keep it. */
public enum CacheFetch {
    /** It is the one that does. */
    BEGUN,
    /** Another is doing so. */
    UNDER_WAY,
    /** The response has not been asked for often enough to be kept. */
    TOO_RARE,
    /** The zone is full of what is being fetched. */
    NO_ROOM
}
