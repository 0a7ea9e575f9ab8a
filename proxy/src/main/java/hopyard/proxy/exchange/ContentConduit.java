package hopyard.proxy.exchange;

import hopyard.memory.BufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;

/**
 * A conduit that passes on something else than what is written to it. It gathers what it passes on in one buffer of the
 * pool, which it holds only while there is something in it.
 */
abstract class ContentConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    private final HttpServerExchange http;
    /** What waits for the next conduit, in front of the buffer's position; {@code null} for nothing. */
    private PooledByteBuffer gathered;

    private boolean hasBegun;
    private boolean endPassedOn;
    private boolean isClosed;

    ContentConduit(StreamSinkConduit next, HttpServerExchange http) {
        super(next);
        this.http = http;
    }

    /** Takes as much of {@code content} as it can. */
    abstract void take(ByteBuffer content) throws IOException;

    /** Called when a write has been taken as far as possible. */
    void taken() throws IOException {
        passOn();
    }

    /** Whether the exchange is over. */
    boolean isClosed() {
        return isClosed;
    }

    /** Frees what is left, when the exchange is over. */
    void close() {
        isClosed = true;
        free();
    }

    /** Counts bytes as sent. What is taken has been counted by whoever wrote it, and is taken off again. */
    void count(long bytes) {
        Connectors.updateResponseBytesSent(http, bytes);
    }

    // ---- what comes in

    @Override
    public int write(ByteBuffer src) throws IOException {
        int before = src.remaining();
        take(src);
        taken();
        return before - src.remaining();
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            int before = srcs[i].remaining();
            take(srcs[i]);
            total += before - srcs[i].remaining();
            if (srcs[i].hasRemaining()) {
                break;
            }
        }
        taken();
        return total;
    }

    @Override
    public int writeFinal(ByteBuffer src) throws IOException {
        int before = src.remaining();
        take(src);
        if (!src.hasRemaining()) {
            terminateWrites();
        }
        return before - src.remaining();
    }

    @Override
    public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return Conduits.writeFinalBasic(this, srcs, offset, length);
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        try (PooledByteBuffer pooled = BufferPool.take(http.getConnection().getByteBufferPool())) {
            ByteBuffer content = pooled.getBuffer();
            content.limit((int) Math.min(content.capacity(), count));
            int n = src.read(content, position);
            return n <= 0 ? n : write(content.flip());
        }
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) throws IOException {
        return IoUtils.transfer(source, count, throughBuffer, new ConduitWritableByteChannel(this));
    }

    // ---- what goes out

    /** Returns the buffer to put into what is to be passed on. */
    ByteBuffer out() throws IOException {
        if (gathered == null) {
            gathered = BufferPool.takeForContent(http.getConnection().getByteBufferPool());
        }
        return gathered.getBuffer();
    }

    /** Returns how many bytes wait for the next conduit. */
    int gathered() {
        return gathered == null ? 0 : gathered.getBuffer().position();
    }

    private void free() {
        if (gathered != null) {
            gathered.close();
            gathered = null;
        }
    }

    /** Passes on what has been gathered. Returns whether the next conduit has taken all of it. */
    boolean passOn() throws IOException {
        return passOn(false);
    }

    private boolean passOn(boolean isLast) throws IOException {
        if (gathered == null) {
            return true;
        }
        ByteBuffer buffer = gathered.getBuffer().flip();
        int n = -1;
        while (buffer.hasRemaining() && n != 0) {
            hasBegun = true;
            n = isLast ? next.writeFinal(buffer) : next.write(buffer);
            count(n);
        }
        if (isClosed) {
            // the write found the connection broken, which ended the exchange
            return false;
        }
        if (buffer.hasRemaining()) {
            buffer.compact();
            return false;
        }
        free();
        return true;
    }

    /** Passes on bytes that are not gathered. */
    int passOn(ByteBuffer content) throws IOException {
        hasBegun = true;
        int n = next.write(content);
        count(n);
        return n;
    }

    /** Passes on what has been gathered, and has it sent. */
    boolean passOnAndFlush() throws IOException {
        if (!passOn()) {
            return false;
        }
        hasBegun = true;
        return next.flush();
    }

    /** Passes on what has been gathered, and that it is the last. Returns whether the next conduit knows all. */
    boolean passOnEnd() throws IOException {
        if (endPassedOn || isClosed) {
            return endPassedOn;
        }
        if (gathered() > 0) {
            endPassedOn = passOn(true);
            return endPassedOn;
        }
        free();
        if (!hasBegun) {
            // otherwise Undertow would give empty content a length, which the header does not have
            next.flush();
        }
        endPassedOn = true;
        next.terminateWrites();
        return true;
    }

    @Override
    public void truncateWrites() throws IOException {
        close();
        next.truncateWrites();
    }
}
