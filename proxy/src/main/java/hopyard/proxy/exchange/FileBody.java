package hopyard.proxy.exchange;

import hopyard.memory.BufferPool;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Iterator;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/** Sends parts of a file as content, straight from the file to the socket as nginx does with sendfile. */
public final class FileBody {

    /** How much is sent at once, in bytes, so that one fast client does not keep the I/O thread from the others. */
    private static final long MAX_AT_ONCE = 1 << 20;

    private final Exchange exchange;
    private final Path path;
    private final FileChannel file;
    private final StreamSinkChannel sink;
    private final SendDeadline deadline;
    private final Iterator<RangeRequest.Part> parts;
    private final ByteBuffer after;
    private final long offset;
    private RangeRequest.Part part;
    private long end;
    private ByteBuffer before;
    private long position;
    /**
     * The first bytes, which leave together with the header. (Undertow would take them from the channel's own position,
     * and as many as its buffer holds, whatever part of the file was asked for.)
     */
    private PooledByteBuffer first;

    /** Whether the file has become shorter than the content that was promised. */
    private boolean isTruncated;

    private FileBody(
            Exchange exchange, Path path, FileChannel file, StreamSinkChannel sink, RangeRequest ranges, long offset) {
        this.offset = offset;
        this.exchange = exchange;
        this.path = path;
        this.file = file;
        this.sink = sink;
        parts = ranges.parts().iterator();
        after = ByteBuffer.wrap(ranges.after());
        deadline = new SendDeadline(exchange, exchange.lifetime()::clientClosed);
        nextPart();
    }

    /**
     * Sends the response header and these parts of the file; closes the file at the end.
     *
     * @param path what the file is called
     * @param offset where in the file the content begins, in bytes
     */
    public static void send(Exchange exchange, Path path, FileChannel file, RangeRequest ranges, long offset) {
        exchange.put(RangeRequest.KEY, ranges);
        StreamSinkChannel sink = ResponseStart.start(exchange);
        if (sink == null) {
            IoUtils.safeClose(file);
            exchange.lifetime().clientClosed();
            return;
        }
        FileBody body = new FileBody(exchange, path, file, sink, ranges, offset);
        exchange.lifetime().onEnd(body::close);
        sink.getWriteSetter().set(channel -> {
            channel.suspendWrites();
            exchange.clock().enter(Stage.OWN);
            body.write();
        });
        if (exchange.method().equals("HEAD")) {
            // the channel would drop the content, so nothing is read from the file
            body.part = null;
        }
        body.write();
    }

    private void nextPart() {
        part = parts.hasNext() ? parts.next() : null;
        if (part != null) {
            before = ByteBuffer.wrap(part.before());
            position = offset + part.start();
            end = offset + part.end();
        }
    }

    private void readFirst() throws IOException {
        first = BufferPool.take(exchange.buffers());
        ByteBuffer buffer = first.getBuffer();
        buffer.limit((int) Math.min(buffer.capacity(), end - position));
        int n = file.read(buffer, position);
        isTruncated = n < 0;
        position += Math.max(0, n);
        buffer.flip();
    }

    private void write() {
        try {
            boolean done = writeParts(MAX_AT_ONCE);
            if (isTruncated) {
                exchange.log(
                        ErrorLog.Level.ALERT, "sendfile() reported that \"" + path + "\" was truncated at " + position);
                exchange.ending().interrupt(Why.INTERNAL_ERROR);
                exchange.lifetime().clientClosed();
                return;
            }
            if (done) {
                if (first == null) {
                    ResponseStart.sendHeadOfEmptyContent(exchange, sink);
                }
                sink.shutdownWrites();
            }
            if (!done || !sink.flush()) {
                deadline.restart();
                sink.resumeWrites();
                exchange.clock().awaitClient();
            }
        } catch (IOException e) {
            // a stream or connection that is closed already has said why
            if (!(e instanceof ClosedChannelException)) {
                exchange.log(ErrorLog.Level.INFO, "sendfile() failed (" + SystemErrors.text(e) + ")");
            }
            exchange.lifetime().clientClosed();
        }
    }

    /** Writes as much as fits, up to the budget in bytes. Returns true when nothing is left. */
    private boolean writeParts(long budget) throws IOException {
        long left = budget;
        while (part != null) {
            if (before.hasRemaining()) {
                sink.write(before);
            } else if (first == null && position < end && exchange.stream() == 0) {
                readFirst();
                sink.write(first.getBuffer());
            } else if (first != null && first.getBuffer().hasRemaining()) {
                sink.write(first.getBuffer());
            }
            if (before.hasRemaining() || first != null && first.getBuffer().hasRemaining()) {
                return false;
            }
            while (position < end) {
                long n = left <= 0 ? 0 : sink.transferFrom(file, position, Math.min(end - position, left));
                if (n <= 0) {
                    // nothing may mean that the client takes nothing, and that there is nothing
                    isTruncated |= left == budget && position >= file.size();
                    return false;
                }
                position += n;
                left -= n;
            }
            nextPart();
        }
        if (after.hasRemaining()) {
            sink.write(after);
        }
        return !after.hasRemaining();
    }

    private void close() {
        deadline.close();
        if (first != null) {
            first.close();
        }
        IoUtils.safeClose(file);
    }
}
