package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameWriter;
import hopyard.http.server.FieldRules;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.xnio.IoUtils;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/** The response on a stream: its head, its content as far as the windows allow, its trailers. */
final class StreamSink implements StreamSinkConduit {

    private static final byte[] NO_LINES = {'\r', '\n'};

    private final Http2Stream stream;
    private final Http2Connection connection;
    private HttpServerExchange exchange;
    private WriteReadyHandler handler;
    private byte[] lines = NO_LINES;
    private int linesLength = NO_LINES.length;
    private boolean isBegun;
    private boolean isTerminated;
    private boolean isTold;
    private boolean isWanted;
    private long sent;
    private int headLength;
    /** Whether content is left out: the response is to HEAD, or its status has none. */
    private boolean isWithoutContent;
    /** Whether the response is out, and what is written goes through a tunnel. */
    private boolean isTunnel;

    /** How much content is still to come, in bytes; -1 if that is not announced. */
    private long left = -1;

    StreamSink(Http2Stream stream, Http2Connection connection) {
        this.stream = stream;
        this.connection = connection;
    }

    void carry(HttpServerExchange its) {
        exchange = its;
    }

    /** Sets the fields of the head. */
    void fields(byte[] bytes, int length) {
        lines = bytes;
        linesLength = length;
    }

    long sent() {
        return sent;
    }

    int headLength() {
        return headLength;
    }

    void free() {
        lines = NO_LINES;
        linesLength = NO_LINES.length;
        isWanted = false;
    }

    /** Goes on as one end of a tunnel: the response is out. */
    void becomeTunnel() {
        isTunnel = true;
        isTerminated = false;
        isTold = false;
        isWithoutContent = false;
    }

    // ---- the head

    /** Sends an interim response. */
    void interim(byte[] head) throws IOException {
        check();
        if (isBegun) {
            throw new ClosedChannelException();
        }
        // "HTTP/1.1 103 ..."
        int status = Integer.parseInt(new String(head, 9, 3, StandardCharsets.ISO_8859_1));
        int from = 0;
        while (head[from] != '\n') {
            from++;
        }
        ResponseFields.write(connection.encoder(), status, head, from + 1, head.length);
        connection
                .writer()
                .headers(
                        stream.stream(),
                        connection.encoder().bytes(),
                        connection.encoder().length(),
                        false);
        connection.outgoing().flushSoon();
    }

    private void check() throws IOException {
        if (stream.isClosed()) {
            throw stream.closed();
        }
    }

    private void begin() throws IOException {
        check();
        if (!isBegun) {
            writeHead();
        }
    }

    private void writeHead() {
        isBegun = true;
        // 101 is not known in HTTP/2
        int status = stream.isSwitching() ? StatusCodes.OK : exchange.getStatusCode();
        ResponseFields.write(connection.encoder(), status, lines, 0, linesLength);
        headLength = connection
                .writer()
                .headers(
                        stream.stream(),
                        connection.encoder().bytes(),
                        connection.encoder().length(),
                        false);
        sent = headLength;
        isWithoutContent = !Connectors.isEntityBodyAllowed(exchange)
                || exchange.getRequestMethod().equals(Methods.HEAD);
        String length = isWithoutContent ? null : exchange.getResponseHeaders().getFirst(Headers.CONTENT_LENGTH);
        left = length == null || !FieldRules.isLength(length) ? -1 : Long.parseLong(length);
        lines = NO_LINES;
        connection.outgoing().flushSoon();
    }

    /** Ends a response that gets no further. The client has what there is of it, if it has begun. */
    void cut(ErrorCode why) {
        if (!isBegun && exchange != null && exchange.isResponseStarted() && linesLength > NO_LINES.length) {
            writeHead();
        }
        if (isBegun) {
            connection.cut(stream.stream(), why);
        } else {
            connection.reset(stream.stream(), why);
        }
    }

    // ---- the content

    /** Returns how much the next frame may have of so much content, in bytes. */
    private int frame(long bytes) throws IOException {
        if (left >= 0 && bytes > left) {
            throw new IOException("more content than announced");
        }
        int most = Math.min(Math.min(stream.chunk(), connection.writer().maxLength()), stream.allowed());
        return (int) Math.min(bytes, most);
    }

    private void sent(int bytes) {
        stream.addToSendWindow(-bytes);
        connection.sentData(bytes);
        sent += isTunnel ? 0 : bytes;
        left -= left < 0 ? 0 : bytes;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        begin();
        int before = src.remaining();
        if (isWithoutContent) {
            src.position(src.limit());
            return before;
        }
        while (src.hasRemaining()) {
            int n = frame(src.remaining());
            if (n == 0) {
                break;
            }
            connection.writer().data(stream.stream(), src, n, false);
            sent(n);
        }
        int n = before - src.remaining();
        if (n > 0) {
            connection.outgoing().flushSoon();
        }
        return n;
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        long total = 0;
        for (int i = offset; i < offset + length; i++) {
            total += write(srcs[i]);
            if (srcs[i].hasRemaining()) {
                break;
            }
        }
        return total;
    }

    @Override
    public int writeFinal(ByteBuffer src) throws IOException {
        return Conduits.writeFinalBasic(this, src);
    }

    @Override
    public long writeFinal(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return Conduits.writeFinalBasic(this, srcs, offset, length);
    }

    @Override
    public long transferFrom(FileChannel src, long position, long count) throws IOException {
        begin();
        long total = isWithoutContent ? count : 0;
        while (total < count) {
            int wanted = frame(count - total);
            if (wanted == 0) {
                break;
            }
            int n = connection.writer().data(stream.stream(), src, position + total, wanted);
            sent(n);
            total += n;
            if (n < wanted) {
                break;
            }
        }
        connection.outgoing().flushSoon();
        return total;
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) throws IOException {
        return IoUtils.transfer(source, count, throughBuffer, new ConduitWritableByteChannel(this));
    }

    // ---- the end

    @Override
    public void terminateWrites() throws IOException {
        if (isTerminated) {
            return;
        }
        begin();
        isTerminated = true;
        if (stream.isSwitching() && !isTunnel) {
            // the tunnel follows
            return;
        }
        FrameWriter writer = connection.writer();
        HeaderMap trailers = isTunnel ? null : trailers();
        if (left > 0) {
            connection.cut(stream.stream(), ErrorCode.INTERNAL_ERROR);
        } else if (trailers == null) {
            writer.end(stream.stream());
        } else {
            ResponseFields.writeTrailers(connection.encoder(), trailers);
            sent += writer.headers(
                    stream.stream(),
                    connection.encoder().bytes(),
                    connection.encoder().length(),
                    true);
        }
        connection.outgoing().flushSoon();
    }

    private HeaderMap trailers() {
        Supplier<HeaderMap> supplier = exchange.getAttachment(HttpAttachments.RESPONSE_TRAILER_SUPPLIER);
        HeaderMap trailers =
                supplier != null ? supplier.get() : exchange.getAttachment(HttpAttachments.RESPONSE_TRAILERS);
        return trailers == null || trailers.size() == 0 ? null : trailers;
    }

    @Override
    public boolean flush() throws IOException {
        if (isTold) {
            return true;
        }
        begin();
        if (isTerminated) {
            isTold = true;
            if (!isTunnel) {
                stream.endResponse();
            }
        }
        return true;
    }

    @Override
    public void truncateWrites() {
        stream.close();
    }

    @Override
    public boolean isWriteShutdown() {
        return isTerminated || stream.isClosed();
    }

    // ---- events

    /** Whether somebody waits until something can be sent. */
    boolean isWanted() {
        return isWanted;
    }

    /** Something can be sent: goes on with who waits. */
    void announce() {
        if (isWanted && handler != null) {
            handler.writeReady();
        }
    }

    /** Has who waits see that the stream has ended; false if nobody waits. */
    boolean announceEnd() {
        if (!isWanted || handler == null) {
            return false;
        }
        handler.writeReady();
        return true;
    }

    @Override
    public void resumeWrites() {
        isWanted = true;
        connection.outgoing().awaitRoom(stream);
    }

    @Override
    public void wakeupWrites() {
        resumeWrites();
    }

    @Override
    public void suspendWrites() {
        isWanted = false;
    }

    @Override
    public boolean isWriteResumed() {
        return isWanted;
    }

    @Override
    public void awaitWritable() {
        throw new UnsupportedOperationException("nobody may wait on an I/O thread");
    }

    @Override
    public void awaitWritable(long time, TimeUnit unit) {
        awaitWritable();
    }

    @Override
    public XnioIoThread getWriteThread() {
        return stream.getIoThread();
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler newHandler) {
        handler = newHandler;
    }

    @Override
    public XnioWorker getWorker() {
        return stream.getWorker();
    }
}
