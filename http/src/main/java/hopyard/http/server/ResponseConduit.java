package hopyard.http.server;

import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.function.BooleanSupplier;
import org.xnio.Buffers;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;

/**
 * Writes a response's head before its content. Fields that are already bytes are copied as they are. A short content is
 * put after the head in the same buffer, so that one plain write sends both.
 */
final class ResponseConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    /** Content up to this length, in bytes, is copied: that costs less than a second range in the system call. */
    private static final int SHORT = 2048;

    private static final ByteBuffer[] NONE = {};

    /** {@code null} for none. */
    private final ByteBufferPool pool;

    private final Closeable connection;
    private final BooleanSupplier closesAfter;
    private final ResponseHeadWriter head = new ResponseHeadWriter();
    /** The part of the head, and perhaps of content after it, that is not sent yet; {@code null} before and after. */
    private ByteBuffer pending;
    /** The pooled buffer behind {@link #pending}; {@code null} if it came from no pool. */
    private PooledByteBuffer pooled;

    /** Interim responses that are not sent yet; {@code null} for none. They go ahead of the head. */
    private ByteBuffer ahead;

    private final ByteBuffer[] one = new ByteBuffer[1];
    private boolean begun;
    private boolean ends;
    private boolean closed;

    /** How many bytes of the response have been sent, its head and what frames its content included. */
    private long sent;

    private int headLength;

    /**
     * @param pool may be {@code null}, for a head that uses no pooled buffer
     * @param connection closed if a write fails
     * @param closesAfter whether the connection is closed as soon as the response is out; its writing is then not ended
     *     before
     */
    ResponseConduit(StreamSinkConduit next, ByteBufferPool pool, Closeable connection, BooleanSupplier closesAfter) {
        super(next);
        this.pool = pool;
        this.connection = connection;
        this.closesAfter = closesAfter;
        begun = true;
    }

    /** Begins with another response. */
    void reset(HttpServerExchange exchange) {
        head.reset(exchange);
        begun = false;
        ends = false;
        sent = 0;
        headLength = 0;
    }

    /** Returns how many bytes of the response have been sent, its head and what frames its content included. */
    long sent() {
        return sent;
    }

    /** Returns how many bytes the head has; 0 as long as none of it is sent. */
    int headLength() {
        return headLength;
    }

    private long count(long bytes) {
        sent += bytes;
        return bytes;
    }

    /** See {@link ResponseHeadWriter#fields}. */
    void fields(byte[] bytes, int length) {
        head.fields(bytes, length);
    }

    /** Sends an interim response, as much of it as the client takes now; the rest goes ahead of the response. */
    void interim(byte[] bytes) throws IOException {
        if (closed || pending != null) {
            throw new ClosedChannelException();
        }
        int earlier = ahead == null ? 0 : ahead.remaining();
        ByteBuffer all = ByteBuffer.allocate(earlier + bytes.length);
        if (earlier > 0) {
            all.put(ahead);
        }
        all.put(bytes).flip();
        next.write(all);
        ahead = all.hasRemaining() ? all : null;
        next.flush();
    }

    private void begin() throws IOException {
        if (closed || head.isNone()) {
            throw new ClosedChannelException();
        }
        begun = true;
        int length = head.length() + (ahead == null ? 0 : ahead.remaining());
        // if the pool has no buffer now, a head is short enough for the heap
        pooled = pool == null || length > pool.getBufferSize() ? null : BufferPool.tryTake(pool);
        pending = pooled == null ? ByteBuffer.allocate(length) : pooled.getBuffer();
        if (ahead != null) {
            pending.put(ahead);
            ahead = null;
        }
        int before = pending.position();
        head.writeInto(pending);
        headLength = pending.position() - before;
        sent = -before;
        pending.flip();
    }

    // ---- writing

    /** Writes the head, and with it as much content as fits; true if all of the head is sent. */
    private boolean writeHead(ByteBuffer[] content, int offset, int length) throws IOException {
        if (!begun) {
            begin();
            long size = Buffers.remaining(content, offset, length);
            if (size <= SHORT && size <= room()) {
                appendable();
                for (int i = offset; i < offset + length; i++) {
                    pending.put(content[i]);
                }
                pending.flip();
            }
        }
        while (pending != null) {
            long n;
            if (Buffers.hasRemaining(content, offset, length)) {
                ByteBuffer[] all = new ByteBuffer[length + 1];
                all[0] = pending;
                System.arraycopy(content, offset, all, 1, length);
                n = count(next.write(all, 0, all.length));
            } else {
                n = count(next.write(pending));
            }
            if (!pending.hasRemaining()) {
                freeHead();
            } else if (n == 0) {
                return false;
            }
        }
        if (ends) {
            end();
        }
        return true;
    }

    /** Ends writing, unless the connection is closed in a moment anyway. */
    private void end() throws IOException {
        if (!closesAfter.getAsBoolean()) {
            next.terminateWrites();
        }
    }

    private int room() {
        return pending.capacity() - pending.limit();
    }

    /** Returns the head's buffer, ready to take content after the head. */
    private ByteBuffer appendable() {
        int end = pending.limit();
        return pending.limit(pending.capacity()).position(end);
    }

    private void freeHead() {
        pending = null;
        head.forget();
        if (pooled != null) {
            pooled.close();
            pooled = null;
        }
    }

    private boolean isHeadPending() {
        return !begun || pending != null;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            if (!isHeadPending()) {
                return (int) count(next.write(src));
            }
            int before = src.remaining();
            one[0] = src;
            writeHead(one, 0, 1);
            return before - src.remaining();
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        } finally {
            one[0] = null;
        }
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        try {
            if (isHeadPending()) {
                long before = Buffers.remaining(srcs, offset, length);
                writeHead(srcs, offset, length);
                return before - Buffers.remaining(srcs, offset, length);
            }
            return count(length == 1 ? next.write(srcs[offset]) : next.write(srcs, offset, length));
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public int writeFinal(ByteBuffer src) throws IOException {
        return Conduits.writeFinalBasic(this, src);
    }

    @Override
    public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return Conduits.writeFinalBasic(this, srcs, offset, length);
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        try {
            if (!isHeadPending()) {
                return count(next.transferFrom(src, position, count));
            }
            int n = 0;
            if (!begun) {
                begin();
                int end = pending.limit();
                int max = (int) Math.min(count, room());
                appendable().limit(end + max);
                n = max == 0 ? 0 : src.read(pending, position);
                pending.flip();
            }
            writeHead(NONE, 0, 0);
            return n;
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) throws IOException {
        return IoUtils.transfer(source, count, throughBuffer, new ConduitWritableByteChannel(this));
    }

    @Override
    public boolean flush() throws IOException {
        try {
            return (!isHeadPending() || writeHead(NONE, 0, 0)) && next.flush();
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public void terminateWrites() throws IOException {
        try {
            if (isHeadPending()) {
                ends = true;
            } else {
                end();
            }
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public void truncateWrites() throws IOException {
        try {
            next.truncateWrites();
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        } finally {
            freeHead();
        }
    }

    /** Notes that the connection is closed and no response follows. */
    void closed() {
        closed = true;
        freeHead();
    }
}
