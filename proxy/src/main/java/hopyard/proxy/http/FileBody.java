package hopyard.proxy.http;

import hopyard.proxy.upstream.Deadline;
import java.io.IOException;
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
        exchange.onEnd(() -> {
            body.deadline.close();
            IoUtils.safeClose(file);
        });
        sink.getWriteSetter().set(channel -> {
            channel.suspendWrites();
            body.write();
        });
        body.write();
    }

    private void write() {
        try {
            long budget = MOST_AT_ONCE;
            while (position < end && budget > 0) {
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
            if (position == end) {
                sink.shutdownWrites();
            }
            if (position < end || !sink.flush()) {
                deadline.set(exchange.location().core().sendTimeout);
                sink.resumeWrites();
            }
        } catch (IOException e) {
            exchange.log(ErrorLog.Level.INFO, "sendfile() failed (" + e.getMessage() + ")");
            exchange.clientClosed();
        }
    }
}
