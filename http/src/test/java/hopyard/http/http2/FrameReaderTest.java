package hopyard.http.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xnio.channels.StreamSinkChannel;

/** Frames are read as they were written, in whatever pieces they come. */
class FrameReaderTest {

    private final List<String> events = new ArrayList<>();

    /** Notes what it is given. */
    private final FrameHandler handler = new FrameHandler() {
        private final StringBuilder content = new StringBuilder();

        @Override
        public void frame(int type, int flags, int stream, int length) {
            content.setLength(0);
        }

        @Override
        public void data(int stream, ByteBuffer part) {
            content.append(StandardCharsets.ISO_8859_1.decode(part));
        }

        @Override
        public void dataEnded(int stream, boolean isLast) {
            events.add("data " + stream + " " + content + (isLast ? " end" : ""));
        }

        @Override
        public void headers(int stream, byte[] block, int length, boolean isLast) {
            events.add("headers " + stream + " " + new String(block, 0, length, StandardCharsets.ISO_8859_1)
                    + (isLast ? " end" : ""));
        }

        @Override
        public void reset(int stream, ErrorCode code) {
            events.add("reset " + stream + " " + code);
        }

        @Override
        public void setting(int setting, long value) {
            events.add("setting " + setting + " " + value);
        }

        @Override
        public void settingsEnded() {
            events.add("settings");
        }

        @Override
        public void settingsConfirmed() {
            events.add("settings ack");
        }

        @Override
        public void ping(long opaque) {
            events.add("ping " + opaque);
        }

        @Override
        public void pingConfirmed(long opaque) {
            events.add("ping ack " + opaque);
        }

        @Override
        public void goAway(int lastStream, ErrorCode code) {
            events.add("goaway " + lastStream + " " + code);
        }

        @Override
        public void windowUpdate(int stream, int increment) {
            events.add("window " + stream + " " + increment);
        }

        @Override
        public void streamError(int stream, ErrorCode code, String message) {
            events.add("error " + stream + " " + code);
        }

        @Override
        public boolean isPaused() {
            return false;
        }
    };

    private static byte[] written() throws Exception {
        FrameWriter writer = new FrameWriter(new BufferPool(64));
        writer.settings(Setting.MAX_CONCURRENT_STREAMS, 7, Setting.INITIAL_WINDOW_SIZE, 70_000);
        writer.confirmSettings();
        byte[] block = "a block that is sent in one frame or in several".getBytes(StandardCharsets.ISO_8859_1);
        writer.headers(1, block, block.length, false);
        writer.data(1, ByteBuffer.wrap("content".getBytes()), 4, false);
        writer.end(1);
        writer.headers(3, block, 7, false);
        writer.end(3);
        writer.data(5, ByteBuffer.wrap("x".repeat(100).getBytes()), 100, false);
        writer.ping(77, false);
        writer.ping(78, true);
        writer.end(5);
        writer.reset(7, ErrorCode.CANCEL);
        writer.windowUpdate(0, 1234);
        writer.goAway(9, ErrorCode.ENHANCE_YOUR_CALM);
        writer.maxLength(20);
        writer.headers(11, block, block.length, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        send(writer, out);
        return out.toByteArray();
    }

    /** Sends all into an array; the channel takes a few bytes at a time. */
    private static void send(FrameWriter writer, ByteArrayOutputStream out) throws Exception {
        StreamSinkChannel channel = (StreamSinkChannel) Proxy.newProxyInstance(
                FrameReaderTest.class.getClassLoader(),
                new Class<?>[] {StreamSinkChannel.class},
                (proxy, method, args) -> {
                    if (!method.getName().equals("write")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    if (args.length == 1) {
                        return write(out, (ByteBuffer) args[0]);
                    }
                    long total = 0;
                    ByteBuffer[] all = (ByteBuffer[]) args[0];
                    int at = (int) args[1];
                    do {
                        total += write(out, all[at]);
                    } while (!all[at].hasRemaining() && ++at < (int) args[1] + (int) args[2]);
                    return total;
                });
        while (!writer.send(channel)) {
            // it takes more each time
            Thread.onSpinWait();
        }
    }

    private static int write(ByteArrayOutputStream out, ByteBuffer from) throws Exception {
        int limit = from.limit();
        from.limit(Math.min(limit, from.position() + 50));
        int n = Channels.newChannel(out).write(from);
        from.limit(limit);
        return n;
    }

    private static final List<String> EXPECTED = List.of(
            "setting 3 7",
            "setting 4 70000",
            "settings",
            "settings ack",
            "headers 1 a block that is sent in one frame or in several",
            "data 1 cont end",
            "headers 3 a block end",
            "data 5 " + "x".repeat(100),
            "ping 77",
            "ping ack 78",
            "data 5  end",
            "reset 7 CANCEL",
            "window 0 1234",
            "goaway 9 ENHANCE_YOUR_CALM",
            "headers 11 a block that is sent in one frame or in several end");

    @Test
    void framesComeInPiecesOfAnyLength() throws Exception {
        byte[] bytes = written();
        for (int piece = 1; piece < 200; piece = piece < 20 ? piece + 1 : piece * 2) {
            events.clear();
            FrameReader reader = new FrameReader(handler, 16_384, 65_536);
            for (int at = 0; at < bytes.length; at += piece) {
                reader.read(ByteBuffer.wrap(bytes, at, Math.min(piece, bytes.length - at)));
            }
            assertEquals(EXPECTED, events, "in pieces of " + piece);
        }
    }

    @Test
    void paddingAndFormerPrioritiesAreTakenOff() throws Exception {
        FrameReader reader = new FrameReader(handler, 16_384, 65_536);
        // DATA with 3 bytes of padding; HEADERS with padding and priority
        reader.read(ByteBuffer.wrap(new byte[] {0, 0, 6, 0, 9, 0, 0, 0, 1, 3, 'h', 'i', 0, 0, 0}));
        reader.read(ByteBuffer.wrap(new byte[] {0, 0, 10, 1, 0x2c, 0, 0, 0, 3, 2, 0, 0, 0, 0, 15, 'a', 'b', 0, 0}));
        assertEquals(List.of("data 1 hi end", "headers 3 ab"), events);
    }

    @Test
    void aFieldBlockHasALimitAndCountsAsHeldMemory() throws Exception {
        long before = HeldMemory.held();
        FrameReader reader = new FrameReader(handler, 16_384, 20_000);
        reader.read(frame(FrameType.HEADERS, 0, 16_000));
        assertEquals(true, HeldMemory.held() >= before + 16_000);
        Http2Exception e =
                assertThrows(Http2Exception.class, () -> reader.read(frame(FrameType.CONTINUATION, 0, 16_000)));
        assertEquals(ErrorCode.ENHANCE_YOUR_CALM, e.code());
        reader.free();
        assertEquals(before, HeldMemory.held());
    }

    private static ByteBuffer frame(int type, int flags, int length) {
        return ByteBuffer.allocate(9 + length)
                .putInt(length << 8 | type)
                .put((byte) flags)
                .putInt(1)
                .rewind();
    }
}
