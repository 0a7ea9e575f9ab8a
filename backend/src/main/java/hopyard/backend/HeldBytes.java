package hopyard.backend;

import io.undertow.server.HttpServerExchange;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Bytes that a client has sent: only as many as have come. They count as held for the client until its exchange is
 * over.
 */
final class HeldBytes {

    private static final int MIN_BLOCK = 1 << 10;
    private static final int MAX_BLOCK = 64 << 10;

    private final Client client;
    private final List<ByteBuffer> blocks = new ArrayList<>();
    private int length;

    HeldBytes(HttpServerExchange exchange) {
        client = Client.of(exchange);
    }

    int length() {
        return length;
    }

    /** Adds bytes; false if there is no memory for them. */
    boolean add(ByteBuffer bytes) {
        length += bytes.remaining();
        while (bytes.hasRemaining()) {
            ByteBuffer last = blocks.isEmpty() ? null : blocks.get(blocks.size() - 1);
            if (last == null || !last.hasRemaining()) {
                int size = last == null ? Math.max(MIN_BLOCK, bytes.remaining()) : MAX_BLOCK;
                if (!client.hold(size)) {
                    return false;
                }
                last = ByteBuffer.allocate(size);
                blocks.add(last);
            }
            int n = Math.min(last.remaining(), bytes.remaining());
            last.put(bytes.slice().limit(n));
            bytes.position(bytes.position() + n);
        }
        return true;
    }

    /** Returns the bytes from their beginning. */
    InputStream stream() {
        return new SequenceInputStream(Collections.enumeration(blocks.stream()
                .map(block -> new ByteArrayInputStream(block.array(), 0, block.position()))
                .toList()));
    }

    /** Returns the bytes as text. Reading fails if they are not UTF-8. */
    Reader text() {
        return new InputStreamReader(stream(), StandardCharsets.UTF_8.newDecoder());
    }
}
