package hopyard.proxy.forward;

import hopyard.http.MalformedFraming;
import hopyard.memory.BufferPool;
import hopyard.memory.StreamBuffers;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.EarlyHints;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.upstream.ResponseHead;
import hopyard.proxy.upstream.UpstreamConnection;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Reads responses: interim responses and the head of the final one, within their limits; then content, no faster than
 * allowed.
 */
final class ResponseReader {

    /** Is given what is read. */
    interface Listener {
        /**
         * Takes the head.
         *
         * @param pooled what has been read after the head; it belongs to the listener
         * @return a buffer that is to be filled further; {@code null} for none
         */
        PooledByteBuffer head(PooledByteBuffer pooled, ResponseHead response) throws MalformedFraming;

        /** The connection has ended before it should. */
        void broken(Why why);

        /** There is no memory for what has been read. */
        void noMemory(String message);

        /** Nothing can be done for now. */
        void settle();
    }

    /** A response head that is longer than this counts as held while its exchange is under way, in bytes. */
    private static final int USUAL_HEAD = 2 << 10;

    /** How often a head is held: as lines for the client, as a record, and for variables that ask for it. */
    private static final int COPIES_OF_HEAD = 3;

    /** The most interim responses: nobody sends more than a few early hints before the response. */
    private static final int MAX_INTERIM_RESPONSES = 16;

    /** The limit of {@code proxy_buffer_size}, in bytes: more counts as this much. */
    private static final long MAX_HEAD = 1 << 20;

    private final Exchange exchange;
    private final Forwarding forwarding;
    private final Attempts attempts;
    private final Relay relay;
    private final Listener listener;

    private ResponseProtocol protocol;

    /** A buffer that is being filled: with a head that is not complete, or with content to gather. */
    private PooledByteBuffer partial;

    /** Counts for {@code proxy_limit_rate}; {@code null} as long as there is nothing to count. */
    private ReadRate rate;

    private int interimResponses;
    /** The length of all early hints, in bytes. */
    private int hints;

    /**
     * @param attempts whose connection is read
     * @param relay where content goes once it has begun
     */
    ResponseReader(Exchange exchange, Forwarding forwarding, Attempts attempts, Relay relay, Listener listener) {
        this.exchange = exchange;
        this.forwarding = forwarding;
        this.attempts = attempts;
        this.relay = relay;
        this.listener = listener;
        protocol = forwarding.protocol().forResponse();
    }

    /** Returns the protocol of the response. */
    ResponseProtocol protocol() {
        return protocol;
    }

    /** Whether reading waits because of {@code proxy_limit_rate}. */
    boolean isHeldBack() {
        return rate != null && rate.isHeldBack();
    }

    /** Another attempt begins. */
    void reset() {
        protocol = forwarding.protocol().forResponse();
        interimResponses = 0;
        hints = 0;
    }

    /** Gives away the buffer that has been read and not passed on; {@code null} if there is none. */
    PooledByteBuffer takePartial() {
        PooledByteBuffer its = partial;
        partial = null;
        return its;
    }

    /** Frees the buffer that has been read and not passed on. */
    void drop() {
        if (partial != null) {
            partial.close();
            partial = null;
        }
    }

    /** Reads what is there. */
    void read() throws MalformedFraming {
        ForwardSettings settings = forwarding.settings();
        UpstreamConnection upstream = attempts.connection();
        PooledByteBuffer pooled = takePartial();
        if (pooled == null) {
            pooled = allocate();
        }
        ByteBuffer buffer = pooled.getBuffer();
        int before = buffer.position();
        int n;
        try {
            n = settings.limitRate() > 0 ? readSlowly(upstream, buffer, settings.limitRate()) : upstream.read(buffer);
        } catch (IOException e) {
            keepOrFree(pooled);
            exchange.log(ErrorLog.Level.ERROR, "recv() failed (" + SystemErrors.text(e) + ")");
            listener.broken(Why.RESET);
            return;
        }
        if (n == 0) {
            keepOrFree(pooled);
            return;
        }
        long readAt = System.nanoTime();
        exchange.clock().enter(Stage.OWN, readAt);
        upstream.expectWithin(settings.readTimeout(), readAt);
        attempts.read(Math.max(0, n), readAt);
        if (settings.limitRate() > 0 && n > 0) {
            holdBack(upstream, n, readAt);
        }
        if (relay.hasBegun()) {
            keepOrFree(relay.content(pooled, before, n < 0));
        } else if (n < 0) {
            pooled.close();
            exchange.log(ErrorLog.Level.ERROR, "upstream prematurely closed connection");
            listener.broken(Why.CLOSED_EARLY);
        } else {
            buffer.flip().position(before);
            String mistake = protocol.unwrap(exchange, buffer);
            buffer.position(0);
            keepOrFree(mistake == null ? head(pooled, before) : refuse(pooled, mistake));
        }
    }

    /** Returns a buffer to read into. */
    private PooledByteBuffer allocate() {
        PooledByteBuffer large =
                relay.isIdle() ? StreamBuffers.take(attempts.current().bytesReceived()) : null;
        if (large != null) {
            return large;
        }
        var pool = exchange.buffers();
        long wanted = forwarding.settings().bufferSize();
        return !relay.hasBegun() && wanted > pool.getBufferSize()
                ? BufferPool.unpooled(ByteBuffer.allocate((int) Math.min(wanted, MAX_HEAD)))
                : pool.allocate();
    }

    /** Keeps a buffer to fill it further, or frees it if it is empty. {@code pooled} may be {@code null}. */
    private void keepOrFree(PooledByteBuffer pooled) {
        if (pooled != null && pooled.getBuffer().position() == 0) {
            pooled.close();
        } else {
            partial = pooled;
        }
    }

    /** Reads no more than {@code proxy_limit_rate} allows. */
    private int readSlowly(UpstreamConnection upstream, ByteBuffer buffer, long limitRate) throws IOException {
        rate = rate == null ? new ReadRate(limitRate) : rate;
        int limit = buffer.limit();
        long allowed = Math.max(1, rate.allowed(System.nanoTime()));
        buffer.limit((int) Math.min(limit, buffer.position() + allowed));
        try {
            return upstream.read(buffer);
        } finally {
            buffer.limit(limit);
        }
    }

    private void holdBack(UpstreamConnection upstream, int n, long readAt) {
        rate.read(n, readAt);
        long millis = rate.pause(readAt);
        if (millis > 0) {
            upstream.suspendReads();
            rate.holdBack(true);
            exchange.ioThread()
                    .executeAfter(
                            () -> {
                                rate.holdBack(false);
                                listener.settle();
                                if (attempts.connection() == upstream && !relay.isFull()) {
                                    upstream.resumeReads();
                                }
                            },
                            millis,
                            TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Looks for the head in a buffer that has been flipped.
     *
     * @param newFrom where the new bytes start
     * @return a buffer that is to be filled further; {@code null} for none
     */
    private PooledByteBuffer head(PooledByteBuffer pooled, int newFrom) throws MalformedFraming {
        ByteBuffer buffer = pooled.getBuffer();
        ResponseHead head = attempts.scratch();
        long largest = forwarding.settings().bufferSize();
        int from = newFrom;
        while (true) {
            int end = protocol.end(buffer, from);
            int size = (end < 0 ? buffer.limit() + 1 : end) - buffer.position();
            if (size > largest) {
                return refuse(pooled, "upstream sent too big header", Why.TOO_BIG_HEADER);
            }
            if (end < 0) {
                String never = protocol.mistake(buffer);
                return never == null ? withRoom(pooled) : refuse(pooled, never);
            }
            String mistake = protocol.parse(exchange, head, buffer, end);
            if (mistake != null) {
                return refuse(pooled, mistake);
            }
            if (head.status() >= 200 || head.status() == 101) {
                return holdsHead(size) ? listener.head(pooled, head) : noMemory(pooled);
            }
            // an interim response (RFC 9110 §15.2): the final one follows
            if (++interimResponses > MAX_INTERIM_RESPONSES) {
                return refuse(pooled, "upstream sent too many interim responses");
            }
            boolean isHint = head.status() == EarlyHints.STATUS && EarlyHints.areWanted(exchange);
            if (isHint && !hint(head, size)) {
                pooled.close();
                return null;
            }
            from = buffer.position();
        }
    }

    /**
     * Passes an app's hints on, as long as there are not more of them than a head may have.
     *
     * @return false if the client has gone
     */
    private boolean hint(ResponseHead head, int size) {
        hints += size;
        if (hints <= forwarding.settings().bufferSize()) {
            return relay.hint(head);
        }
        exchange.log(ErrorLog.Level.INFO, "upstream sent too big early hints");
        return true;
    }

    private boolean holdsHead(int size) {
        return size <= USUAL_HEAD || exchange.lifetime().hold((long) COPIES_OF_HEAD * size);
    }

    private PooledByteBuffer noMemory(PooledByteBuffer pooled) {
        pooled.close();
        listener.noMemory("memory is used up");
        return null;
    }

    /**
     * Returns the part of a head that has come, with room for the rest. After interim responses, the buffer that they
     * began in may be too small.
     */
    private static PooledByteBuffer withRoom(PooledByteBuffer pooled) {
        ByteBuffer buffer = pooled.getBuffer().compact();
        if (buffer.hasRemaining()) {
            return pooled;
        }
        PooledByteBuffer larger = BufferPool.unpooled(ByteBuffer.allocate(buffer.capacity() * 2));
        larger.getBuffer().put(buffer.flip());
        pooled.close();
        return larger;
    }

    /**
     * Refuses a response.
     *
     * @param mistake what the error log says of it
     * @return {@code null}
     */
    PooledByteBuffer refuse(PooledByteBuffer pooled, String mistake) {
        return refuse(pooled, mistake, mistake.equals(ResponseHead.NO_HTTP) ? Why.GARBAGE : Why.INVALID_HEADER);
    }

    private PooledByteBuffer refuse(PooledByteBuffer pooled, String mistake, Why why) {
        pooled.close();
        exchange.log(ErrorLog.Level.ERROR, mistake);
        attempts.fail(NextUpstream.INVALID_HEADER, why);
        return null;
    }
}
