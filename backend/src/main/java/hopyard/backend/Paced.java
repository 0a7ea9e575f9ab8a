package hopyard.backend;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.nio.ReadyKeys;

/**
 * A response whose content is made while the client takes it, piece by piece, with pauses if it wants some. It needs no
 * thread, and holds one piece.
 */
final class Paced implements Work {

    /** How many bytes one client gets in a row before the others have their turn. */
    private static final int TURN = 64 << 10;

    /** The least that a piece counts, in bytes, however short it is. */
    private static final int MIN_COST = 1 << 10;

    /** The content. */
    interface Pieces {
        /** Returns the next piece, which is not empty; {@code null} after the last one. */
        ByteBuffer next() throws IOException;

        /** Returns how long to wait before the next piece, in ms. */
        default long pauseMillis() {
            return 0;
        }
    }

    private final HttpServerExchange exchange;
    private final Client client;
    private final Pieces pieces;
    private StreamSinkChannel out;
    private ByteBuffer piece;
    private XnioExecutor.Key timer;
    private boolean hasPaused;
    private boolean isLast;
    private long moved = System.nanoTime();

    private Paced(HttpServerExchange exchange, Pieces pieces) {
        this.exchange = exchange;
        this.client = Client.of(exchange);
        this.pieces = pieces;
    }

    /**
     * Sends the content, and ends the exchange. It answers 503 instead if there is no place or no memory for it.
     *
     * @param largest how long a piece may be, in bytes; 0 if its memory is too little to count
     */
    static void send(HttpServerExchange exchange, Places places, int largest, Pieces pieces) {
        if (Respond.isHead(exchange)) {
            exchange.endExchange();
        } else if (!Client.of(exchange).hold(largest)) {
            Respond.tooMuch(exchange, "the memory for responses is used up");
        } else if (places.take(exchange)) {
            new Paced(exchange, pieces).begin();
        }
    }

    private void begin() {
        client.work(this);
        client.watch();
        ReadyKeys.serveLast(client.channel, true);
        client.run(this::go);
    }

    private void go() throws IOException {
        for (int left = TURN; left > 0; ) {
            if (piece != null) {
                int n = out.write(piece);
                left -= Math.max(n, MIN_COST);
                if (n > 0) {
                    moved = System.nanoTime();
                }
                if (piece.hasRemaining() || !out.flush()) {
                    awaitWritable();
                    return;
                }
                piece = null;
            }
            if (isLast) {
                // this ends the exchange, and the next one may begin at once
                if (!out.flush()) {
                    awaitWritable();
                }
                return;
            }
            if (!hasPaused && pause(pieces.pauseMillis())) {
                return;
            }
            hasPaused = false;
            next();
        }
        awaitWritable();
    }

    private void next() throws IOException {
        piece = pieces.next();
        if (out == null) {
            out = exchange.getResponseChannel();
            out.getWriteSetter().set(channel -> client.run(this::go));
        }
        if (piece == null) {
            isLast = true;
            out.shutdownWrites();
        }
    }

    private boolean pause(long millis) {
        if (millis == 0) {
            return false;
        }
        hasPaused = true;
        if (out != null) {
            out.suspendWrites();
        }
        timer = exchange.getIoThread().executeAfter(() -> client.run(this::resume), millis, TimeUnit.MILLISECONDS);
        return true;
    }

    private void resume() throws IOException {
        timer = null;
        moved = System.nanoTime();
        go();
    }

    private void awaitWritable() {
        out.resumeWrites();
    }

    @Override
    public boolean isStuck(long nanoTime) {
        return timer == null && nanoTime - moved > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    }

    @Override
    public void ended() {
        ReadyKeys.serveLast(client.channel, false);
        if (timer != null) {
            timer.remove();
        }
    }
}
