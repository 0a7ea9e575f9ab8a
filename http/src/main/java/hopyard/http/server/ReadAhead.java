package hopyard.http.server;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import java.io.IOException;
import org.xnio.ChannelListener;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Notices a client that goes away while a request without content is answered. To see that, it has to go on reading.
 * Bytes that come early, which few clients send, are kept for their turn.
 */
final class ReadAhead {

    /** How many bytes a client may send ahead so that its leaving can still be seen. */
    private static final int MAX_AHEAD = 16 << 10;

    private final AbstractServerConnection connection;
    private final ChannelListener<ConduitStreamSourceChannel> listener;
    private Runnable onGone;
    private Runnable onTooMuch;

    /**
     * @param listener calls {@link #early} when something has come while a request is being answered
     */
    ReadAhead(AbstractServerConnection connection, ChannelListener<ConduitStreamSourceChannel> listener) {
        this.connection = connection;
        this.listener = listener;
    }

    /** See {@link HttpConnection#watch(Runnable)}. */
    void start(Runnable gone) {
        if (!isTooMuchAhead()) {
            start(gone, null);
        }
    }

    /** See {@link HttpConnection#watch(Runnable, Runnable)}. */
    void start(Runnable gone, Runnable tooMuch) {
        onGone = gone;
        onTooMuch = tooMuch;
        ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
        source.setReadListener(listener);
        if (!source.isReadResumed()) {
            connection.getOriginalSourceConduit().resumeReads();
        }
    }

    void stop() {
        onGone = null;
        onTooMuch = null;
    }

    /** Reads what has come, which may be the connection's end. */
    void early() {
        StreamSourceConduit source = connection.getOriginalSourceConduit();
        // if there is no memory to keep the bytes in, they stay where they are
        PooledByteBuffer pooled = onGone == null || !HeldMemory.hasRoom(MAX_AHEAD)
                ? null
                : BufferPool.tryTake(connection.getByteBufferPool());
        if (pooled == null) {
            source.suspendReads();
            return;
        }
        int n;
        try (pooled) {
            n = source.read(pooled.getBuffer());
            if (n > 0) {
                KeptBytes.append(connection, pooled.getBuffer().flip());
            }
        } catch (IOException e) {
            n = -1;
        }
        if (n < 0) {
            source.suspendReads();
            onGone.run();
        } else if (n > 0 && isTooMuchAhead()) {
            source.suspendReads();
            if (onTooMuch != null) {
                onTooMuch.run();
            }
        }
    }

    private boolean isTooMuchAhead() {
        PooledByteBuffer kept = connection.getExtraBytes();
        return kept != null && kept.getBuffer().remaining() > MAX_AHEAD;
    }
}
