package hopyard.memory;

import io.undertow.connector.PooledByteBuffer;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A buffer that is in use, until it is closed. */
final class Lease implements PooledByteBuffer {

    private final Consumer<ByteBuffer> home;
    private ByteBuffer buffer;

    /**
     * @param home gets the buffer back
     */
    Lease(ByteBuffer buffer, Consumer<ByteBuffer> home) {
        this.buffer = buffer;
        this.home = home;
    }

    @Override
    public ByteBuffer getBuffer() {
        if (buffer == null) {
            throw new IllegalStateException("the buffer has been freed");
        }
        return buffer;
    }

    @Override
    public void close() {
        ByteBuffer freed = buffer;
        if (freed != null) {
            buffer = null;
            home.accept(freed);
        }
    }

    @Override
    public boolean isOpen() {
        return buffer != null;
    }
}
