package hopyard.http.http2;

import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.xnio.channels.StreamSinkChannel;

/**
 * The bytes of frames that are to be sent on a connection, in buffers of the pool, so that one system call sends many
 * frames. It holds buffers only while there is something to send.
 */
final class FrameOutput {

    private final ByteBufferPool pool;
    private PooledByteBuffer[] chain = new PooledByteBuffer[4];
    private ByteBuffer[] buffers = new ByteBuffer[4];
    private int count;
    /** The last of {@link #buffers}, whose position is where the next byte goes; {@code null} for none. */
    private ByteBuffer last;

    /** Where in the first buffer the bytes begin that are not sent yet. */
    private int from;

    private int pending;

    FrameOutput(ByteBufferPool pool) {
        this.pool = pool;
    }

    /** Returns how many bytes are to be sent. */
    int pending() {
        return pending;
    }

    /** Returns the last buffer, with room for so many bytes in one piece; for the header of a frame. */
    ByteBuffer room(int bytes) {
        if (last == null || last.remaining() < bytes) {
            add();
        }
        pending += bytes;
        return last;
    }

    private void add() {
        if (count == buffers.length) {
            chain = Arrays.copyOf(chain, 2 * count);
            buffers = Arrays.copyOf(buffers, 2 * count);
        }
        PooledByteBuffer pooled = BufferPool.tryTake(pool);
        if (pooled == null) {
            pooled = BufferPool.held(ByteBuffer.allocate(pool.getBufferSize()));
        }
        chain[count] = pooled;
        last = pooled.getBuffer();
        buffers[count++] = last;
    }

    /** Adds a part of an array. */
    void put(byte[] bytes, int offset, int length) {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (last == null || !last.hasRemaining()) {
                add();
            }
            int n = Math.min(left, last.remaining());
            last.put(bytes, at, n);
            at += n;
            left -= n;
        }
        pending += length;
    }

    /** Adds the next bytes of a buffer. */
    void put(ByteBuffer bytes, int length) {
        int left = length;
        while (left > 0) {
            if (last == null || !last.hasRemaining()) {
                add();
            }
            int n = Math.min(left, last.remaining());
            last.put(last.position(), bytes, bytes.position(), n).position(last.position() + n);
            bytes.position(bytes.position() + n);
            left -= n;
        }
        pending += length;
    }

    /**
     * Adds a part of a file, which may have become shorter.
     *
     * @throws IOException if it cannot be read; what was read before has been added
     */
    void put(FileChannel file, long position, int length) throws IOException {
        int total = 0;
        while (total < length) {
            if (last == null || !last.hasRemaining()) {
                add();
            }
            int n = Math.min(length - total, last.remaining());
            last.limit(last.position() + n);
            try {
                n = file.read(last, position + total);
            } finally {
                last.limit(last.capacity());
            }
            if (n <= 0) {
                break;
            }
            total += n;
            pending += n;
        }
    }

    /**
     * Sends what the connection takes; whether all is sent.
     *
     * @throws IOException if the connection is broken
     */
    boolean send(StreamSinkChannel to) throws IOException {
        while (pending > 0) {
            long n = write(to);
            pending -= (int) n;
            if (n == 0) {
                return false;
            }
        }
        return true;
    }

    private long write(StreamSinkChannel to) throws IOException {
        for (int i = 0; i < count; i++) {
            buffers[i].flip();
        }
        buffers[0].position(from);
        long n;
        try {
            n = count == 1 ? to.write(buffers[0]) : to.write(buffers, 0, count);
        } finally {
            int sent = 0;
            while (sent < count && !buffers[sent].hasRemaining()) {
                chain[sent++].close();
            }
            from = sent < count ? buffers[sent].position() : 0;
            for (int i = sent; i < count; i++) {
                ByteBuffer left = buffers[i];
                left.position(left.limit()).limit(left.capacity());
                buffers[i - sent] = left;
                chain[i - sent] = chain[i];
            }
            Arrays.fill(buffers, count - sent, count, null);
            Arrays.fill(chain, count - sent, count, null);
            count -= sent;
            last = count == 0 ? null : buffers[count - 1];
        }
        return n;
    }

    /** Gives the buffers back: nothing more is sent. */
    void free() {
        for (int i = 0; i < count; i++) {
            chain[i].close();
            chain[i] = null;
            buffers[i] = null;
        }
        count = 0;
        last = null;
        from = 0;
        pending = 0;
    }
}
