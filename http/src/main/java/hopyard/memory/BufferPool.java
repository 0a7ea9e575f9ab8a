package hopyard.memory;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Buffers for heads and content. Each thread keeps a few of the buffers that it has freed. So taking and freeing one
 * needs neither a lock nor a look into a map, which Undertow's own pool needs each time.
 *
 * <p>All buffers of the process together may take three quarters of the heap's largest size. There is a limit because a
 * JVM that finds no memory outside of its heap stops for half a second each time. Code that holds a buffer for long
 * asks {@link #isShort} and does with less.
 */
public final class BufferPool implements ByteBufferPool {

    /** How much a thread keeps of what was freed, in bytes. */
    private static final int MAX_KEPT = 1 << 20;

    /** The length of a buffer that is enough for content when buffers are short, in bytes. */
    private static final int SMALL = 2 << 10;

    /** How many bytes of direct memory may be in buffers; the JVM itself allows as much as the heap may have. */
    private static final long MOST = Runtime.getRuntime().maxMemory() / 4 * 3;

    /**
     * The bytes of all buffers, without those that were freed and not kept. The number changes seldom: most buffers are
     * reused.
     */
    private static final AtomicLong TAKEN = new AtomicLong();

    /** There is no buffer left. */
    public static final class Exhausted extends IllegalStateException {
        private Exhausted() {
            super("all memory for buffers is in use");
        }
    }

    private final boolean direct;
    private final int size;
    private final BufferPool arrays;
    private final Consumer<ByteBuffer> home = this::free;
    private final ThreadLocal<ArrayDeque<ByteBuffer>> kept = ThreadLocal.withInitial(ArrayDeque::new);

    /**
     * @param size how long a buffer is, in bytes
     */
    public BufferPool(int size) {
        this(size, true);
    }

    private BufferPool(int size, boolean direct) {
        this.size = size;
        this.direct = direct;
        arrays = direct ? new BufferPool(size, false) : this;
    }

    /** How much memory buffers take outside of the heap, in bytes: those in use, and a few that threads keep. */
    public static long taken() {
        return TAKEN.get();
    }

    /** Whether half of the allowed bytes is in use, so that nobody should hold more than necessary. */
    public static boolean isShort() {
        return TAKEN.get() > MOST / 2;
    }

    /** Whether so little is left that no new connection should be accepted. */
    public static boolean isNearlyEmpty() {
        return TAKEN.get() > MOST / 8 * 7;
    }

    /**
     * Returns an empty buffer.
     *
     * @throws Exhausted if there are too many already
     */
    @Override
    public PooledByteBuffer allocate() {
        ByteBuffer buffer = kept.get().pollFirst();
        if (buffer == null) {
            buffer = direct ? make() : ByteBuffer.allocate(size);
        }
        // a writer whose exchange a failure ended, which freed the buffer, has put the buffer's limit back after that
        return new Lease(buffer.clear(), home);
    }

    /**
     * Returns an empty buffer, for callers that have to cope with failures anyway.
     *
     * @throws IOException if there are too many already
     */
    public static PooledByteBuffer take(ByteBufferPool from) throws IOException {
        try {
            return from.allocate();
        } catch (Exhausted e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Returns an empty buffer, or {@code null} if there are too many already. */
    public static PooledByteBuffer tryTake(ByteBufferPool from) {
        try {
            return from.allocate();
        } catch (Exhausted e) {
            return null;
        }
    }

    /**
     * Returns a buffer for content that somebody may be slow to take: a small one when buffers are short.
     *
     * @throws IOException if there is no memory for it
     */
    public static PooledByteBuffer takeForContent(ByteBufferPool from) throws IOException {
        if (!isShort()) {
            return take(from);
        }
        if (!HeldMemory.take(SMALL)) {
            throw new IOException("memory is used up");
        }
        return new Lease(ByteBuffer.allocate(SMALL), buffer -> HeldMemory.free(SMALL));
    }

    /**
     * Counts memory outside of the heap that is in no buffer, such as zlib's. Returns false if half of the allowed
     * bytes is in use; the caller should then do without.
     */
    public static boolean takeOutside(int bytes) {
        if (TAKEN.addAndGet(bytes) <= MOST / 2) {
            return true;
        }
        TAKEN.addAndGet(-bytes);
        return false;
    }

    /** Takes back what {@link #takeOutside} has counted. */
    public static void freeOutside(int bytes) {
        TAKEN.addAndGet(-bytes);
    }

    /** Wraps a buffer that belongs to no pool, for code that expects a pooled one. */
    public static PooledByteBuffer unpooled(ByteBuffer buffer) {
        return new Lease(buffer, freed -> {});
    }

    /** Wraps a buffer on the heap, which counts as held until it is closed. */
    public static PooledByteBuffer held(ByteBuffer buffer) {
        int size = buffer.capacity();
        HeldMemory.hold(size);
        return new Lease(buffer, freed -> HeldMemory.free(size));
    }

    private ByteBuffer make() {
        if (TAKEN.addAndGet(size) > MOST) {
            TAKEN.addAndGet(-size);
            throw new Exhausted();
        }
        return ByteBuffer.allocateDirect(size);
    }

    @Override
    public ByteBufferPool getArrayBackedPool() {
        return arrays;
    }

    @Override
    public int getBufferSize() {
        return size;
    }

    @Override
    public boolean isDirect() {
        return direct;
    }

    @Override
    public void close() {
        if (direct) {
            TAKEN.addAndGet(-(long) size * kept.get().size());
        }
        kept.remove();
    }

    private void free(ByteBuffer buffer) {
        ArrayDeque<ByteBuffer> own = kept.get();
        if (own.size() < MAX_KEPT / size) {
            own.addFirst(buffer);
        } else if (direct) {
            TAKEN.addAndGet(-size);
        }
    }
}
