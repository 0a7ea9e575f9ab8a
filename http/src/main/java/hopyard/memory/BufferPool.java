package hopyard.memory;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Buffers for heads and content. Each thread keeps a few of those that it has freed, so taking and freeing one needs
 * neither a lock nor a look into a map, which Undertow's own pool does each time.
 *
 * <p>There are only so many in the whole process, because a JVM that looks for memory outside of its heap in vain stands
 * still for half a second each time: three quarters of the heap's largest size. Whoever holds one for long asks
 * {@link #isShort} and makes do with less.
 */
public final class BufferPool implements ByteBufferPool {

    /** How much a thread keeps of what was freed, in bytes. */
    private static final int MAX_KEPT = 1 << 20;

    /** What does for content when buffers are short, in bytes. */
    private static final int SMALL = 2 << 10;

    /** How many bytes of direct memory may be in buffers; the JVM itself allows as much as the heap may have. */
    private static final long MOST = Runtime.getRuntime().maxMemory() / 4 * 3;

    /** The bytes of those that there are, but for what was freed and not kept. It changes seldom: most are reused. */
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

    /** Whether half of what there may be is in use, so that nobody should hold more than needs be. */
    public static boolean isShort() {
        return TAKEN.get() > MOST / 2;
    }

    /** Whether so little is left that nobody new should come. */
    public static boolean isNearlyEmpty() {
        return TAKEN.get() > MOST / 8 * 7;
    }

    /**
     * A buffer, empty.
     *
     * @throws Exhausted if there are too many already
     */
    @Override
    public PooledByteBuffer allocate() {
        ByteBuffer buffer = kept.get().pollFirst();
        if (buffer == null) {
            buffer = direct ? make() : ByteBuffer.allocate(size);
        }
        // who was writing it when a failure ended the exchange, and so freed it, has put its limit back after that
        return new Lease(buffer.clear(), home);
    }

    /**
     * The same for who has to cope with failures anyway.
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

    /** The same for who can do without: {@code null} if there are too many already. */
    public static PooledByteBuffer tryTake(ByteBufferPool from) {
        try {
            return from.allocate();
        } catch (Exhausted e) {
            return null;
        }
    }

    /**
     * A buffer for content that somebody may be slow to take: a small one when buffers are short.
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
     * Counts memory outside of the heap that is in no buffer, such as zlib's; false if half of what there may be is in use, and
     * whoever wants it should do without.
     */
    public static boolean takeOutside(int bytes) {
        if (TAKEN.addAndGet(bytes) <= MOST / 2) {
            return true;
        }
        TAKEN.addAndGet(-bytes);
        return false;
    }

    /** Gives back what {@link #takeOutside} has counted. */
    public static void freeOutside(int bytes) {
        TAKEN.addAndGet(-bytes);
    }

    /** A buffer that belongs to no pool, in the place of one that does. */
    public static PooledByteBuffer unpooled(ByteBuffer buffer) {
        return new Lease(buffer, freed -> {});
    }

    /** The same for one on the heap that counts as held until it is closed. */
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
