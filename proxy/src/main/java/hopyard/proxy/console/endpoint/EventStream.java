package hopyard.proxy.console.endpoint;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ResponseStart;
import hopyard.proxy.exchange.SendDeadline;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.xnio.channels.StreamSinkChannel;

/**
 * A response that goes on: server-sent events. All of it happens on the exchange's I/O thread, so a reader that is slow
 * holds nobody up; what it does not take in time is left out, and one that takes nothing for {@code send_timeout} is
 * gone.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML: Server-sent events</a>
 */
public final class EventStream {

    /** What may wait for a slow reader, in bytes. */
    private static final int MAX_PENDING = 256 << 10;

    private final Exchange exchange;
    private final String beginning;
    private final Deque<ByteBuffer> pending = new ArrayDeque<>();
    private final SendDeadline deadline;
    private int pendingBytes;
    private StreamSinkChannel sink;
    /** Since when the client takes nothing, on the scale of {@link System#nanoTime()}; 0 if it does. */
    private volatile long blockedSince;

    private volatile boolean closed;

    /**
     * Begins on the exchange's I/O thread.
     *
     * @param beginning what is sent first, as it goes over the wire
     */
    public EventStream(Exchange exchange, String beginning) {
        this.exchange = exchange;
        this.beginning = beginning;
        deadline = new SendDeadline(exchange, exchange.lifetime()::clientClosed);
    }

    /** Sends the response's head; called on the I/O thread. */
    public void open() {
        exchange.lifetime().onEnd(this::ended);
        exchange.response().status(200);
        exchange.responseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        exchange.responseHeaders().put(Headers.CACHE_CONTROL, "no-store");
        sink = ResponseStart.start(exchange);
        if (sink == null) {
            exchange.lifetime().clientClosed();
            return;
        }
        sink.getWriteSetter().set(channel -> write());
        offer(beginning.getBytes(StandardCharsets.UTF_8));
    }

    private void ended() {
        closed = true;
        deadline.close();
        pending.clear();
        Allowance.free(pendingBytes);
        pendingBytes = 0;
    }

    boolean isClosed() {
        return closed;
    }

    /** Since when the client takes nothing, on the scale of {@link System#nanoTime()}; 0 if it does. */
    long blockedSince() {
        return blockedSince;
    }

    /** An event as it goes over the wire. */
    public static byte[] event(String name, String data) {
        return ("event: " + name + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Sends an event from any thread.
     *
     * @param event as it goes over the wire; many streams may send the same array
     */
    public void send(byte[] event) {
        exchange.ioThread().execute(() -> offer(event));
    }

    /** Ends the response; called from any thread. */
    void end() {
        exchange.ioThread().execute(this::close);
    }

    /** Ends the response where the server is going away; called from any thread. */
    public void endIfDraining() {
        exchange.ioThread().execute(() -> {
            if (exchange.client().isDraining()) {
                close();
            }
        });
    }

    private void close() {
        if (!closed) {
            exchange.lifetime().abort();
        }
    }

    private void offer(byte[] event) {
        if (closed || pendingBytes + event.length > MAX_PENDING || !Allowance.take(event.length)) {
            return;
        }
        pending.add(ByteBuffer.wrap(event));
        pendingBytes += event.length;
        if (blockedSince == 0) {
            write();
        }
    }

    private void write() {
        if (closed) {
            return;
        }
        try {
            while (!closed && !pending.isEmpty()) {
                ByteBuffer first = pending.peek();
                sink.write(first);
                if (closed) {
                    return;
                }
                if (first.hasRemaining()) {
                    block();
                    return;
                }
                pending.remove();
                pendingBytes -= first.capacity();
                Allowance.free(first.capacity());
            }
            if (sink.flush()) {
                blockedSince = 0;
                deadline.clear();
                sink.suspendWrites();
            } else {
                block();
            }
        } catch (IOException e) {
            exchange.lifetime().clientClosed();
        }
    }

    private void block() {
        blockedSince = System.nanoTime();
        deadline.restart();
        sink.resumeWrites();
    }
}
