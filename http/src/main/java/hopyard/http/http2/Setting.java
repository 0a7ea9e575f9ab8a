package hopyard.http.http2;

/** What one side tells the other of itself (RFC 9113 §6.5.2). */
public final class Setting {

    public static final int HEADER_TABLE_SIZE = 1;
    public static final int ENABLE_PUSH = 2;
    public static final int MAX_CONCURRENT_STREAMS = 3;
    public static final int INITIAL_WINDOW_SIZE = 4;
    public static final int MAX_FRAME_SIZE = 5;
    public static final int MAX_HEADER_LIST_SIZE = 6;

    /** Of a server: whether it takes requests with {@code :protocol} (RFC 8441 §3). */
    public static final int ENABLE_CONNECT_PROTOCOL = 8;

    private Setting() {}

    /** Whether the peer may give a setting that value; any will do for those that are not known. */
    static boolean isValid(int setting, long value) {
        return switch (setting) {
            case ENABLE_PUSH -> value <= 1;
            case INITIAL_WINDOW_SIZE -> value <= FrameType.MAX_WINDOW;
            case MAX_FRAME_SIZE -> value >= FrameType.DEFAULT_MAX_LENGTH && value <= FrameType.MAX_LENGTH;
            default -> true;
        };
    }

    /** Returns the name of one of those that have invalid values. */
    static String name(int setting) {
        return setting == ENABLE_PUSH
                ? "ENABLE_PUSH"
                : setting == INITIAL_WINDOW_SIZE ? "INITIAL_WINDOW_SIZE" : "MAX_FRAME_SIZE";
    }
}
