package hopyard.http.http2;

/** The types of frames, their flags, and their sizes (RFC 9113 §4 and §6). */
public final class FrameType {

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    /** Of DATA and HEADERS: nothing follows on the stream. */
    public static final int END_STREAM = 0x1;

    /** Of SETTINGS and PING: it confirms the peer's. */
    public static final int ACK = 0x1;

    /** Of HEADERS and CONTINUATION: the field block is complete. */
    public static final int END_HEADERS = 0x4;

    /** Of DATA and HEADERS: the content is padded. */
    public static final int PADDED = 0x8;

    /** Of HEADERS: fields of the former priorities come first. */
    public static final int HAS_PRIORITY = 0x20;

    /** The length of a frame's header, in bytes. */
    public static final int HEADER = 9;

    /** The length that a frame's content may have unless its receiver allows more, in bytes. */
    public static final int DEFAULT_MAX_LENGTH = 1 << 14;

    /** The largest length that a receiver may allow, in bytes. */
    public static final int MAX_LENGTH = (1 << 24) - 1;

    /** The window of flow control that a stream and a connection begin with, in bytes (§6.9.2). */
    public static final int DEFAULT_WINDOW = 65_535;

    /** The largest window, in bytes, and the largest number of a stream. */
    public static final int MAX_WINDOW = Integer.MAX_VALUE;

    private FrameType() {}
}
