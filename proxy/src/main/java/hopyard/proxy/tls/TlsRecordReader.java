package hopyard.proxy.tls;

import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLProtocolException;
import org.xnio.Buffers;
import org.xnio.conduits.StreamSourceConduit;

/** What has been received: records, of which not all may be there yet, and content that nobody has taken yet. */
final class TlsRecordReader {

    /** The end of the stream, as for any channel. */
    static final int END = TlsEngine.END;

    /** There is no whole record yet. */
    static final int NONE = TlsEngine.NONE;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final StreamSourceConduit source;
    private final TlsEnd failure;
    private TlsEngine engine;

    /** What has been received and is no content yet. */
    private PooledByteBuffer received;
    /** Content that nobody has taken yet. */
    private PooledByteBuffer content;
    /** Whether what is received so far is not a whole record. */
    private boolean incomplete;

    private boolean atEnd;

    TlsRecordReader(StreamSourceConduit source, TlsEnd failure) {
        this.source = source;
        this.failure = failure;
    }

    void use(TlsEngine its) {
        engine = its;
        incomplete = false;
    }

    /**
     * Reads a client's first word, which stays there for the engine; {@code null} if some of it is still to come, or
     * the client {@link #isAtEnd}. Of one that does not fit nothing is known.
     *
     * @throws IOException if the connection is broken, or there is no memory
     */
    ClientHello hello() throws IOException {
        while (true) {
            if (received != null) {
                ByteBuffer buffer = received.getBuffer();
                ClientHello hello = ClientHello.read(buffer);
                if (hello != null || buffer.remaining() == buffer.capacity()) {
                    return hello == null ? ClientHello.UNKNOWN : hello;
                }
                incomplete = true;
            }
            int n = receive();
            if (n <= 0) {
                atEnd = n < 0;
                return null;
            }
        }
    }

    /** Whether the peer had ended when {@link #hello} was read. */
    boolean isAtEnd() {
        return atEnd;
    }

    /** Whether what is received so far is not a whole record. */
    boolean isIncomplete() {
        return incomplete;
    }

    /** Takes content that was read before; returns how much of it there was room for. */
    int take(ByteBuffer dst) {
        if (content == null) {
            return 0;
        }
        int n = Buffers.copy(dst, content.getBuffer());
        freeContentIfEmpty();
        return n;
    }

    /** Whether there may be something to read of which the socket knows nothing. */
    boolean hasMore() {
        return content != null || received != null && !incomplete || engine != null && engine.holdsContent();
    }

    /**
     * Reads a record; returns how much content of it is in {@code dst} now, which may be none, {@link #NONE} or
     * {@link #END}. Content that does not fit is there to {@link #take} afterwards.
     *
     * @throws SSLException if what the peer sends is not TLS, or not what the two have agreed upon
     * @throws IOException if the connection is broken, or there is no memory
     */
    int read(ByteBuffer dst) throws IOException {
        int n = unwrap(dst);
        return n == TlsEngine.TOO_LARGE ? Math.min(readAside(), 0) : n;
    }

    /**
     * Reads a record whose content nobody has room for; returns how much was in it, which may be none, {@link #NONE} or
     * {@link #END}.
     *
     * @throws IOException see {@link #read}
     */
    int readAside() throws IOException {
        if (content != null) {
            // a handshake within a connection: what came before it is taken first
            return NONE;
        }
        content = TlsBuffers.take();
        int n = NONE;
        try {
            n = unwrap(content.getBuffer());
            if (n == TlsEngine.TOO_LARGE) {
                throw tooLarge();
            }
        } finally {
            // closed in between, there is none any more
            if (content != null) {
                content.getBuffer().flip();
                freeContentIfEmpty();
            }
        }
        return n;
    }

    private SSLException tooLarge() {
        return failure.violated(new SSLProtocolException("record is larger than TLS allows"));
    }

    private int unwrap(ByteBuffer dst) throws IOException {
        while (true) {
            if (received != null && !incomplete || engine.holdsContent()) {
                int n;
                try {
                    n = engine.unwrap(received == null ? NOTHING : received.getBuffer(), dst);
                } catch (SSLException e) {
                    throw failure.violated(e);
                }
                freeReceivedIfEmpty();
                if (n != NONE) {
                    return n;
                }
                incomplete = true;
            }
            int n = receive();
            if (n <= 0) {
                return n == 0 ? NONE : END;
            }
        }
    }

    private int receive() throws IOException {
        if (received == null) {
            received = TlsBuffers.take();
            received.getBuffer().limit(0);
        }
        ByteBuffer buffer = received.getBuffer().compact();
        if (!buffer.hasRemaining()) {
            buffer.flip();
            throw tooLarge();
        }
        int n;
        try {
            n = source.read(buffer);
        } catch (IOException e) {
            buffer.flip();
            throw failure.broken(e);
        }
        buffer.flip();
        incomplete &= n <= 0;
        freeReceivedIfEmpty();
        return n;
    }

    private void freeReceivedIfEmpty() {
        if (received != null && !received.getBuffer().hasRemaining()) {
            received.close();
            received = null;
            incomplete = false;
        }
    }

    private void freeContentIfEmpty() {
        if (content != null && !content.getBuffer().hasRemaining()) {
            content.close();
            content = null;
        }
    }

    /** Gives the buffers back. */
    void free() {
        if (received != null) {
            received.close();
            received = null;
        }
        if (content != null) {
            content.close();
            content = null;
        }
    }
}
