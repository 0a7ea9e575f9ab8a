package hopyard.backend;

import hopyard.http.server.HttpConnection;
import hopyard.http.server.RequestMistake;
import hopyard.memory.BufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.nio.ReadyKeys;

/** A request's content, read as it comes. It takes no thread, and nothing is kept of it here. */
final class Body implements Work {

    /** How many buffers of one client's are read in a row before it is the others' turn. */
    private static final int TURN = 8;

    /** Hears of the content. */
    interface Reader {
        /** The next bytes of it. */
        void take(ByteBuffer bytes);

        /** All of it has come. */
        void end() throws Exception;
    }

    private final HttpServerExchange exchange;
    private final Client client;
    private final Reader reader;
    private StreamSourceChannel in;
    private long moved = System.nanoTime();

    private Body(HttpServerExchange exchange, Reader reader) {
        this.exchange = exchange;
        this.client = Client.of(exchange);
        this.reader = reader;
    }

    /** Reads it to its end; answers 503 instead if there is no place for it, and 400 if it is malformed. */
    static void read(HttpServerExchange exchange, Reader reader) throws Exception {
        if (exchange.isRequestComplete()) {
            finish(exchange, reader);
        } else if (Places.UPLOADS.take(exchange)) {
            Body body = new Body(exchange, reader);
            body.client.work(body);
            ReadyKeys.serveLast(body.client.channel, true);
            body.in = exchange.getRequestChannel();
            body.in.getReadSetter().set(channel -> body.client.run(body::go));
            body.client.run(body::go);
        }
    }

    /** Passes over a request's content before the handler answers, so that none of it is left in its way. */
    static HttpHandler without(HttpHandler handler) {
        return exchange -> read(exchange, new Reader() {
            @Override
            public void take(ByteBuffer bytes) {
                // nobody asks for it here
            }

            @Override
            public void end() throws Exception {
                handler.handleRequest(exchange);
            }
        });
    }

    private void go() throws Exception {
        try (PooledByteBuffer pooled = BufferPool.take(exchange.getConnection().getByteBufferPool())) {
            ByteBuffer buffer = pooled.getBuffer();
            for (int i = 0; i < TURN; i++) {
                int n = in.read(buffer.clear());
                if (n == 0) {
                    in.resumeReads();
                    return;
                }
                if (n < 0) {
                    end();
                    return;
                }
                moved = System.nanoTime();
                reader.take(buffer.flip());
            }
        }
        if (((HttpConnection) exchange.getConnection()).getExtraBytes() == null) {
            in.resumeReads();
        } else {
            // the system tells nothing of what was read already; a task at once would be the thread's next, again and
            // again
            in.suspendReads();
            exchange.getIoThread().executeAfter(() -> client.run(this::go), 1, TimeUnit.MILLISECONDS);
        }
    }

    private void end() throws Exception {
        in.suspendReads();
        ReadyKeys.serveLast(client.channel, false);
        client.work(null);
        client.free(Places.UPLOADS);
        RequestMistake mistake = exchange.getAttachment(RequestMistake.KEY);
        if (mistake != null) {
            Respond.text(exchange, 400, mistake.message() + "\n");
            return;
        }
        finish(exchange, reader);
    }

    private static void finish(HttpServerExchange exchange, Reader reader) throws Exception {
        Respond.refusing(ended -> reader.end()).handleRequest(exchange);
    }

    @Override
    public boolean isStuck(long nanoTime) {
        return nanoTime - moved > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    }

    @Override
    public void ended() {
        // the channel is closed, and holds nothing
    }
}
