package hopyard.proxy.upstream;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameHandler;
import hopyard.http.http2.FrameReader;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.FrameWords;
import hopyard.http.http2.FrameWriter;
import hopyard.http.http2.HpackDecoder;
import hopyard.http.http2.HpackEncoder;
import hopyard.http.http2.Http2Exception;
import hopyard.http.http2.Setting;
import io.undertow.connector.ByteBufferPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * HTTP/2 as a client speaks it on a connection (RFC 9113). As in nginx, a connection carries one request at a time, and
 * may be kept for the next one; so what is not read from it holds back nobody else.
 */
public final class Http2Link implements UpstreamConnection.Protocol {

    private static final int TABLE = 4096;

    /** How long a field block may be in any case, in bytes; what a request allows is less. */
    private static final int MAX_BLOCK = 1 << 20;

    /** How much may be gathered before it has to be sent, in bytes. */
    private static final int MAX_PENDING = 1 << 16;

    /** The longest frame that is sent, even if the server takes longer ones, in bytes. */
    private static final int MAX_FRAME = 1 << 16;

    /** How many settings and pings a server may send for one request, as in nginx. */
    private static final int MAX_CONTROL_FRAMES = 1000;

    private final UpstreamConnection connection;
    private final FrameWriter writer;
    private final UpstreamWords words = new UpstreamWords(() -> this.number);
    private final FrameReader reader = new FrameReader(new Frames(), FrameType.DEFAULT_MAX_LENGTH, MAX_BLOCK);
    private final HpackDecoder decoder = new HpackDecoder(TABLE, words);
    private final HpackEncoder encoder = new HpackEncoder();

    private final Http2Windows windows = new Http2Windows();
    private boolean goesAway;
    private boolean isBroken;
    private boolean isFlushDue;

    // the request that is under way, or was the last
    private Http2Response stream;
    private int number = -1;
    private boolean hasEnded;
    private boolean isDone;
    private boolean isReset;
    private boolean awaitsHead;
    private boolean isPaused;
    private int controlFrames;

    private Http2Link(UpstreamConnection connection, ByteBufferPool buffers) {
        this.connection = connection;
        writer = new FrameWriter(buffers);
        writer.preface();
        writer.settings(Setting.ENABLE_PUSH, 0, Setting.INITIAL_WINDOW_SIZE, FrameType.MAX_WINDOW);
        writer.windowUpdate(0, FrameType.MAX_WINDOW - FrameType.DEFAULT_WINDOW);
    }

    /** Returns that of a connection, which speaks HTTP/2 from the first call on. */
    public static Http2Link of(UpstreamConnection connection, ByteBufferPool buffers) {
        if (connection.protocol() instanceof Http2Link link) {
            return link;
        }
        Http2Link link = new Http2Link(connection, buffers);
        connection.protocol(link);
        return link;
    }

    // ---- what is sent

    /** Begins a request. */
    public void begin(Http2Response of) {
        stream = of;
        number += 2;
        windows.begin();
        hasEnded = false;
        isDone = false;
        isReset = false;
        awaitsHead = true;
        controlFrames = 0;
    }

    /** Returns what puts the fields of the request together, for {@link #head}. */
    public HpackEncoder encoder() {
        return encoder;
    }

    /** Adds the head that the encoder has. */
    public void head() {
        writer.headers(number, encoder.bytes(), encoder.length(), false);
    }

    /** Returns how much content may be added now, in bytes. */
    public int room() {
        long most = Math.min(windows.open(), MAX_PENDING - writer.pending());
        return (int) Math.max(0, most);
    }

    /** Whether the server has to allow more before more content can be added. */
    public boolean lacksWindow() {
        return windows.open() <= 0;
    }

    private int frame(long length) {
        return (int) Math.min(length, Math.min(writer.maxLength(), MAX_FRAME));
    }

    /** Adds content. */
    public void content(ByteBuffer content, int length) {
        int left = length;
        while (left > 0) {
            int n = frame(left);
            writer.data(number, content, n, false);
            windows.sent(n);
            left -= n;
        }
    }

    /**
     * Adds content that is in a file; returns how much there was.
     *
     * @throws IOException if the file cannot be read
     */
    public int content(FileChannel file, long position, long length) throws IOException {
        int n = writer.data(number, file, position, frame(length));
        windows.sent(n);
        return n;
    }

    /** Ends the request. */
    public void end() {
        if (!hasEnded) {
            hasEnded = true;
            writer.end(number);
        }
    }

    /**
     * Sends what has been added; whether all of it is sent.
     *
     * @throws IOException if the connection is broken
     */
    public boolean flush() throws IOException {
        return writer.pending() == 0 || connection.send(writer);
    }

    /** Sends what has been added, once what is being read has been read: what else is added then goes with it. */
    public void flushLater() {
        if (!isFlushDue) {
            isFlushDue = true;
            connection.execute(() -> {
                isFlushDue = false;
                if (connection.isOpen()) {
                    flushOrAwait();
                }
            });
        }
    }

    /** Sends what has been added; what does not fit is sent when it does. */
    public void flushOrAwait() {
        try {
            if (!flush()) {
                connection.awaitWritable();
            }
        } catch (IOException e) {
            // the server may have answered before it closed; reading brings the answer, or the failure
            isBroken = true;
        }
    }

    // ---- what comes

    /**
     * Takes frames out of a buffer: all that are there, or until a head has come.
     *
     * @return {@code null}, or what the server has done wrong
     */
    public String read(ByteBuffer in) {
        isPaused = false;
        try {
            reader.read(in);
        } catch (Http2Exception e) {
            isBroken = true;
            String what = e.getMessage();
            return what.startsWith("upstream ") ? what : "upstream sent " + what;
        }
        return null;
    }

    /** Whether what was wrong was found in a field block. */
    public boolean isWrongInFields() {
        return words.wereAboutFields();
    }

    /** Whether a head has come, so that {@link #read} has stopped. */
    public boolean hasHead() {
        return isPaused;
    }

    /** Notes that the head was the final one: what follows is content. */
    public void headEnds() {
        awaitsHead = false;
    }

    /** Whether the response has come to its end. */
    public boolean isDone() {
        return isDone;
    }

    /** Whether the connection may carry another request. */
    public boolean isClean() {
        return isDone && hasEnded && !goesAway && !isBroken && !reader.isIncomplete() && writer.pending() == 0;
    }

    @Override
    public boolean isGoodWhileIdle() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        int n = connection.read(buffer);
        while (n > 0) {
            if (read(buffer.flip()) != null) {
                return false;
            }
            n = connection.read(buffer.clear());
        }
        return n == 0 && flush() && isClean();
    }

    @Override
    public void closed() {
        writer.free();
        reader.free();
    }

    /** What the server's frames do. */
    private final class Frames implements FrameHandler {

        @Override
        public FrameWords words() {
            return words;
        }

        private Http2Exception error(String message) {
            return Http2Exception.ofConnection(ErrorCode.PROTOCOL_ERROR, message);
        }

        private void check(String wrong) throws Http2Exception {
            if (wrong != null) {
                throw error(wrong);
            }
        }

        @Override
        public boolean isPaused() {
            return isPaused;
        }

        @Override
        public void frame(int type, int flags, int of, int length) throws Http2Exception {
            if (type == FrameType.DATA && awaitsHead) {
                throw error("upstream sent unexpected http2 frame: " + type);
            }
            boolean carries = type == FrameType.DATA || type == FrameType.HEADERS || type == FrameType.CONTINUATION;
            if (of > number || of != number && carries) {
                throw error("upstream sent " + (type == FrameType.DATA ? "data frame" : "frame")
                        + " for unknown stream " + of);
            }
            if (isDone && carries) {
                throw error("upstream sent frame for closed stream " + of);
            }
            if (type == FrameType.DATA) {
                check(windows.received(length));
                if (windows.areLow()) {
                    writer.windowUpdate(0, windows.refillConnection());
                    writer.windowUpdate(number, windows.refillStream());
                }
            }
        }

        @Override
        public void data(int of, ByteBuffer content) throws Http2Exception {
            check(stream.content(content));
        }

        @Override
        public void dataEnded(int of, boolean isLast) {
            isDone |= isLast;
        }

        @Override
        public void headers(int of, byte[] block, int length, boolean isLast) throws Http2Exception {
            check(stream.fieldsBegin(length));
            decoder.decode(block, 0, length, stream);
            isDone |= isLast;
            isPaused = awaitsHead;
            check(stream.fieldsEnded(isLast));
        }

        @Override
        public void reset(int of, ErrorCode code) throws Http2Exception {
            if (of != number) {
                return;
            }
            if (code != ErrorCode.NO_ERROR || !isDone) {
                throw error("upstream rejected request with error " + code.code());
            }
            if (isReset) {
                throw error("upstream sent frame for closed stream " + of);
            }
            isReset = true;
        }

        @Override
        public void setting(int setting, long value) throws Http2Exception {
            switch (setting) {
                case Setting.HEADER_TABLE_SIZE -> encoder.allow(value);
                case Setting.MAX_FRAME_SIZE -> writer.maxLength((int) Math.min(value, MAX_FRAME));
                case Setting.INITIAL_WINDOW_SIZE -> {
                    if (!windows.initial((int) value)) {
                        throw error("upstream sent settings frame with too large initial window size: " + value);
                    }
                    windowGrows();
                }
                default -> {
                    // a server's other settings are about what it gets from several requests at a time, or pushes
                }
            }
        }

        private void count(String what) throws Http2Exception {
            if (++controlFrames > MAX_CONTROL_FRAMES) {
                throw error("upstream sent too many " + what + " frames");
            }
        }

        @Override
        public void settingsEnded() throws Http2Exception {
            count("settings");
            writer.confirmSettings();
        }

        @Override
        public void settingsConfirmed() {
            // nothing is sent that depends on it
        }

        @Override
        public void ping(long content) throws Http2Exception {
            count("ping");
            writer.ping(content, true);
        }

        @Override
        public void pingConfirmed(long content) throws Http2Exception {
            throw error("upstream sent ping frame with ack flag");
        }

        @Override
        public void goAway(int lastStream, ErrorCode code) throws Http2Exception {
            goesAway = true;
            if (lastStream < number) {
                throw error("upstream sent goaway with error " + code.code());
            }
        }

        @Override
        public void windowUpdate(int of, int increment) throws Http2Exception {
            if (of == 0 ? !windows.growConnection(increment) : of == number && !windows.growStream(increment)) {
                throw error("upstream sent too large window update");
            }
            windowGrows();
        }

        private void windowGrows() {
            if (!hasEnded && !isDone && windows.open() > 0) {
                connection.awaitWritable();
            }
        }

        @Override
        public void streamError(int of, ErrorCode code, String message) throws Http2Exception {
            throw error("upstream sent " + message);
        }
    }
}
