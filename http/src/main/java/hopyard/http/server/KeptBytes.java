package hopyard.http.server;

import hopyard.memory.BufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import java.nio.ByteBuffer;

/** What a client has sent before its turn; it is kept with the connection until then. */
final class KeptBytes {

    private KeptBytes() {}

    /** Only as much memory as they need, for a client may have them wait for long. */
    static PooledByteBuffer copyOf(ByteBuffer early) {
        return BufferPool.held(ByteBuffer.allocate(early.remaining()).put(early).flip());
    }

    /** Puts what has come early behind what came before it. */
    static void append(AbstractServerConnection connection, ByteBuffer early) {
        PooledByteBuffer before = connection.getExtraBytes();
        if (before == null) {
            connection.setExtraBytes(copyOf(early));
        } else {
            connection.setExtraBytes(joined(before.getBuffer(), early));
            before.close();
        }
    }

    /** Puts what has been read too far back before what is kept. */
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
