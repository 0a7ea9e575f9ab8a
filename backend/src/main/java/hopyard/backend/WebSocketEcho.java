package hopyard.backend;

import hopyard.http.WebSocketKey;
import hopyard.memory.BufferPool;
import io.undertow.connector.ByteBufferPool;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.nio.ReadyKeys;

/**
 * A WebSocket that sends back what it gets, as it comes. Undertow's own WebSockets keep a message until all of it is
 * there, so a client that never finishes makes the server hold it. This one holds only what its client has not taken,
 * of one read.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455">RFC 6455</a>
 */
final class WebSocketEcho implements Work {

    /** How many reads of one client are answered in a row before the others have their turn. */
    private static final int TURN = 4;

    /** How long both sides may be silent, in s. */
    private static final long MAX_SILENCE_SECONDS = 600;

    /** How long a client may take to close after it was told to, in s. */
    private static final long CLOSING_SECONDS = 5;

    private static final HttpString VERSION = new HttpString("Sec-WebSocket-Version");
    private static final HttpString KEY = new HttpString("Sec-WebSocket-Key");
    private static final HttpString ACCEPT = new HttpString("Sec-WebSocket-Accept");

    private final Client client;
    private final ByteBufferPool buffers;
    private final ConduitStreamSourceChannel in;
    private final ConduitStreamSinkChannel out;
    private final WebSocketFrames frames = new WebSocketFrames();
    private PooledByteBuffer answer;
    private boolean isClosing;
    private long moved = System.nanoTime();

    private WebSocketEcho(Client client, ByteBufferPool buffers, StreamConnection channel) {
        this.client = client;
        this.buffers = buffers;
        in = channel.getSourceChannel();
        out = channel.getSinkChannel();
    }

    /** Answers the handshake (§4.2), and echoes from then on. */
    static void upgrade(HttpServerExchange exchange) {
        String key = exchange.getRequestHeaders().getFirst(KEY);
        if (!"websocket".equalsIgnoreCase(exchange.getRequestHeaders().getFirst(Headers.UPGRADE)) || key == null) {
            Respond.text(exchange, 400, "This is not the beginning of a WebSocket: see RFC 6455, section 4.2.1.\n");
            return;
        }
        if (!"13".equals(exchange.getRequestHeaders().getFirst(VERSION))) {
            exchange.getResponseHeaders().put(VERSION, "13");
            Respond.text(exchange, 426, "The version of WebSockets that is spoken here is 13.\n");
            return;
        }
        if (!Places.WEB_SOCKETS.take(exchange)) {
            return;
        }
        Client client = Client.of(exchange);
        ByteBufferPool buffers = exchange.getConnection().getByteBufferPool();
        exchange.getResponseHeaders().put(Headers.UPGRADE, "websocket");
        exchange.getResponseHeaders().put(ACCEPT, WebSocketKey.accept(key));
        exchange.upgradeChannel(
                (channel, upgraded) -> client.run(() -> new WebSocketEcho(client, buffers, channel).begin()));
        exchange.endExchange();
    }

    private void begin() throws IOException {
        client.work(this);
        ReadyKeys.serveLast(client.channel, true);
        in.setReadListener(channel -> client.run(this::go));
        out.setWriteListener(channel -> client.run(this::go));
        go();
    }

    private void go() throws IOException {
        for (int i = 0; i < TURN; i++) {
            if (answer != null && !isSent()) {
                in.suspendReads();
                out.resumeWrites();
                return;
            }
            out.suspendWrites();
            if (frames.isClosed() && !isClosing) {
                // the client has been told why, and says or does the same; anything else is ignored
                isClosing = true;
                out.shutdownWrites();
                out.flush();
            }
            if (!read()) {
                return;
            }
        }
        if (answer == null) {
            in.resumeReads();
        } else {
            // there may be nothing more to read, ever
            in.suspendReads();
            out.resumeWrites();
        }
    }

    /** Whether all of the answer to the last read is sent. */
    private boolean isSent() throws IOException {
        if (out.write(answer.getBuffer()) > 0) {
            moved = System.nanoTime();
        }
        if (answer.getBuffer().hasRemaining()) {
            return false;
        }
        answer.close();
        answer = null;
        return true;
    }

    /** Reads, and builds an answer; false if there is nothing for now, or the connection has ended. */
    private boolean read() throws IOException {
        try (PooledByteBuffer pooled = BufferPool.take(buffers)) {
            ByteBuffer bytes = pooled.getBuffer().clear();
            // an answer is no longer than what it answers, except for the heads of a few frames
            bytes.limit(bytes.capacity() - WebSocketFrames.MAX_MORE);
            int n = in.read(bytes);
            if (n < 0) {
                client.close();
            } else if (n == 0) {
                in.resumeReads();
            }
            if (n <= 0) {
                return false;
            }
            if (!isClosing) {
                moved = System.nanoTime();
                PooledByteBuffer taken = BufferPool.take(buffers);
                frames.answer(bytes.flip(), taken.getBuffer().clear());
                taken.getBuffer().flip();
                answer = taken;
            }
            return true;
        }
    }

    @Override
    public boolean isStuck(long nanoTime) {
        long most = isClosing ? CLOSING_SECONDS : answer != null ? PATIENCE_SECONDS : MAX_SILENCE_SECONDS;
        return nanoTime - moved > TimeUnit.SECONDS.toNanos(most);
    }

    @Override
    public void ended() {
        if (answer != null) {
            answer.close();
            answer = null;
        }
    }
}
