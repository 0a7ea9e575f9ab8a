package hopyard.proxy.cache;

/** The outcome of a request's wish to fetch a response and keep it. */
public enum CacheFetch {
    /** This request fetches the response. */
    BEGUN,
    /** Another request is fetching the response. */
    UNDER_WAY,
    /** The response has not been asked for often enough to be kept. */
    TOO_RARE,
    /** The zone is full of responses that are being fetched. */
    NO_ROOM
}
