package hopyard.proxy.http;

import hopyard.proxy.upstream.Deadline;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/** Sends part of a file as a response body, straight from the file to the socket as nginx's sendfile does. */
public final class FileBody {

    /** So that one fast client does not keep the I/O thread from the others. */
    private static final long MOST_AT_ONCE = 1 << 20;

    private final Exchange exchange;
    private final FileChannel file;
    private final StreamSinkChannel sink;
    private final Deadline deadline;
    private final long end;
    private long position;
    /**
     * The first bytes, which leave together with the header. (Undertow would take them from the channel's own position,
     * and as many as its buffer holds, whatever part of the file was asked for.)
     */
    private PooledByteBuffer first;

    private FileBody(Exchange exchange, FileChannel file, StreamSinkChannel sink, long start, long end) {
        this.exchange = exchange;
        this.file = file;
        this.sink = sink;
        this.position = start;
        this.end = end;
        deadline = new Deadline(exchange.http().getIoThread(), exchange::clientClosed);
    }

    /** Sends the response header and the bytes from {@code start} up to {@code end}; closes the file at the end. */
    public static void send(Exchange exchange, FileChannel file, long start, long end) {
        StreamSinkChannel sink = exchange.startResponse();
        if (sink == null) {
            IoUtils.safeClose(file);
            exchange.clientClosed();
            return;
        }
        // for HEAD the channel swallows what it is given, so nothing is read for it
        boolean isHead = exchange.method().equals("HEAD");
        FileBody body = new FileBody(exchange, file, sink, isHead ? end : start, end);
        exchange.onEnd(body::close);
        sink.getWriteSetter().set(channel -> {
            channel.suspendWrites();
            body.write();
        });
        body.write();
    }

    private void readFirst() throws IOException {
        first = exchange.http().getConnection().getByteBufferPool().allocate();
        ByteBuffer buffer = first.getBuffer();
        buffer.limit((int) Math.min(buffer.capacity(), end - position));
        int n = file.read(buffer, position);
        if (n < 0) {
            throw new IOException("file was truncated while it was sent");
        }
        position += n;
        buffer.flip();
    }

    private void write() {
        try {
            if (first == null && position < end) {
                readFirst();
            }
            if (first != null && first.getBuffer().hasRemaining()) {
                sink.write(first.getBuffer());
            }
            boolean headed = first == null || !first.getBuffer().hasRemaining();
            long budget = MOST_AT_ONCE;
            while (headed && position < end && budget > 0) {
                long n = sink.transferFrom(file, position, Math.min(end - position, budget));
                if (n < 0) {
                    throw new IOException("file was truncated while it was sent");
                }
                if (n == 0) {
                    break;
                }
                position += n;
                budget -= n;
            }
            boolean done = headed && position == end;
            if (done) {
                sink.shutdownWrites();
            }
            if (!done || !sink.flush()) {
                deadline.set(exchange.location().core().sendTimeout);
                sink.resumeWrites();
            }
        } catch (IOException e) {
            exchange.log(ErrorLog.Level.INFO, "sendfile() failed (" + e.getMessage() + ")");
            exchange.clientClosed();
        }
    }

    private void close() {
        deadline.close();
        if (first != null) {
            first.close();
        }
        IoUtils.safeClose(file);
    }
}
