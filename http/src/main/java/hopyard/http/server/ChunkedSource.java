package hopyard.http.server;

import hopyard.http.ChunkFraming;
import hopyard.http.MalformedFraming;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.ConduitReadableByteChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * The content of a request that comes in chunks (RFC 9112 §7.1). If the content is malformed or too large, it seems to
 * end, and the exchange has a {@link RequestMistake} from then on, so that the handler can answer. If the content
 * breaks off, the connection is closed.
 */
final class ChunkedSource extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private final HttpServerExchange exchange;
    private final AbstractServerConnection connection;
    private final ChunkFraming framing = new ChunkFraming();
    private long total;
    private boolean failed;

    /**
     * @param bytes what comes on the connection; what has been read too far is put back there
     */
    ChunkedSource(StreamSourceConduit bytes, HttpServerExchange exchange, AbstractServerConnection connection) {
        super(bytes);
        this.exchange = exchange;
        this.connection = connection;
    }

    private boolean isAtEnd() {
        return failed || framing.isDone();
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        try {
            int n = isAtEnd() ? -1 : readOn(dst);
            if (n < 0) {
                Connectors.terminateRequest(exchange);
            }
            return n;
        } catch (IOException | RuntimeException | Error e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    private int readOn(ByteBuffer dst) throws IOException {
        PooledByteBuffer pooled = connection.getByteBufferPool().allocate();
        ByteBuffer buffer = pooled.getBuffer();
        boolean isLeft = false;
        try {
            int n = next.read(buffer);
            if (n < 0) {
                throw new ClosedChannelException();
            }
            if (n == 0) {
                return 0;
            }
            takeFraming(buffer.flip());
            int taken = take(buffer, dst);
            isLeft = buffer.hasRemaining();
            if (isAtEnd()) {
                return -1;
            }
            // if the chunk goes on, more of it may as well be read directly to where it is wanted
            return isLeft ? taken : taken + readData(dst);
        } finally {
            if (isLeft) {
                KeptBytes.putBack(connection, pooled);
            } else {
                pooled.close();
            }
        }
    }

    /** Takes what the buffer holds of the current chunk's data. */
    private int take(ByteBuffer buffer, ByteBuffer dst) {
        if (!framing.isInData() || failed) {
            return 0;
        }
        int n = (int) Math.min(framing.left(), Math.min(buffer.remaining(), dst.remaining()));
        dst.put(dst.position(), buffer, buffer.position(), n).position(dst.position() + n);
        buffer.position(buffer.position() + n);
        framing.dataRead(n);
        return n;
    }

    /** Reads more of the current chunk's data from the connection, if it has come. */
    private int readData(ByteBuffer dst) throws IOException {
        int limit = dst.limit();
        int sum = 0;
        try {
            while (framing.isInData() && dst.position() < limit) {
                dst.limit((int) Math.min(limit, dst.position() + framing.left()));
                int n = next.read(dst);
                if (n < 0) {
                    throw new ClosedChannelException();
                }
                if (n == 0) {
                    break;
                }
                framing.dataRead(n);
                sum += n;
            }
            return sum;
        } finally {
            dst.limit(limit);
        }
    }

    // ---- what stands between the data

    /** Takes framing up to the next data, or to the end. */
    private void takeFraming(ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining() && !framing.isInData() && !isAtEnd()) {
                framing.take(buffer.get());
                if (framing.isInData()) {
                    checkSize();
                }
            }
        } catch (MalformedFraming e) {
            fail(400, "client sent invalid chunked body");
        }
        if (framing.isDone() && framing.trailers() != null) {
            exchange.putAttachment(HttpAttachments.REQUEST_TRAILERS, framing.trailers());
        }
    }

    /** Checks the total as soon as a chunk says its size: nobody has to wait for the chunk itself. */
    private void checkSize() {
        total += framing.left();
        Long max = exchange.getAttachment(RequestMistake.MAX_CONTENT);
        if (max != null && total > max) {
            long left = framing.left();
            fail(413, "client intended to send too large chunked body: " + (total - left) + "+" + left + " bytes");
        }
    }

    private void fail(int status, String message) {
        failed = true;
        exchange.putAttachment(RequestMistake.KEY, new RequestMistake(status, message, null));
        exchange.setPersistent(false);
    }

    // ---- other ways to read

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            if (dsts[i].hasRemaining()) {
                return read(dsts[i]);
            }
        }
        return 0;
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
        return target.transferFrom(new ConduitReadableByteChannel(this), position, count);
    }

    @Override
    public long transferTo(long count, ByteBuffer throughBuffer, StreamSinkChannel target) throws IOException {
        return IoUtils.transfer(new ConduitReadableByteChannel(this), count, throughBuffer, target);
    }
}
