package hopyard.http.server;

import hopyard.http.Lingering;
import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/** Reads and drops what a client sends and nobody wants. Lives on the connection's I/O thread. */
public final class Discard implements ChannelListener<ConduitStreamSourceChannel> {

    /** A limit, so that one fast client does not keep the I/O thread from the others. */
    private static final int MAX_READS_AT_ONCE = 16;

    private final StreamConnection connection;
    private final StreamSourceConduit from;
    private final ByteBufferPool buffers;
    private final Runnable onEnd;
    private XnioExecutor.Key end;
    private XnioExecutor.Key pause;
    private long timeoutNanos;
    private long readAt;
    private boolean stopped;

    /**
     * @param from what is read
     * @param onEnd runs when all has been read; if it cannot be, the connection is closed instead
     */
    public Discard(StreamConnection connection, StreamSourceConduit from, ByteBufferPool buffers, Runnable onEnd) {
        this.connection = connection;
        this.from = from;
        this.buffers = buffers;
        this.onEnd = onEnd;
    }

    /**
     * Begins to read. Without {@link #limit} this has no end in time, because somebody else still watches the
     * connection.
     */
    public void start() {
        connection.getSourceChannel().setReadListener(this);
        drop();
    }

    /** Limits the time: from now on, the connection is closed if the end does not come in time. */
    public void limit(Lingering lingering) {
        if (stopped) {
            return;
        }
        readAt = System.nanoTime();
        timeoutNanos = TimeUnit.MILLISECONDS.toNanos(lingering.timeoutMillis());
        end = connection.getIoThread().executeAfter(this::giveUp, lingering.timeMillis(), TimeUnit.MILLISECONDS);
        pause = connection.getIoThread().executeAfter(this::look, lingering.timeoutMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether something has come in time. */
    private void look() {
        long left = timeoutNanos - (System.nanoTime() - readAt);
        if (left <= 0) {
            giveUp();
        } else {
            pause = connection.getIoThread().executeAfter(this::look, left, TimeUnit.NANOSECONDS);
        }
    }

    private void giveUp() {
        stop();
        IoUtils.safeClose(connection);
    }

    /** Stops reading. */
    public void stop() {
        stopped = true;
        if (end != null) {
            end.remove();
            pause.remove();
        }
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        drop();
    }

    private void drop() {
        if (stopped) {
            return;
        }
        boolean isEnd = false;
        try (PooledByteBuffer pooled = BufferPool.take(buffers)) {
            int n = 1;
            for (int i = 0; n > 0 && i < MAX_READS_AT_ONCE; i++) {
                n = from.read(pooled.getBuffer().clear());
            }
            isEnd = n < 0;
            readAt = n == 0 ? readAt : System.nanoTime();
        } catch (IOException e) {
            giveUp();
            return;
        }
        if (isEnd) {
            stop();
            onEnd.run();
        } else {
            from.resumeReads();
        }
    }
}
