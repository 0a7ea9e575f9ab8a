package hopyard.proxy.tls;

import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;

/** The buffers that hold a record. */
final class TlsBuffers {

    /**
     * For a record of the largest size with all that TLS puts around it, for which Java wants 16,709 bytes:
     * 2<sup>14</sup> of content (RFC 8446 §5.2) and the paddings of RFC 5246 §6.2.3.
     */
    static final int BYTES = 17 << 10;

    private static final ByteBufferPool BUFFERS = new BufferPool(BYTES);

    private TlsBuffers() {}

    /**
     * One of them, empty.
     *
     * @throws IOException if there are too many buffers already
     */
    static PooledByteBuffer take() throws IOException {
        return BufferPool.take(BUFFERS);
    }
}
