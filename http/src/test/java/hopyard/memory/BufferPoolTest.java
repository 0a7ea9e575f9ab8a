package hopyard.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.undertow.connector.PooledByteBuffer;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What a pool lends is empty and whole, whatever was done to it before. */
class BufferPoolTest {

    private static final int SIZE = 1024;

    @Test
    void aBufferWhoseLimitIsPutBackAfterItWasFreedIsLentWhole() {
        BufferPool pool = new BufferPool(SIZE);
        PooledByteBuffer first = pool.allocate();
        ByteBuffer used = first.getBuffer();
        first.close();
        // as a conduit does in its finally block when its write has failed, and the failure has ended the exchange
        used.position(2).limit(4);
        try (PooledByteBuffer second = pool.allocate()) {
            assertSame(used, second.getBuffer(), "the buffer is used again");
            assertEquals(0, second.getBuffer().position());
            assertEquals(SIZE, second.getBuffer().limit());
        }
        pool.close();
    }

    @Test
    void whatIsFreedTwiceIsLentOnce() {
        BufferPool pool = new BufferPool(SIZE);
        PooledByteBuffer first = pool.allocate();
        first.close();
        first.close();
        try (PooledByteBuffer second = pool.allocate();
                PooledByteBuffer third = pool.allocate()) {
            assertEquals(false, second.getBuffer() == third.getBuffer());
        }
        pool.close();
    }
}
