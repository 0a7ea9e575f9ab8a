package hopyard.http.server;

import hopyard.http.HeadGate;
import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import io.undertow.util.StatusCodes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.xnio.Buffers;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;

/**
 * Writes a response's head before its content. Fields that are bytes already are copied as they are, and a short content goes
 * behind the head into the same buffer, so that one plain write sends both.
 */
final class ResponseConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    /** Content that is not longer than this is copied: that costs less than a second range in the system call. */
    private static final int SHORT = 2048;

    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] SEPARATOR = ascii(": ");
    private static final byte[] LINE_END = ascii("\r\n");

    private static final ByteBuffer[] NONE = {};

    /** The first lines of responses with the standard reason phrases, by status code. */
    private static final byte[][] STATUS_LINES = new byte[1000][];

    /** {@code null} for none. */
    private final ByteBufferPool pool;

    private final Closeable connection;
    private final BooleanSupplier closesAfter;
    private HttpServerExchange exchange;
    private byte[] lines;
    private int linesLength;
    /** The head, and perhaps content behind it, that is not sent yet; {@code null} before and after. */
    private ByteBuffer head;

    private PooledByteBuffer pooled;
    private final ByteBuffer[] one = new ByteBuffer[1];
    private boolean begun;
    private boolean ends;
    private boolean closed;

    /**
     * @param pool may be {@code null}, for a head that has no buffer of a pool's
     * @param connection closed if a write fails
     * @param closesAfter whether the connection is closed as soon as the response is out, and is not to be ended before
     */
    ResponseConduit(StreamSinkConduit next, ByteBufferPool pool, Closeable connection, BooleanSupplier closesAfter) {
        super(next);
        this.pool = pool;
        this.connection = connection;
        this.closesAfter = closesAfter;
        begun = true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Begins with another response. */
    void reset(HttpServerExchange newExchange) {
        exchange = newExchange;
        lines = null;
        begun = false;
        ends = false;
    }

    /**
     * Has the head carry these fields, and not those of the exchange's map.
     *
     * @param bytes field lines and the empty line at their end; looked at when the head is written
     */
    void fields(byte[] bytes, int length) {
        lines = bytes;
        linesLength = length;
    }

    // ---- the head

    private void begin() throws IOException {
        if (closed || exchange == null) {
            throw new ClosedChannelException();
        }
        begun = true;
        int length = length();
        try {
            pooled = pool == null || length > pool.getBufferSize() ? null : pool.allocate();
        } catch (BufferPool.Exhausted e) {
            // the pool gives no more for now, and a head is short
            pooled = null;
        }
        head = pooled == null ? ByteBuffer.allocate(length) : pooled.getBuffer();
        putStatusLine();
        if (lines == null) {
            putFields();
        } else {
            head.put(lines, 0, linesLength);
            lines = null;
        }
        head.flip();
    }

    private void putFields() {
        HeaderMap fields = exchange.getResponseHeaders();
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            HttpString name = values.getHeaderName();
            for (int v = 0; v < values.size(); v++) {
                name.appendTo(head);
                head.put(SEPARATOR);
                putValue(values.get(v));
                head.put(LINE_END);
            }
        }
        head.put(LINE_END);
    }

    /** How long the head is at most. */
    private int length() {
        String reason = exchange.getReasonPhrase();
        int length = 64 + (reason == null ? 0 : reason.length());
        if (lines != null) {
            return length + linesLength;
        }
        HeaderMap fields = exchange.getResponseHeaders();
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            HeaderValues values = fields.fiCurrent(i);
            for (int v = 0; v < values.size(); v++) {
                length += values.getHeaderName().length() + values.get(v).length() + 4;
            }
        }
        return length;
    }

    private void putStatusLine() {
        int status = exchange.getStatusCode();
        String own = exchange.getReasonPhrase();
        if (own != null) {
            head.put(VERSION).put(ascii(status + " "));
            putValue(own);
            head.put(LINE_END);
            return;
        }
        byte[] line = STATUS_LINES[status];
        if (line == null) {
            line = ascii("HTTP/1.1 " + status + " " + StatusCodes.getReason(status) + "\r\n");
            STATUS_LINES[status] = line;
        }
        head.put(line);
    }

    private void putValue(String value) {
        String cleaned = HeadGate.cleaned(value);
        for (int i = 0; i < cleaned.length(); i++) {
            head.put((byte) cleaned.charAt(i));
        }
    }

    // ---- writing

    /** Writes the head, and with it what fits of the content; whether the head is gone. */
    private boolean writeHead(ByteBuffer[] content, int offset, int length) throws IOException {
        if (!begun) {
            begin();
            long size = Buffers.remaining(content, offset, length);
            if (size <= SHORT && size <= room()) {
                appendable();
                for (int i = offset; i < offset + length; i++) {
                    head.put(content[i]);
                }
                head.flip();
            }
        }
        while (head != null) {
            long n;
            if (Buffers.hasRemaining(content, offset, length)) {
                ByteBuffer[] all = new ByteBuffer[length + 1];
                all[0] = head;
                System.arraycopy(content, offset, all, 1, length);
                n = next.write(all, 0, all.length);
            } else {
                n = next.write(head);
            }
            if (!head.hasRemaining()) {
                freeHead();
            } else if (n == 0) {
                return false;
            }
        }
        if (ends) {
            end();
        }
        return true;
    }

    /** Ends the connection's writing, unless its being closed does so in a moment. */
    private void end() throws IOException {
        if (!closesAfter.getAsBoolean()) {
            next.terminateWrites();
        }
    }

    private int room() {
        return head.capacity() - head.limit();
    }

    /** The head's buffer, made ready to take more behind the head. */
    private ByteBuffer appendable() {
        int end = head.limit();
        return head.limit(head.capacity()).position(end);
    }

    private void freeHead() {
        head = null;
        exchange = null;
        if (pooled != null) {
            pooled.close();
            pooled = null;
        }
    }

    private boolean isHeadPending() {
        return !begun || head != null;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            if (!isHeadPending()) {
                return next.write(src);
            }
            int before = src.remaining();
            one[0] = src;
            writeHead(one, 0, 1);
            return before - src.remaining();
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        } finally {
            one[0] = null;
        }
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        try {
            if (isHeadPending()) {
                long before = Buffers.remaining(srcs, offset, length);
                writeHead(srcs, offset, length);
                return before - Buffers.remaining(srcs, offset, length);
            }
            return length == 1 ? next.write(srcs[offset]) : next.write(srcs, offset, length);
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
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
        try {
            if (!isHeadPending()) {
                return next.transferFrom(src, position, count);
            }
            int n = 0;
            if (!begun) {
                begin();
                int end = head.limit();
                int most = (int) Math.min(count, room());
                appendable().limit(end + most);
                n = most == 0 ? 0 : src.read(head, position);
                head.flip();
            }
            writeHead(NONE, 0, 0);
            return n;
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer throughBuffer) throws IOException {
        try {
            return isHeadPending()
                    ? IoUtils.transfer(source, count, throughBuffer, new ConduitWritableByteChannel(this))
                    : next.transferFrom(source, count, throughBuffer);
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public boolean flush() throws IOException {
        try {
            return (!isHeadPending() || writeHead(NONE, 0, 0)) && next.flush();
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public void terminateWrites() throws IOException {
        try {
            if (isHeadPending()) {
                ends = true;
            } else {
                end();
            }
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        }
    }

    @Override
    public void truncateWrites() throws IOException {
        try {
            next.truncateWrites();
        } catch (IOException | RuntimeException e) {
            IoUtils.safeClose(connection);
            throw e;
        } finally {
            freeHead();
        }
    }

    /** No response follows. */
    void closed() {
        closed = true;
        freeHead();
    }
}
