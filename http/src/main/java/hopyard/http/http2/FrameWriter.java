package hopyard.http.http2;

import io.undertow.connector.ByteBufferPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import org.xnio.channels.StreamSinkChannel;

/** Writes frames (RFC 9113 §4 and §6). They are gathered, and sent together. */
public final class FrameWriter {

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final FrameOutput out;
    private int maxLength = FrameType.DEFAULT_MAX_LENGTH;

    // where the last frame's length and flags are, as long as none of it is sent, and its stream
    private ByteBuffer lastIn;
    private int lastAt;
    private int lastStream;

    /** @param buffers what is gathered is put into them */
    public FrameWriter(ByteBufferPool buffers) {
        out = new FrameOutput(buffers);
    }

    /** Sets how long the content of a frame may be, in bytes: what the peer has said as MAX_FRAME_SIZE. */
    public void maxLength(int bytes) {
        maxLength = bytes;
    }

    /** Returns how long the content of a frame may be, in bytes. */
    public int maxLength() {
        return maxLength;
    }

    /** Returns how many bytes are to be sent. */
    public int pending() {
        return out.pending();
    }

    /**
     * Sends what the connection takes; whether all is sent.
     *
     * @throws IOException if the connection is broken
     */
    public boolean send(StreamSinkChannel to) throws IOException {
        lastIn = null;
        return out.send(to);
    }

    /** Gives the buffers back: nothing more is sent. */
    public void free() {
        lastIn = null;
        out.free();
    }

    private ByteBuffer header(int length, int type, int flags, int stream, int more) {
        lastIn = null;
        return out.room(FrameType.HEADER + more)
                .putInt(length << 8 | type)
                .put((byte) flags)
                .putInt(stream);
    }

    /** Keeps where the frame is whose header was written last. */
    private void keep(ByteBuffer header, int stream) {
        lastIn = header;
        lastAt = header.position() - FrameType.HEADER;
        lastStream = stream;
    }

    // ---- frames of streams

    /** Writes a frame of content. */
    public void data(int stream, ByteBuffer content, int length, boolean isLast) {
        ByteBuffer header = header(length, FrameType.DATA, isLast ? FrameType.END_STREAM : 0, stream, 0);
        keep(header, stream);
        out.put(content, length);
    }

    /**
     * Writes a frame of content that is in a file. Returns how much there was; 0 if the file has become too short, and
     * then the frame is empty.
     *
     * @throws IOException if the file cannot be read; the frame then has what could be
     */
    public int data(int stream, FileChannel file, long position, int length) throws IOException {
        ByteBuffer header = header(length, FrameType.DATA, 0, stream, 0);
        keep(header, stream);
        int before = out.pending();
        try {
            out.put(file, position, length);
        } finally {
            int n = out.pending() - before;
            if (n < length) {
                header.putInt(lastAt, n << 8 | FrameType.DATA);
            }
        }
        return out.pending() - before;
    }

    /** Ends a stream: with the last frame that was written, if that is the stream's and still here. */
    public void end(int stream) {
        if (lastIn != null && lastStream == stream) {
            lastIn.put(lastAt + 4, (byte) (lastIn.get(lastAt + 4) | FrameType.END_STREAM));
        } else {
            header(0, FrameType.DATA, FrameType.END_STREAM, stream, 0);
        }
    }

    /** Writes a field block, in as many frames as it takes. Returns how many bytes the frames have. */
    public int headers(int stream, byte[] block, int length, boolean isLast) {
        int first = Math.min(length, maxLength);
        int flags = (isLast ? FrameType.END_STREAM : 0) | (first == length ? FrameType.END_HEADERS : 0);
        ByteBuffer header = header(first, FrameType.HEADERS, flags, stream, 0);
        int at = header.position() - FrameType.HEADER;
        out.put(block, 0, first);
        int written = FrameType.HEADER + first;
        for (int from = first; from < length; ) {
            int n = Math.min(length - from, maxLength);
            header(n, FrameType.CONTINUATION, from + n == length ? FrameType.END_HEADERS : 0, stream, 0);
            out.put(block, from, n);
            from += n;
            written += FrameType.HEADER + n;
        }
        lastIn = header;
        lastAt = at;
        lastStream = stream;
        return written;
    }

    /** Ends a stream before its end. */
    public void reset(int stream, ErrorCode code) {
        header(4, FrameType.RST_STREAM, 0, stream, 4).putInt(code.code());
    }

    /** Lets the peer send so many bytes more; stream 0 is the connection. */
    public void windowUpdate(int stream, int increment) {
        header(4, FrameType.WINDOW_UPDATE, 0, stream, 4).putInt(increment);
    }

    // ---- frames of the connection

    /** Writes what a client begins with (§3.4). Its settings are to follow. */
    public void preface() {
        out.put(PREFACE, 0, PREFACE.length);
    }

    /** Writes settings: pairs of a setting and its value. */
    public void settings(int... pairs) {
        ByteBuffer to = header(3 * pairs.length, FrameType.SETTINGS, 0, 0, 3 * pairs.length);
        for (int i = 0; i < pairs.length; i += 2) {
            to.putShort((short) pairs[i]).putInt(pairs[i + 1]);
        }
    }

    /** Confirms the peer's settings. */
    public void confirmSettings() {
        header(0, FrameType.SETTINGS, FrameType.ACK, 0, 0);
    }

    /** Asks the peer for an answer, or answers it. */
    public void ping(long content, boolean isAnswer) {
        header(8, FrameType.PING, isAnswer ? FrameType.ACK : 0, 0, 8).putLong(content);
    }

    /** Says that no stream beyond {@code lastStream} is looked at. */
    public void goAway(int lastStream, ErrorCode code) {
        header(8, FrameType.GOAWAY, 0, 0, 8).putInt(lastStream).putInt(code.code());
    }
}
