package hopyard.proxy.forward;

import io.undertow.connector.PooledByteBuffer;
import java.nio.ByteBuffer;

/** A buffer that is larger than those of the pool, for the response headers that {@code proxy_buffer_size} lets in. */
final class LargeBuffer implements PooledByteBuffer {

    private ByteBuffer buffer;

    LargeBuffer(int size) {
        buffer = ByteBuffer.allocate(size);
    }

    @Override
    public ByteBuffer getBuffer() {
        return buffer;
    }

    @Override
    public void close() {
        buffer = null;
    }

    @Override
    public boolean isOpen() {
        return buffer != null;
    }
}
