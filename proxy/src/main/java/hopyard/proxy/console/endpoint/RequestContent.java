package hopyard.proxy.console.endpoint;

import hopyard.memory.BufferPool;
import hopyard.proxy.exchange.ContinueResponse;
import hopyard.proxy.exchange.ErrorPages;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.forward.ClientBody;
import hopyard.proxy.forward.ClientBodyException;
import hopyard.proxy.io.Deadline;
import io.undertow.connector.PooledByteBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Reads what somebody sends to the console, as it comes: what has been announced takes no memory. Bounded in size, in
 * time as a whole ({@code client_body_timeout}), and in number at a time.
 */
public final class RequestContent {

    /** More than any configuration or request to replay needs, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    /** How many may be on their way at a time. */
    private static final int MAX_AT_ONCE = 64;

    /** The text that is made of the bytes, and what is made of that, count with them. */
    private static final int COPIES = 2;

    private static final AtomicInteger UNDER_WAY = new AtomicInteger();

    private final Exchange exchange;
    private final Reply reply;
    private final Consumer<byte[]> onRead;
    private ClientBody client;
    private Deadline deadline;
    private byte[] bytes = {};
    private int length;
    private boolean over;

    private RequestContent(Exchange exchange, Reply reply, Consumer<byte[]> onRead) {
        this.exchange = exchange;
        this.reply = reply;
        this.onRead = onRead;
    }

    /**
     * Reads it whole.
     *
     * @param onRead gets it on the exchange's I/O thread; if it never comes whole, the exchange is answered or ended
     *     instead
     */
    public static void read(Exchange exchange, Reply reply, Consumer<byte[]> onRead) {
        if (exchange.contentLength() > MAX_BYTES) {
            reply.refuse(tooLarge());
        } else if (UNDER_WAY.incrementAndGet() > MAX_AT_ONCE) {
            UNDER_WAY.decrementAndGet();
            reply.refuse(Refusal.busy(MAX_AT_ONCE + " requests to the console are on their way already"));
        } else {
            new RequestContent(exchange, reply, onRead).begin();
        }
    }

    private static Refusal tooLarge() {
        return new Refusal(413, "the console takes " + MAX_BYTES + " bytes of content at most");
    }

    private void begin() {
        reply.onEnd(this::end);
        client = new ClientBody(exchange, this::read);
        deadline = new Deadline(exchange.ioThread(), () -> refuse(late()));
        deadline.set(exchange.core().clientBodyTimeout());
        if (ContinueResponse.isExpected(exchange)) {
            ContinueResponse.send(exchange, this::read, exchange.lifetime()::clientClosed);
        } else {
            read();
        }
    }

    private static Refusal late() {
        return new Refusal(408, "the content did not come within client_body_timeout");
    }

    private void read() {
        if (over) {
            return;
        }
        try (PooledByteBuffer pooled = BufferPool.take(exchange.buffers())) {
            ByteBuffer buffer = pooled.getBuffer();
            while (true) {
                int n = client.read(buffer.clear());
                if (n == 0) {
                    return;
                }
                if (n < 0) {
                    break;
                }
                keep(buffer.flip());
            }
            if (!reply.take((long) COPIES * length)) {
                throw full();
            }
        } catch (ClientBodyException e) {
            if (e.status() == ErrorPages.CLIENT_CLOSED_REQUEST) {
                end();
                exchange.lifetime().clientClosed();
            } else {
                refuse(e.status() == 408 ? late() : new Refusal(e.status(), e.getMessage()));
            }
            return;
        } catch (Refusal e) {
            refuse(e);
            return;
        } catch (IOException e) {
            refuse(full());
            return;
        }
        end();
        byte[] whole = Arrays.copyOf(bytes, length);
        bytes = null;
        onRead.accept(whole);
    }

    private void keep(ByteBuffer buffer) throws Refusal {
        int n = buffer.remaining();
        if (length + n > MAX_BYTES) {
            throw tooLarge();
        }
        if (length + n > bytes.length) {
            int capacity = Math.min(MAX_BYTES, Math.max(length + n, 2 * length));
            if (!reply.take(capacity - bytes.length)) {
                throw full();
            }
            bytes = Arrays.copyOf(bytes, capacity);
        }
        buffer.get(bytes, length, n);
        length += n;
    }

    private static Refusal full() {
        return Refusal.busy("the console's memory is in use by other requests");
    }

    private void refuse(Refusal refusal) {
        if (!over) {
            end();
            bytes = null;
            reply.refuse(refusal);
        }
    }

    private void end() {
        if (!over) {
            over = true;
            UNDER_WAY.decrementAndGet();
            client.close();
            deadline.close();
        }
    }
}
