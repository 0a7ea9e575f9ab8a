package hopyard.memory;

import io.undertow.connector.PooledByteBuffer;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Large buffers for long content: a system call for 256 KiB costs little more than one for 16 KiB, and what it copies
 * still fits the processor's cache. There are only a few, so many slow connections do not take much memory. A
 * connection that gets none uses an ordinary buffer.
 */
public final class StreamBuffers {

    private static final int SIZE = 256 << 10;

    /** Content of which more than this has come, in bytes, goes on in large buffers. */
    private static final long MUCH = 256 << 10;

    /** How many there are at most in the whole process: 8 MiB. */
    private static final int MOST = 32;

    private static final ConcurrentLinkedQueue<ByteBuffer> FREE = new ConcurrentLinkedQueue<>();
    private static final Consumer<ByteBuffer> HOME = FREE::add;
    private static final AtomicInteger MADE = new AtomicInteger();

    private StreamBuffers() {}

    /**
     * Returns a large buffer; {@code null} if all are in use, or if there is no need of one yet.
     *
     * @param passed how much of the content has come so far, in bytes
     */
    public static PooledByteBuffer take(long passed) {
        if (passed <= MUCH) {
            return null;
        }
        ByteBuffer free = FREE.poll();
        if (free == null) {
            if (MADE.incrementAndGet() > MOST) {
                MADE.decrementAndGet();
                return null;
            }
            free = ByteBuffer.allocateDirect(SIZE);
        }
        return new Lease(free.clear(), HOME);
    }
}
