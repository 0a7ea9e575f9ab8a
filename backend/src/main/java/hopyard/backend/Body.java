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

/** Reads a request's content as it comes. It needs no thread, and keeps nothing of the content. */
final class Body implements Work {

    /** How many buffers of one client are read in a row before the others have their turn. */
    private static final int TURN = 8;

    /** Is given the content. */
    interface Reader {
        /** Takes the next bytes of the content. */
        void take(ByteBuffer bytes);

        /** All of the content has come. */
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

    /**
     * Reads the content to its end. It answers 503 instead if all places are taken, and 400 if the content is
     * malformed.
     */
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

    /**
     * Returns a handler that reads a request's content away before {@code handler} answers, so that none of it is left
     * over.
     */
    static HttpHandler without(HttpHandler handler) {
        return exchange -> read(exchange, new Reader() {
            @Override
            public void take(ByteBuffer bytes) {
                // nobody needs the content here
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
            // the system does not report again what was read already; a task without delay would always be the thread's
            // next one
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
