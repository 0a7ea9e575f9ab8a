package hopyard.http.http2;

import hopyard.memory.HeldMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Takes frames apart, as they come in pieces (RFC 9113 §4 and §6), and checks what can be checked of a frame alone. The
 * content of DATA frames is passed on at once. A field block is gathered first; what is gathered counts as held memory.
 */
public final class FrameReader {

    /** What a reader may gather without counting it, in bytes. */
    private static final int SMALL = 1024;

    private final FrameHandler handler;
    private final FrameWords words;
    private final int maxLength;
    private final int maxBlock;

    /** The header of a frame, as far as it has come. */
    private final byte[] header = new byte[FrameType.HEADER];

    private int headerLength;

    private boolean isInFrame;
    private int type;
    private int flags;
    private int stream;
    /** How much of the frame's content is still to come, in bytes, and how much of it is padding. */
    private int left;

    private int padding;
    private boolean awaitsPadLength;

    /** A field block, or the content of a frame, as far as it has come. */
    private byte[] gathered = new byte[64];

    private int length;
    private int held;
    /** The stream whose field block goes on; 0 for none. */
    private int blockStream;

    private boolean blockIsLast;
    private long frames;

    /**
     * @param maxLength how long the content of a frame may be, in bytes: what the peer is told as MAX_FRAME_SIZE
     * @param maxBlock how long a field block may be, in bytes; a longer one ends the connection
     */
    public FrameReader(FrameHandler handler, int maxLength, int maxBlock) {
        this.handler = handler;
        words = handler.words();
        this.maxLength = maxLength;
        this.maxBlock = maxBlock;
    }

    /** Whether a frame, or a field block, has come in part. */
    public boolean isIncomplete() {
        return isInFrame || headerLength > 0 || blockStream != 0;
    }

    /** Returns how many frames have come as a whole. */
    public long frames() {
        return frames;
    }

    /** Returns the stream whose field block has come in part; 0 for none. */
    public int blockStream() {
        return isInFrame && type == FrameType.HEADERS ? stream : blockStream;
    }

    /** Frees what it holds: nothing more will be read. */
    public void free() {
        HeldMemory.free(held);
        held = 0;
        gathered = new byte[0];
    }

    /**
     * Reads what there is, until the handler pauses.
     *
     * @throws Http2Exception if the connection has to end
     */
    public void read(ByteBuffer in) throws Http2Exception {
        while ((isInFrame || !handler.isPaused() && readHeader(in)) && readContent(in)) {
            isInFrame = false;
            frames++;
        }
    }

    private boolean readHeader(ByteBuffer in) throws Http2Exception {
        int first;
        if (headerLength == 0 && in.remaining() >= FrameType.HEADER) {
            first = in.getInt();
            flags = in.get() & 0xff;
            stream = in.getInt() & Integer.MAX_VALUE;
        } else {
            int n = Math.min(in.remaining(), FrameType.HEADER - headerLength);
            in.get(header, headerLength, n);
            headerLength += n;
            if (headerLength < FrameType.HEADER) {
                return false;
            }
            headerLength = 0;
            first = number(header, 0);
            flags = header[4] & 0xff;
            stream = number(header, 5) & Integer.MAX_VALUE;
        }
        type = first & 0xff;
        left = first >>> 8;
        isInFrame = true;
        padding = 0;
        check();
        handler.frame(type, flags, stream, left);
        boolean isPadded = (flags & FrameType.PADDED) != 0;
        awaitsPadLength = isPadded && type == FrameType.DATA;
        length = type == FrameType.CONTINUATION ? length : 0;
        return true;
    }

    private static int number(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
    }

    private void check() throws Http2Exception {
        if (blockStream != 0 && (type != FrameType.CONTINUATION || stream != blockStream)) {
            throw error(ErrorCode.PROTOCOL_ERROR, words.unexpected(type, stream, true));
        }
        if (left > maxLength) {
            throw error(ErrorCode.FRAME_SIZE_ERROR, words.tooLong(left, maxLength));
        }
        switch (type) {
            case FrameType.DATA -> {
                ofStream();
                atLeast(has(FrameType.PADDED) ? 1 : 0);
            }
            case FrameType.HEADERS -> {
                ofStream();
                atLeast((has(FrameType.PADDED) ? 1 : 0) + (has(FrameType.HAS_PRIORITY) ? 5 : 0));
            }
            case FrameType.PRIORITY -> ofStream();
            case FrameType.RST_STREAM -> {
                ofStream();
                exactly(4);
            }
            case FrameType.SETTINGS -> {
                ofConnection();
                if (has(FrameType.ACK) ? left != 0 : left % 6 != 0) {
                    throw wrongLength();
                }
            }
            case FrameType.PUSH_PROMISE -> throw error(ErrorCode.PROTOCOL_ERROR, words.unexpected(type, stream, false));
            case FrameType.PING -> {
                ofConnection();
                exactly(8);
            }
            case FrameType.GOAWAY -> {
                ofConnection();
                atLeast(8);
            }
            case FrameType.WINDOW_UPDATE -> exactly(4);
            case FrameType.CONTINUATION -> {
                if (blockStream == 0) {
                    throw error(ErrorCode.PROTOCOL_ERROR, words.unexpected(type, stream, false));
                }
            }
            default -> {
                // what is unknown is ignored (§5.5)
            }
        }
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    private void ofStream() throws Http2Exception {
        if (stream == 0) {
            throw error(ErrorCode.PROTOCOL_ERROR, words.wrongStream(type, stream));
        }
    }

    private void ofConnection() throws Http2Exception {
        if (stream != 0) {
            throw error(ErrorCode.PROTOCOL_ERROR, words.wrongStream(type, stream));
        }
    }

    private void exactly(int bytes) throws Http2Exception {
        if (left != bytes) {
            throw wrongLength();
        }
    }

    private void atLeast(int bytes) throws Http2Exception {
        if (left < bytes) {
            throw wrongLength();
        }
    }

    private Http2Exception wrongLength() {
        return error(ErrorCode.FRAME_SIZE_ERROR, words.wrongLength(type, flags, left));
    }

    private static Http2Exception error(ErrorCode code, String message) {
        return Http2Exception.ofConnection(code, message);
    }

    // ---- what is in it

    /** Takes what there is of the content; whether all of it has come. */
    private boolean readContent(ByteBuffer in) throws Http2Exception {
        switch (type) {
            case FrameType.DATA -> {
                return readData(in);
            }
            case FrameType.HEADERS, FrameType.CONTINUATION -> {
                if (!gather(in, maxBlock)) {
                    return false;
                }
                takeBlock();
            }
            case FrameType.PRIORITY,
                    FrameType.RST_STREAM,
                    FrameType.SETTINGS,
                    FrameType.PING,
                    FrameType.WINDOW_UPDATE -> {
                if (!gather(in, maxLength)) {
                    return false;
                }
                take();
                release();
            }
            case FrameType.GOAWAY -> {
                if (length < 8 && !gatherSome(in, 8 - length) || !skip(in)) {
                    return false;
                }
                handler.goAway(number(gathered, 0) & Integer.MAX_VALUE, ErrorCode.of(number(gathered, 4)));
                length = 0;
            }
            default -> {
                return skip(in);
            }
        }
        return true;
    }

    private boolean readData(ByteBuffer in) throws Http2Exception {
        if (awaitsPadLength) {
            if (!in.hasRemaining()) {
                return false;
            }
            awaitsPadLength = false;
            padding = in.get() & 0xff;
            left--;
            if (padding > left) {
                throw error(ErrorCode.PROTOCOL_ERROR, words.tooMuchPadding(type, padding, left));
            }
        }
        int n = Math.min(in.remaining(), left - padding);
        if (n > 0) {
            int limit = in.limit();
            int end = in.position() + n;
            in.limit(end);
            left -= n;
            handler.data(stream, in);
            in.limit(limit).position(end);
        }
        if (left > padding || !skip(in)) {
            return false;
        }
        handler.dataEnded(stream, has(FrameType.END_STREAM));
        return true;
    }

    private boolean skip(ByteBuffer in) {
        int n = Math.min(in.remaining(), left);
        in.position(in.position() + n);
        left -= n;
        padding = Math.min(padding, left);
        return left == 0;
    }

    private boolean gather(ByteBuffer in, int most) throws Http2Exception {
        if (length + left > most + FrameType.HEADER) {
            throw error(ErrorCode.ENHANCE_YOUR_CALM, "too large header block");
        }
        return gatherSome(in, left);
    }

    private boolean gatherSome(ByteBuffer in, int wanted) throws Http2Exception {
        int n = Math.min(in.remaining(), wanted);
        if (length + n > gathered.length) {
            grow(length + n);
        }
        in.get(gathered, length, n);
        length += n;
        left -= n;
        return n == wanted;
    }

    private void grow(int needed) throws Http2Exception {
        int size = Math.max(needed, Math.min(2 * gathered.length, 4096));
        int more = size > SMALL ? size - held : 0;
        if (more > 0 && !HeldMemory.take(more)) {
            throw error(ErrorCode.ENHANCE_YOUR_CALM, "header block for which there is no memory");
        }
        held += more;
        gathered = Arrays.copyOf(gathered, size);
    }

    /** Takes padding and the former priorities off a part of a field block, and the block if it is complete. */
    private void takeBlock() throws Http2Exception {
        if (type == FrameType.HEADERS) {
            blockStream = stream;
            blockIsLast = has(FrameType.END_STREAM);
            int from = 0;
            int end = length;
            if (has(FrameType.PADDED)) {
                from = 1;
                end -= gathered[0] & 0xff;
            }
            if (has(FrameType.HAS_PRIORITY)) {
                from += 5;
            }
            if (end < from) {
                throw error(ErrorCode.PROTOCOL_ERROR, words.tooMuchPadding(type, length - end, length - from));
            }
            length = end - from;
            System.arraycopy(gathered, from, gathered, 0, length);
        }
        if (has(FrameType.END_HEADERS)) {
            int its = blockStream;
            blockStream = 0;
            handler.headers(its, gathered, length, blockIsLast);
            release();
        }
    }

    private void release() {
        length = 0;
        if (held > 0) {
            HeldMemory.free(held);
            held = 0;
            gathered = new byte[SMALL];
        }
    }

    private void take() throws Http2Exception {
        switch (type) {
            case FrameType.PRIORITY -> {
                if (length != 5) {
                    handler.streamError(stream, ErrorCode.FRAME_SIZE_ERROR, words.wrongLength(type, flags, length));
                }
            }
            case FrameType.RST_STREAM -> handler.reset(stream, ErrorCode.of(number(gathered, 0)));
            case FrameType.SETTINGS -> takeSettings();
            case FrameType.PING -> {
                long content = (long) number(gathered, 0) << 32 | number(gathered, 4) & 0xffff_ffffL;
                if (has(FrameType.ACK)) {
                    handler.pingConfirmed(content);
                } else {
                    handler.ping(content);
                }
            }
            default -> takeWindowUpdate();
        }
    }

    private void takeSettings() throws Http2Exception {
        if (has(FrameType.ACK)) {
            handler.settingsConfirmed();
            return;
        }
        for (int i = 0; i < length; i += 6) {
            int setting = (gathered[i] & 0xff) << 8 | gathered[i + 1] & 0xff;
            long value = number(gathered, i + 2) & 0xffff_ffffL;
            if (!Setting.isValid(setting, value)) {
                boolean isWindow = setting == Setting.INITIAL_WINDOW_SIZE;
                throw error(
                        isWindow ? ErrorCode.FLOW_CONTROL_ERROR : ErrorCode.PROTOCOL_ERROR,
                        words.setting(setting, value));
            }
            handler.setting(setting, value);
        }
        handler.settingsEnded();
    }

    private void takeWindowUpdate() throws Http2Exception {
        int increment = number(gathered, 0) & Integer.MAX_VALUE;
        if (increment > 0) {
            handler.windowUpdate(stream, increment);
        } else if (stream == 0) {
            throw error(ErrorCode.PROTOCOL_ERROR, words.noIncrement());
        } else {
            handler.streamError(stream, ErrorCode.PROTOCOL_ERROR, words.noIncrement());
        }
    }
}
