package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.Http2Exception;

/**
 * Ends a connection whose client has this side work for nothing (RFC 9113 §10.5): frames that carry nothing, requests
 * that are taken back as soon as they are made (CVE-2023-44487), streams beyond the limit.
 */
final class Floods {

    private static final int MAX_USELESS = 2000;
    private static final int USELESS_PER_SECOND = 100;
    private static final int MAX_RESETS = 200;
    private static final int RESETS_PER_SECOND = 20;

    private final Budget useless = new Budget(MAX_USELESS, USELESS_PER_SECOND);
    private final Budget resets;
    private final Budget refused;

    /** @param streams how many requests may be under way at a time */
    Floods(int streams) {
        int usual = Math.max(MAX_RESETS, 2 * streams);
        resets = new Budget(usual, RESETS_PER_SECOND);
        refused = new Budget(usual, RESETS_PER_SECOND);
    }

    /** Something came, or was sent, that the client is served with. */
    void useful(int worth) {
        useless.earn(worth);
    }

    /** A request has been answered. */
    void answered() {
        useless.earn(10);
        resets.earn(1);
        refused.earn(1);
    }

    /** Something came that nobody is served with. */
    void useless(int cost) throws Http2Exception {
        if (!useless.spend(cost)) {
            throw flood("too many frames that carry nothing");
        }
    }

    /** The client has taken a request back. */
    void reset() throws Http2Exception {
        if (!resets.spend(1)) {
            throw flood("too many requests that it took back");
        }
    }

    /** The client has begun a stream beyond the limit. */
    void refused() throws Http2Exception {
        if (!refused.spend(1)) {
            throw flood("too many streams at once");
        }
    }

    private static Http2Exception flood(String what) {
        return Http2Exception.ofConnection(ErrorCode.ENHANCE_YOUR_CALM, what);
    }
}
