package hopyard.http.server;

import hopyard.http.Lingering;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import java.util.function.Consumer;
import org.xnio.IoUtils;
import org.xnio.conduits.ConduitStreamSourceChannel;

/** What a client sends and nobody reads: the content of a request that is answered before it has come, and what follows the last. */
final class UnreadContent {

    private final AbstractServerConnection connection;
    private final Consumer<HttpServerExchange> onDropped;
    /** What the request that is being answered has as content; {@code null} if it has none. */
    private Content content;

    private Discard discard;
    /** The exchange that has been answered before all of its request had come; {@code null} if there is none. */
    private HttpServerExchange answeredEarly;

    /**
     * @param onDropped hears of an exchange that has been answered, when the rest of its content has come
     */
    UnreadContent(AbstractServerConnection connection, Consumer<HttpServerExchange> onDropped) {
        this.connection = connection;
        this.onDropped = onDropped;
    }

    /** A request is answered; its content comes through the channel as it is now. */
    void begin(HttpServerExchange exchange, ConduitStreamSourceChannel channel) {
        content = new Content(exchange, channel.getConduit());
        channel.setConduit(content);
    }

    /** Nothing of what has come belongs to a request any more. */
    void forget() {
        content = null;
    }

    boolean isLeft() {
        return content != null && !content.isEnded();
    }

    boolean isDropping() {
        return discard != null;
    }

    /** Not at once: reading may find that the client has left, which ends the exchange under the feet of who answers it. */
    void dropSoon() {
        Content unwanted = content;
        connection.getIoThread().execute(() -> {
            if (content == unwanted && answeredEarly == null && connection.isOpen()) {
                drop();
            }
        });
    }

    /** Drops the rest after the response. */
    void dropAfter(HttpServerExchange answered) {
        answeredEarly = answered;
        drop();
        if (discard != null) {
            discard.limit(Lingering.of(answered));
        }
    }

    private void drop() {
        if (discard == null && isLeft()) {
            discard = new Discard(connection.getChannel(), content, connection.getByteBufferPool(), this::dropped);
        }
        if (discard != null) {
            // once more if it is under way: the end of an exchange takes its listeners away
            discard.start();
        }
    }

    private void dropped() {
        discard = null;
        HttpServerExchange answered = answeredEarly;
        answeredEarly = null;
        if (answered == null) {
            // its response is still on its way
            connection.getOriginalSourceConduit().suspendReads();
        } else {
            onDropped.accept(answered);
        }
    }

    /** After the last response, limits how long the client may still send; {@link #dropAll} begins. */
    void limitEnd(Lingering lingering) {
        discard = new Discard(
                connection.getChannel(),
                connection.getOriginalSourceConduit(),
                connection.getByteBufferPool(),
                () -> IoUtils.safeClose(connection));
        discard.limit(lingering);
    }

    /** Drops what comes until the client ends the connection. */
    void dropAll() {
        discard.start();
    }

    /** Drops nothing any more. */
    void stop() {
        if (discard != null) {
            discard.stop();
            discard = null;
        }
    }
}
