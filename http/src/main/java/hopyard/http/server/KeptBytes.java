package hopyard.http.server;

import hopyard.memory.BufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import java.nio.ByteBuffer;

/** Bytes that a client has sent before their turn. They are kept with the connection until then. */
final class KeptBytes {

    private KeptBytes() {}

    /**
     * Returns a copy that takes only as much memory as the bytes need, because a client may make them wait for long.
     */
    static PooledByteBuffer copyOf(ByteBuffer early) {
        return BufferPool.held(ByteBuffer.allocate(early.remaining()).put(early).flip());
    }

    /** Adds bytes that have come early after those that are kept already. */
    static void append(AbstractServerConnection connection, ByteBuffer early) {
        PooledByteBuffer before = connection.getExtraBytes();
        if (before == null) {
            connection.setExtraBytes(copyOf(early));
        } else {
            connection.setExtraBytes(joined(before.getBuffer(), early));
            before.close();
        }
    }

    /** Puts bytes that were read too far back in front of those that are kept. */
    static void putBack(AbstractServerConnection connection, PooledByteBuffer read) {
        PooledByteBuffer after = connection.getExtraBytes();
        if (after == null) {
            connection.setExtraBytes(read);
        } else {
            connection.setExtraBytes(joined(read.getBuffer(), after.getBuffer()));
            read.close();
            after.close();
        }
    }

    private static PooledByteBuffer joined(ByteBuffer first, ByteBuffer second) {
        ByteBuffer all = ByteBuffer.allocate(first.remaining() + second.remaining());
        return BufferPool.held(all.put(first).put(second).flip());
    }

    /** Forgets what is kept. */
    static void free(AbstractServerConnection connection) {
        PooledByteBuffer kept = connection.getExtraBytes();
        if (kept != null) {
            kept.close();
            connection.setExtraBytes(null);
        }
    }
}
