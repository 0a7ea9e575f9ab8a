package hopyard.proxy.forward;

import hopyard.memory.BufferPool;
import hopyard.memory.StreamBuffers;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.upstream.UpstreamSink;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A request body that is passed on as it comes, one buffer at a time: nothing more is read from the client until the
 * upstream has taken what was read before. It cannot be sent twice.
 */
final class StreamedBody implements RequestBody {

    private static final byte[] LAST_CHUNK = {'0', '\r', '\n'};
    private static final byte[] CRLF = {'\r', '\n'};

    private final Exchange exchange;
    private final RequestHead requestHead;
    private final ClientBody client;
    private final long length;
    /** {@code null} if nobody asks for the content. */
    private final PassedBody copy;

    private PooledByteBuffer pooled;
    /** The buffers to write next: head, chunk size, content and so on, as far as they apply. */
    private final ByteBuffer[] pending = new ByteBuffer[6];

    private int pendingCount;
    private boolean ended;
    private boolean started;

    /**
     * @param length the length, {@link #CHUNKED} or {@link #OPEN}
     * @param head which trailers are passed on
     * @param onReadable called when the client has sent more
     */
    StreamedBody(Exchange exchange, long length, RequestHead head, Runnable onReadable) {
        this.exchange = exchange;
        this.length = length;
        requestHead = head;
        client = new ClientBody(exchange, onReadable);
        copy = head.keepsBody() ? new PassedBody(exchange) : null;
        if (copy != null) {
            SharedBody.passes(exchange, copy);
        }
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean endsWithItsLength() {
        // a frame of HTTP/2 may bring more, and all of it is wrong then
        return exchange.stream() == 0;
    }

    @Override
    public boolean isAtEnd() {
        return ended;
    }

    @Override
    public boolean canRestart() {
        return !started;
    }

    @Override
    public void restart() {
        // nothing has been sent yet, otherwise this would not be called
    }

    @Override
    public Progress writeTo(UpstreamSink upstream, ByteBuffer head) throws IOException {
        while (true) {
            if (pendingCount == 0) {
                if (ended) {
                    return Progress.DONE;
                }
                Progress read = fill(head);
                if (pendingCount == 0) {
                    return read;
                }
            }
            // the body's first bytes leave together with the head
            upstream.write(pending, pendingCount);
            if (pending[pendingCount - 1].hasRemaining() || hasRemaining()) {
                return Progress.UPSTREAM_FULL;
            }
            pendingCount = 0;
            free();
        }
    }

    private boolean hasRemaining() {
        for (int i = 0; i < pendingCount; i++) {
            if (pending[i].hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    private Progress fill(ByteBuffer head) throws ClientBodyException {
        if (pooled == null) {
            pooled = StreamBuffers.take(client.received());
        }
        if (pooled == null) {
            try {
                pooled = BufferPool.takeForContent(exchange.buffers());
            } catch (IOException e) {
                throw new ClientBodyException(503, e.getMessage(), e);
            }
        }
        ByteBuffer buffer = pooled.getBuffer();
        buffer.clear();
        int last = client.read(buffer);
        while ((length < 0 || !endsWithItsLength()) && last > 0 && buffer.hasRemaining()) {
            // what has come as several chunks goes on as one, as in nginx, and the end with the last of them
            last = client.read(buffer);
        }
        int n = buffer.position();
        buffer.flip();
        if (head.hasRemaining()) {
            pending[pendingCount++] = head;
        }
        if (n > 0) {
            started = true;
            if (copy != null) {
                copy.add(buffer.duplicate());
            }
            if (length == CHUNKED) {
                pending[pendingCount++] = ascii(Integer.toHexString(n) + "\r\n");
                pending[pendingCount++] = buffer;
                pending[pendingCount++] = ByteBuffer.wrap(CRLF);
            } else {
                pending[pendingCount++] = buffer;
            }
            if (last < 0) {
                end();
            }
            return Progress.UPSTREAM_FULL;
        }
        free();
        if (last < 0) {
            end();
            return Progress.DONE;
        }
        return Progress.CLIENT_EMPTY;
    }

    private void end() {
        ended = true;
        if (length == CHUNKED) {
            pending[pendingCount++] = ByteBuffer.wrap(LAST_CHUNK);
            pending[pendingCount++] = ascii(trailers() + "\r\n");
        }
    }

    private String trailers() {
        HeaderMap trailers = client.trailers();
        if (trailers == null) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        for (HeaderValues field : trailers) {
            HttpString name = field.getHeaderName();
            if (Trailers.mayForward(name) && requestHead.passesTrailer(exchange, name)) {
                for (String value : field) {
                    out.append(name).append(": ").append(value).append("\r\n");
                }
            }
        }
        return out.toString();
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void free() {
        if (pooled != null) {
            pooled.close();
            pooled = null;
        }
    }

    @Override
    public void close() {
        client.close();
        free();
    }
}
