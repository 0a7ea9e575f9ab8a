package io.undertow.server.protocol.http;

import io.undertow.connector.PooledByteBuffer;
import java.nio.ByteBuffer;

/** Requests that came before their turn: only as much memory as they need, for a client may have them wait for long. */
final class KeptBytes implements PooledByteBuffer {

    private ByteBuffer bytes;

    /** Copies what is between the buffer's position and its limit. */
    KeptBytes(ByteBuffer from) {
        bytes = ByteBuffer.allocate(from.remaining()).put(from).flip();
    }

    @Override
    public ByteBuffer getBuffer() {
        if (bytes == null) {
            throw new IllegalStateException("the buffer has been freed");
        }
        return bytes;
    }

    @Override
    public void close() {
        bytes = null;
    }

    @Override
    public boolean isOpen() {
        return bytes != null;
    }
}
