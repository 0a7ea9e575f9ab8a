package hopyard.proxy.upstream;

import hopyard.http.http2.FrameType;

/**
 * How much content each side may send, on a connection that carries one request at a time (RFC 9113 §5.2). Sizes are in
 * bytes. What the server may send is always much, because what nobody takes is not read from the connection.
 */
final class Http2Windows {

    /** When the server may send less than this, it may send as much as it can be allowed again. */
    private static final int LOW = FrameType.MAX_WINDOW / 4;

    private int initial = FrameType.DEFAULT_WINDOW;
    private long toConnection = FrameType.DEFAULT_WINDOW;
    private long toStream;
    private long fromConnection = FrameType.MAX_WINDOW;
    private long fromStream;

    /** Another request begins. */
    void begin() {
        toStream = initial;
        fromStream = FrameType.MAX_WINDOW;
    }

    /** Returns how much may be sent; not more than 0 if nothing may. */
    long open() {
        return Math.min(toStream, toConnection);
    }

    /** Counts what was sent. */
    void sent(int bytes) {
        toStream -= bytes;
        toConnection -= bytes;
    }

    /** Takes the window that a stream begins with, from the server's settings; whether no window is too large now. */
    boolean initial(int bytes) {
        toStream += bytes - initial;
        initial = bytes;
        return toStream <= FrameType.MAX_WINDOW;
    }

    /** Lets more be sent on the connection; whether its window is not too large now. */
    boolean growConnection(int bytes) {
        toConnection += bytes;
        return toConnection <= FrameType.MAX_WINDOW;
    }

    /** Lets more be sent on the stream; whether its window is not too large now. */
    boolean growStream(int bytes) {
        toStream += bytes;
        return toStream <= FrameType.MAX_WINDOW;
    }

    /** Counts a frame of content that comes; returns {@code null}, or what is wrong with it. */
    String received(int bytes) {
        boolean isOfStream = bytes > fromStream;
        if (isOfStream || bytes > fromConnection) {
            return "upstream violated " + (isOfStream ? "stream" : "connection") + " flow control, received " + bytes
                    + " data frame with window " + (isOfStream ? fromStream : fromConnection);
        }
        fromStream -= bytes;
        fromConnection -= bytes;
        return null;
    }

    /** Whether the server should be told that it may send more. */
    boolean areLow() {
        return fromConnection < LOW || fromStream < LOW;
    }

    /** Returns how much more the server may send on the connection, and lets it. */
    int refillConnection() {
        int more = (int) (FrameType.MAX_WINDOW - fromConnection);
        fromConnection = FrameType.MAX_WINDOW;
        return more;
    }

    /** Returns how much more the server may send on the stream, and lets it. */
    int refillStream() {
        int more = (int) (FrameType.MAX_WINDOW - fromStream);
        fromStream = FrameType.MAX_WINDOW;
        return more;
    }
}
