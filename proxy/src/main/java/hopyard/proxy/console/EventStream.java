package hopyard.proxy.console;

import hopyard.proxy.http.Exchange;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.xnio.channels.StreamSinkChannel;

/**
 * A response that goes on: server-sent events. All of it happens on the exchange's I/O thread, so a reader that is slow
 * holds nobody up; what it does not take in time is left out.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML: Server-sent events</a>
 */
final class EventStream {

    /** What may wait for a slow reader, in bytes. */
    private static final int MOST_PENDING = 1 << 20;

    private final Exchange exchange;
    private final Deque<ByteBuffer> pending = new ArrayDeque<>();
    private int pendingBytes;
    private StreamSinkChannel sink;
    private volatile boolean closed;

    EventStream(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Sends the response's head; called on the I/O thread. */
    void open() {
        exchange.onEnd(() -> closed = true);
        exchange.http().setStatusCode(200);
        exchange.responseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        exchange.responseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        sink = exchange.startResponse();
        if (sink == null) {
            exchange.clientClosed();
            return;
        }
        sink.getWriteSetter().set(channel -> write());
        offer(": the newest exchanges as they end, and figures once a second\n\n");
    }

    boolean isClosed() {
        return closed;
    }

    /** Sends an event from any thread. */
    void send(String name, String data) {
        exchange.http().getIoThread().execute(() -> offer("event: " + name + "\ndata: " + data + "\n\n"));
    }

    /** Ends the response; called from any thread. */
    void end() {
        exchange.http().getIoThread().execute(this::close);
    }

    /** Ends the response where the server is going away; called from any thread. */
    void endIfDraining() {
        exchange.http().getIoThread().execute(() -> {
            if (exchange.client().isDraining()) {
                close();
            }
        });
    }

    private void close() {
        if (!closed) {
            exchange.abort();
        }
    }

    private void offer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (closed || pendingBytes + bytes.length > MOST_PENDING) {
            return;
        }
        pending.add(ByteBuffer.wrap(bytes));
        pendingBytes += bytes.length;
        write();
    }

    private void write() {
        if (closed) {
            return;
        }
        try {
            while (!pending.isEmpty()) {
                ByteBuffer first = pending.peek();
                int written = sink.write(first);
                pendingBytes -= written;
                if (first.hasRemaining()) {
                    sink.resumeWrites();
                    return;
                }
                pending.remove();
            }
            if (sink.flush()) {
                sink.suspendWrites();
            } else {
                sink.resumeWrites();
            }
        } catch (IOException e) {
            exchange.clientClosed();
        }
    }
}
