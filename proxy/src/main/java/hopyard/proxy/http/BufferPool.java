package hopyard.proxy.http;

import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Buffers for heads and content. Each thread keeps a few of those that it has freed, so taking and freeing one needs
 * neither a lock nor a look into a map, which Undertow's own pool does each time.
 */
public final class BufferPool implements ByteBufferPool {

    /** How much a thread keeps of what was freed, in bytes. */
    private static final int MOST_KEPT = 1 << 20;

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

    @Override
    public PooledByteBuffer allocate() {
        ByteBuffer buffer = kept.get().pollFirst();
        if (buffer == null) {
            buffer = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
        }
        return new Lease(buffer, home);
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
        kept.remove();
    }

    private void free(ByteBuffer buffer) {
        ArrayDeque<ByteBuffer> own = kept.get();
        if (own.size() < MOST_KEPT / size) {
            own.addFirst(buffer.clear());
        }
    }
}
