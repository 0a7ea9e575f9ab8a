package hopyard.http.http2;

/** What one side tells the other of itself (RFC 9113 §6.5.2). */
public final class Setting {

    public static final int HEADER_TABLE_SIZE = 1;
    public static final int ENABLE_PUSH = 2;
    public static final int MAX_CONCURRENT_STREAMS = 3;
    public static final int INITIAL_WINDOW_SIZE = 4;
    public static final int MAX_FRAME_SIZE = 5;
    public static final int MAX_HEADER_LIST_SIZE = 6;

    private Setting() {}

    /**
     * Checks a value that the peer has sent.
     *
     * @throws Http2Exception if the setting cannot have it
     */
    public static void check(int setting, long value) throws Http2Exception {
        switch (setting) {
            case ENABLE_PUSH -> {
                if (value > 1) {
                    throw invalid(ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH", value);
                }
            }
            case INITIAL_WINDOW_SIZE -> {
                if (value > FrameType.MAX_WINDOW) {
                    throw invalid(ErrorCode.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE", value);
                }
            }
            case MAX_FRAME_SIZE -> {
                if (value < FrameType.DEFAULT_MAX_LENGTH || value > FrameType.MAX_LENGTH) {
                    throw invalid(ErrorCode.PROTOCOL_ERROR, "MAX_FRAME_SIZE", value);
                }
            }
            default -> {
                // any value will do, and what is unknown is ignored
            }
        }
    }

    private static Http2Exception invalid(ErrorCode code, String name, long value) {
        return Http2Exception.ofConnection(code, "SETTINGS frame with incorrect " + name + " value " + value);
    }
}
