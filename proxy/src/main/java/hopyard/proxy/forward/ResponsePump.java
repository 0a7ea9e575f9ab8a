package hopyard.proxy.forward;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.Deadline;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import org.xnio.channels.StreamSinkChannel;

/**
 * Sends a response body to the client, no faster than the client takes it. Where the response is buffered and the client
 * stays behind, the rest goes to a temporary file, so that the upstream is free.
 */
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

    /**
     * How long the client may be behind before a file is made, in ms. nginx makes it at once; but a client that is as
     * fast as the upstream is behind for a moment again and again, and is served with half the work if none of that
     * goes through the file system.
     */
    private static final long PATIENCE = 100;

    private final Exchange exchange;
    private final StreamSinkChannel sink;
    private final long sendTimeout;
    private final Listener listener;
    private final Queue<PooledByteBuffer> waiting = new ArrayDeque<>(2);
    private final long largestFile;
    private Deadline deadline;
    private Deadline patience;
    private Spool spool;
    private boolean spooling;
    private boolean ended;
    private boolean truncated;
    private boolean begun;
    private boolean blocked;
    private boolean closed;

    /**
     * @param largestFile how much of a slow client's content may go to a file, in bytes; 0 for none
     */
    ResponsePump(Exchange exchange, StreamSinkChannel sink, long largestFile, Listener listener) {
        this.largestFile = largestFile;
        this.exchange = exchange;
        this.sink = sink;
        sendTimeout = exchange.location().core().sendTimeout;
        this.listener = listener;
        sink.getWriteSetter().set(channel -> writable());
    }

    /** Whether the client is slower than the upstream, so that no more should be read from there. */
    boolean isFull() {
        return spooling ? spool.isFull() : waiting.size() >= MOST_WAITING;
    }

    /** Whether the client has taken everything so far. */
    boolean isIdle() {
        return waiting.isEmpty() && !spooling;
    }

    /**
     * Takes content, and frees its buffer once it is sent.
     *
     * @param last whether nothing follows
     */
    void offer(PooledByteBuffer content, boolean last) {
        ended |= last;
        if (!content.getBuffer().hasRemaining()) {
            content.close();
        } else if (spooling) {
            spool(content);
        } else {
            waiting.add(content);
        }
        if (!blocked && !closed) {
            write();
        }
        if (largestFile > 0 && !spooling && !closed && isFull()) {
            if (patience == null) {
                patience = new Deadline(exchange.http().getIoThread(), this::startSpooling);
            }
            patience.set(PATIENCE);
        }
    }

    private void startSpooling() {
        if (!isFull() || ended || closed) {
            return;
        }
        try {
            spool = spool == null ? Spool.open(exchange, largestFile) : spool;
            spooling = true;
            listener.roomAgain();
        } catch (IOException e) {
            // the client is served all the same, only the upstream has to wait for it
            exchange.log(
                    ErrorLog.Level.CRIT,
                    "a temporary file for an upstream response cannot be made (" + SystemErrors.text(e) + ")");
        }
    }

    private void spool(PooledByteBuffer content) {
        try (content) {
            spool.add(content.getBuffer());
        } catch (IOException e) {
            lost(e);
        }
    }

    /** The next buffer to send; from the file once those in memory are gone. */
    private PooledByteBuffer next() {
        if (waiting.isEmpty() && spooling) {
            PooledByteBuffer pooled =
                    exchange.http().getConnection().getByteBufferPool().allocate();
            waiting.add(pooled);
            try {
                spool.take(pooled.getBuffer());
            } catch (IOException e) {
                lost(e);
                return null;
            }
            pooled.getBuffer().flip();
            spooling = !spool.isEmpty();
        }
        return waiting.peek();
    }

    private void lost(IOException e) {
        exchange.log(
                ErrorLog.Level.CRIT,
                "the temporary file of an upstream response has failed (" + SystemErrors.text(e) + ")");
        closed = true;
        listener.clientLost();
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
            if (patience != null) {
                patience.clear();
            }
            listener.roomAgain();
        }
    }

    private void write() {
        try {
            for (PooledByteBuffer next = next(); next != null; next = next()) {
                ByteBuffer buffer = next.getBuffer();
                begun = true;
                if (ended && !spooling && waiting.size() == 1) {
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
            if (closed) {
                return;
            }
            if (ended && !begun) {
                // else Undertow would give a content of unknown length that is empty a length, which the header does
                // not say
                begun = true;
                sink.flush();
            }
            if (ended && !closed) {
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
        if (patience != null) {
            patience.close();
        }
        if (spool != null) {
            try {
                spool.close();
            } catch (IOException e) {
                exchange.log(ErrorLog.Level.ALERT, "close() of a temporary file failed (" + SystemErrors.text(e) + ")");
            }
        }
        while (!waiting.isEmpty()) {
            waiting.remove().close();
        }
    }
}
