package hopyard.proxy.forward;

import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.Deadline;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import org.xnio.channels.StreamSinkChannel;

/** Sends a response body to the client, no faster than the client takes it. */
final class ResponsePump {

    /** Hears what the client does. */
    interface Listener {
        /** There is room again after {@link #isFull()}. */
        void roomAgain();

        /** The client cannot be written to any more. */
        void clientLost();
    }

    /** How many buffers may wait for the client before the upstream is no longer read: with 16 KiB each, 64 KiB. */
    private static final int MOST_WAITING = 4;

    private final Exchange exchange;
    private final StreamSinkChannel sink;
    private final long sendTimeout;
    private final Listener listener;
    private final Queue<PooledByteBuffer> waiting = new ArrayDeque<>(2);
    private Deadline deadline;
    private boolean ended;
    private boolean truncated;
    private boolean blocked;
    private boolean closed;

    ResponsePump(Exchange exchange, StreamSinkChannel sink, long sendTimeout, Listener listener) {
        this.exchange = exchange;
        this.sink = sink;
        this.sendTimeout = sendTimeout;
        this.listener = listener;
        sink.getWriteSetter().set(channel -> writable());
    }

    /** Whether the client is slower than the upstream, so that no more should be read from there. */
    boolean isFull() {
        return waiting.size() >= MOST_WAITING;
    }

    /**
     * Takes content, and frees its buffer once it is sent.
     *
     * @param last whether nothing follows
     */
    void offer(PooledByteBuffer content, boolean last) {
        if (content.getBuffer().hasRemaining()) {
            waiting.add(content);
        } else {
            content.close();
        }
        ended |= last;
        if (!blocked) {
            write();
        }
    }

    /** Nothing follows. */
    void end() {
        ended = true;
        if (!blocked) {
            write();
        }
    }

    /** Nothing follows though more was promised: sends what there is and then closes the client's connection. */
    void truncate() {
        truncated = true;
        if (!blocked) {
            write();
        }
    }

    private void writable() {
        blocked = false;
        sink.suspendWrites();
        boolean wasFull = isFull();
        write();
        if (wasFull && !isFull() && !closed) {
            listener.roomAgain();
        }
    }

    private void write() {
        try {
            for (PooledByteBuffer next = waiting.peek(); next != null; next = waiting.peek()) {
                ByteBuffer buffer = next.getBuffer();
                if (ended && waiting.size() == 1) {
                    sink.writeFinal(buffer);
                } else {
                    sink.write(buffer);
                }
                if (closed) {
                    // the write found the connection broken, which ended the exchange
                    return;
                }
                if (buffer.hasRemaining()) {
                    block();
                    return;
                }
                waiting.remove().close();
            }
            if (ended) {
                sink.shutdownWrites();
            }
            // a header without content yet has to leave too: the first event of a stream may be long in coming
            if (!sink.flush()) {
                block();
            } else if (truncated) {
                exchange.abort();
            } else if (deadline != null) {
                deadline.clear();
            }
        } catch (IOException e) {
            listener.clientLost();
        }
    }

    private void block() {
        blocked = true;
        if (deadline == null) {
            deadline = new Deadline(exchange.http().getIoThread(), () -> {
                exchange.log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)");
                listener.clientLost();
            });
        }
        deadline.set(sendTimeout);
        sink.resumeWrites();
    }

    /** Frees what is left. */
    void close() {
        closed = true;
        if (deadline != null) {
            deadline.close();
        }
        while (!waiting.isEmpty()) {
            waiting.remove().close();
        }
    }
}
