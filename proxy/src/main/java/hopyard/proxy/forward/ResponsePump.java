package hopyard.proxy.forward;

import hopyard.memory.BufferPool;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.SendDeadline;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.TempPath;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.xnio.channels.StreamSinkChannel;

/**
 * Sends a response body to the client, no faster than the client takes it. If the response is buffered and the client
 * is slower, the rest goes to a temporary file. This frees both the upstream and the memory: a client that takes
 * nothing then costs no buffer at all.
 */
final class ResponsePump {

    /** Is told what the client does. */
    interface Listener {
        /** There is room again after {@link #isFull()}. */
        void roomAgain();

        /** The client has taken what there was, and waits for more. */
        void written();

        /** The client cannot be written to any more. */
        void clientLost();
    }

    /** How many buffers may wait for the client before the upstream is no longer read: with 16 KiB each, 64 KiB. */
    private static final int MAX_WAITING = 4;

    /**
     * How long the client may be behind before a file is made, in ms. nginx makes it at once. But a client that is as
     * fast as the upstream is often behind for a moment, and serving it takes half the work if none of that goes
     * through the file system.
     */
    private static final long PATIENCE = 100;

    /** How often to check whether a client that is behind should get a file, in ms. */
    private static final long AGAIN = 1000;

    private final Exchange exchange;
    private final StreamSinkChannel sink;
    private final Listener listener;
    /** What the client has not taken yet: mostly one buffer, for a moment; {@code null} for nothing. */
    private PooledByteBuffer waiting;

    /** The buffers that wait behind {@link #waiting}; {@code null} if there never were any. */
    private Queue<PooledByteBuffer> waitingBehind;

    private final TempPath tempPath;
    private final long largestFile;
    private SendDeadline deadline;
    private Deadline patience;
    private boolean watched;
    /** When the pump became full, on the scale of {@link System#nanoTime()}; 0 if it is not full. */
    private long fullSince;
    /** The content that comes before {@link #waiting}, while {@link #overflows}. */
    private TemporaryFileQueue overflow;

    private boolean overflows;
    private boolean overflowFailed;
    private boolean ended;
    private boolean truncated;
    private boolean begun;
    private boolean blocked;
    private boolean closed;

    /**
     * @param tempPath where the file goes; {@code null} for where the system has temporary files
     * @param largestFile how many bytes of a slow client's content may go to a file; 0 for none, except what has been
     *     read when buffers are short
     */
    ResponsePump(Exchange exchange, StreamSinkChannel sink, TempPath tempPath, long largestFile, Listener listener) {
        this.tempPath = tempPath;
        this.largestFile = largestFile;
        this.exchange = exchange;
        this.sink = sink;
        this.listener = listener;
    }

    /**
     * Whether the client is slower than the upstream, so that the upstream should not be read until there is
     * {@linkplain Listener#roomAgain room again}.
     */
    boolean isFull() {
        return fullSince != 0;
    }

    /** Whether some content still waits for the client to take it. */
    boolean isBlocked() {
        return blocked;
    }

    private boolean lacksRoom() {
        return overflows
                ? overflow.isFull() || waiting != null
                : waitingCount() >= (BufferPool.isShort() ? 1 : MAX_WAITING);
    }

    private int waitingCount() {
        return (waiting == null ? 0 : 1) + (waitingBehind == null ? 0 : waitingBehind.size());
    }

    private void addWaiting(PooledByteBuffer content) {
        if (waiting == null) {
            waiting = content;
            return;
        }
        waitingBehind = waitingBehind == null ? new ArrayDeque<>(MAX_WAITING) : waitingBehind;
        waitingBehind.add(content);
    }

    private void freeWaiting() {
        waiting.close();
        waiting = waitingBehind == null ? null : waitingBehind.poll();
    }

    /** Whether the client has taken everything so far. */
    boolean isIdle() {
        return waiting == null && !overflows;
    }

    /**
     * Takes content, and frees its buffer once it is sent.
     *
     * @param last whether nothing follows
     */
    void offer(PooledByteBuffer content, boolean last) {
        ended |= last;
        if (content.getBuffer().hasRemaining()) {
            addWaiting(content);
            if (overflows && !overflowFailed) {
                storeWaiting();
            }
        } else {
            content.close();
        }
        if (!blocked && !closed) {
            write();
        }
        if (fullSince == 0 && !closed && lacksRoom()) {
            fullSince = System.nanoTime();
        }
    }

    /** Begins to check a client that is behind. */
    private void watch() {
        if (watched || overflows || overflowFailed || closed) {
            return;
        }
        if (patience == null) {
            patience = new Deadline(exchange.ioThread(), this::lookAgain);
        }
        watched = true;
        patience.set(PATIENCE);
    }

    /** Checks whether the client has been behind for more than a moment, or is behind while buffers are short. */
    private void lookAgain() {
        watched = false;
        if (closed || !blocked || overflows || overflowFailed) {
            return;
        }
        boolean mayNeedFile = largestFile > 0 && isFull() && !ended;
        boolean isFileDue = mayNeedFile && System.nanoTime() - fullSince >= TimeUnit.MILLISECONDS.toNanos(PATIENCE);
        if (!isFileDue && !BufferPool.isShort()) {
            watched = true;
            patience.set(mayNeedFile ? PATIENCE : AGAIN);
            return;
        }
        try {
            overflow = overflow == null ? TemporaryFileQueue.open(exchange, tempPath, largestFile) : overflow;
        } catch (IOException e) {
            // the client is served all the same, only the upstream has to wait for it
            overflowFailed(e);
            return;
        }
        storeWaiting();
        if (!overflows && !overflowFailed) {
            watched = true;
            patience.set(AGAIN);
        }
        checkRoom();
    }

    private void checkRoom() {
        if (isFull() && !lacksRoom() && !closed) {
            fullSince = 0;
            listener.roomAgain();
        }
    }

    /**
     * Moves waiting content into the file. What does not fit stays in memory, and the upstream waits for the client.
     */
    private void storeWaiting() {
        try {
            while (waiting != null) {
                overflow.add(waiting.getBuffer());
                freeWaiting();
            }
        } catch (TemporaryFile.Full e) {
            overflow.tellFull(e);
        } catch (IOException e) {
            overflowFailed(e);
        }
        overflows = !overflow.isEmpty();
    }

    private void overflowFailed(IOException e) {
        overflowFailed = true;
        exchange.log(
                ErrorLog.Level.CRIT,
                "writing a temporary file for an upstream response failed (" + SystemErrors.text(e) + ")");
    }

    /** Sends what is in the file; false if the client takes no more for now. */
    private boolean writeOverflow() throws IOException {
        while (overflows && !closed) {
            try (PooledByteBuffer pooled = BufferPool.take(exchange.buffers())) {
                ByteBuffer buffer = pooled.getBuffer();
                overflow.peek(buffer);
                int length = buffer.remaining();
                boolean isLast = ended && waiting == null && overflow.remaining() == length;
                if (isLast) {
                    sink.writeFinal(buffer);
                } else {
                    sink.write(buffer);
                }
                if (closed) {
                    return true;
                }
                overflow.skip(length - buffer.remaining());
                overflows = !overflow.isEmpty();
                if (buffer.hasRemaining()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Notes that no content follows. */
    void end() {
        ended = true;
        if (!blocked) {
            write();
        }
    }

    /** Ends content of which more was promised: sends what there is and then closes the client's connection. */
    void truncate() {
        truncated = true;
        if (!blocked) {
            write();
        }
    }

    private void writable() {
        blocked = false;
        exchange.clock().enter(Stage.OWN);
        sink.suspendWrites();
        write();
        checkRoom();
        if (!blocked && !closed) {
            listener.written();
        }
    }

    private void write() {
        try {
            begun |= !isIdle();
            if (!writeOverflow()) {
                block();
                return;
            }
            while (!closed && waiting != null) {
                ByteBuffer buffer = waiting.getBuffer();
                if (ended && waitingCount() == 1) {
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
                freeWaiting();
            }
            if (closed) {
                return;
            }
            if (ended && !begun) {
                // otherwise Undertow would give empty content of unknown length a length, which the header does not
                // have
                begun = true;
                sink.flush();
            }
            if (ended && !closed) {
                sink.shutdownWrites();
            }
            // a header without content must be sent too: the first event of a stream may take long to come
            if (!sink.flush()) {
                block();
            } else if (truncated) {
                exchange.lifetime().abort();
            } else if (deadline != null) {
                deadline.clear();
            }
        } catch (IOException e) {
            exchange.log(ErrorLog.Level.INFO, "send() failed (" + SystemErrors.text(e) + ")");
            closed = true;
            listener.clientLost();
        }
    }

    private void block() {
        blocked = true;
        if (deadline == null) {
            // for the first time; most clients take everything at once
            sink.getWriteSetter().set(channel -> writable());
            deadline = new SendDeadline(exchange, listener::clientLost);
        }
        deadline.restart();
        sink.resumeWrites();
        exchange.clock().awaitClient();
        watch();
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
        if (overflow != null) {
            try {
                overflow.close();
            } catch (IOException e) {
                exchange.log(ErrorLog.Level.ALERT, "close() of a temporary file failed (" + SystemErrors.text(e) + ")");
            }
        }
        while (waiting != null) {
            freeWaiting();
        }
    }
}
