package hopyard.proxy.pcre;

/** Thrown when a match is given up. There is no stack trace, which would tell nothing. */
public final class MatchError extends RuntimeException {

    private static final long serialVersionUID = 1;

    static final int MATCH_LIMIT = -47;
    static final int RECURSE_LOOP = -52;
    static final int DEPTH_LIMIT = -53;
    static final int HEAP_LIMIT = -63;

    private final int code;
    private final int at;

    MatchError(int code) {
        this(code, null, 0);
    }

    /**
     * @param message PCRE2's, where one is known
     * @param at where the subject is wrong
     */
    MatchError(int code, String message, int at) {
        super(message, null, false, false);
        this.code = code;
        this.at = at;
    }

    int at() {
        return at;
    }

    /** Returns PCRE2's number for the reason, such as -47 for the match limit. */
    public int code() {
        return code;
    }
}
