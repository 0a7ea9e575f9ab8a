package hopyard.proxy.exchange;

import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.StreamSinkConduit;

/**
 * The beginnings of the two contents of an exchange, which are kept while the contents pass: {@code hop_bodies}. Their
 * memory counts as held for the exchange. Belongs to the exchange's I/O thread.
 */
public final class Capture {

    private static final byte[] NOTHING = {};

    /** The first size of a content's array, in bytes. */
    private static final int FIRST = 1024;

    private static final ExchangeKey<Capture> KEY = new ExchangeKey<>();

    private final Exchange exchange;
    private final int most;
    private final Content request = new Content();
    private final Content response = new Content();
    private Messages messages;

    /** The beginning of one content. */
    public final class Content {

        private byte[] bytes = NOTHING;
        private int length;
        private long total;
        private boolean lacksMemory;

        private Content() {}

        /** Returns an array whose first {@link #length} bytes are what was kept. */
        public byte[] bytes() {
            return bytes;
        }

        /** Returns how many bytes were kept. */
        public int length() {
            return length;
        }

        /** Returns how many bytes have passed. */
        public long total() {
            return total;
        }

        /** Adds {@code n} bytes that have passed, from an index of a buffer on. */
        public void add(ByteBuffer content, int from, int n) {
            total += n;
            int kept = room(n);
            if (kept > 0) {
                content.get(from, bytes, length, kept);
                length += kept;
            }
        }

        private void add(FileChannel file, long position, long n) throws IOException {
            total += n;
            int kept = room((int) Math.min(n, most));
            if (kept > 0) {
                length += Math.max(0, file.read(ByteBuffer.wrap(bytes, length, kept), position));
            }
        }

        /** Makes room for {@code n} more bytes. Returns how many of them fit. */
        private int room(int n) {
            int wanted = Math.min(n, most - length);
            if (length + wanted > bytes.length && !lacksMemory) {
                int next = Math.min(most, Math.max(FIRST, Integer.highestOneBit(length + wanted) * 2));
                if (exchange.lifetime().hold(next - bytes.length)) {
                    bytes = Arrays.copyOf(bytes, next);
                } else {
                    lacksMemory = true;
                }
            }
            return Math.min(wanted, bytes.length - length);
        }
    }

    /**
     * @param most how much to keep of each content, in bytes
     */
    private Capture(Exchange exchange, int most) {
        this.exchange = exchange;
        this.most = most;
    }

    /** Returns the capture of an exchange, made on first use; {@code null} if nothing is to be kept. */
    public static Capture of(Exchange exchange) {
        Capture its = exchange.get(KEY);
        int most = exchange.handlers().keptContent();
        if (its == null && most > 0 && Recorder.wants(exchange)) {
            its = new Capture(exchange, most);
            exchange.put(KEY, its);
        }
        return its;
    }

    /** Returns the capture of an exchange; {@code null} if it was not made. */
    public static Capture ifAny(Exchange exchange) {
        return exchange.get(KEY);
    }

    /** Returns the messages of an exchange; {@code null} if none are kept. */
    static Messages messagesOf(Exchange exchange) {
        Capture its = exchange.get(KEY);
        return its == null ? null : its.messages;
    }

    /** Returns how much is kept of each content, in bytes. */
    public int most() {
        return most;
    }

    /** Returns the content of the request, as far as it was read. */
    public Content request() {
        return request;
    }

    /** Returns the content that was sent to the client, without the framing of HTTP. */
    public Content response() {
        return response;
    }

    /** Returns a reader that finds the frames of a WebSocket in one direction, and keeps each as a message. */
    public Frames frames(boolean fromClient) {
        return new Frames(messages(), fromClient);
    }

    private Messages messages() {
        if (messages == null) {
            messages = new Messages(exchange.lifetime()::hold, exchange.clock().begun(), most);
        }
        return messages;
    }

    /** Returns the messages; {@code null} if none are kept. */
    public Messages messagesIfAny() {
        return messages;
    }

    /** Keeps what is written to the response's channel, after the filters that are added later. */
    void tapResponse() {
        exchange.response().wrap((factory, http) -> new Tap(factory.create(), response, events()));
    }

    private Events events() {
        String type = exchange.response().field(Headers.CONTENT_TYPE);
        boolean isReadable = exchange.response().field(Headers.CONTENT_ENCODING) == null;
        return isReadable && type != null && type.startsWith("text/event-stream") ? new Events(messages()) : null;
    }

    /** A conduit that keeps what is written to it. */
    private static final class Tap extends AbstractStreamSinkConduit<StreamSinkConduit> {

        private final Content kept;
        /** Finds the events; {@code null} if the content is not an event stream. */
        private final Events events;

        Tap(StreamSinkConduit next, Content kept, Events events) {
            super(next);
            this.kept = kept;
            this.events = events;
        }

        private void passed(ByteBuffer content, int from) {
            int n = content.position() - from;
            if (n > 0) {
                kept.add(content, from, n);
                if (events != null) {
                    events.add(content, from, n);
                }
            }
        }

        @Override
        public int write(ByteBuffer src) throws IOException {
            int from = src.position();
            int n = next.write(src);
            passed(src, from);
            return n;
        }

        @Override
        public int writeFinal(ByteBuffer src) throws IOException {
            int from = src.position();
            int n = next.writeFinal(src);
            passed(src, from);
            return n;
        }

        @Override
        public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
            int[] from = positions(srcs, offset, length);
            long n = next.write(srcs, offset, length);
            passed(srcs, offset, from);
            return n;
        }

        @Override
        public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
            int[] from = positions(srcs, offset, length);
            long n = next.writeFinal(srcs, offset, length);
            passed(srcs, offset, from);
            return n;
        }

        private static int[] positions(ByteBuffer[] srcs, int offset, int length) {
            int[] positions = new int[length];
            for (int i = 0; i < length; i++) {
                positions[i] = srcs[offset + i].position();
            }
            return positions;
        }

        private void passed(ByteBuffer[] srcs, int offset, int[] from) {
            for (int i = 0; i < from.length; i++) {
                passed(srcs[offset + i], from[i]);
            }
        }

        @Override
        public long transferFrom(FileChannel src, long position, long count) throws IOException {
            long n = next.transferFrom(src, position, count);
            if (n > 0) {
                kept.add(src, position, n);
            }
            return n;
        }
    }
}
