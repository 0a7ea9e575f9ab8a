package hopyard.http.server;

import io.undertow.server.HttpServerExchange;
import java.nio.ByteBuffer;

/** Reads the head of a request that comes on no connection, in the same way as from a connection. */
public final class HeadReader {

    /** How many bytes are read at a time, as from a connection. */
    private static final int PIECE = 16 << 10;

    private HeadReader() {}

    /**
     * Gives the exchange what the head says, or a {@link RequestMistake}.
     *
     * @param head the bytes up to the empty line at the end
     * @return false if the head does not end with these bytes
     */
    public static boolean read(byte[] head, HttpServerExchange exchange) {
        PartialHead soFar = new PartialHead();
        try {
            for (int at = 0; at < head.length && !soFar.isComplete(); at += PIECE) {
                ByteBuffer piece = ByteBuffer.wrap(head, at, Math.min(PIECE, head.length - at));
                HeadCollector.take(piece, soFar, exchange);
            }
            return soFar.isComplete();
        } finally {
            soFar.free();
        }
    }
}
