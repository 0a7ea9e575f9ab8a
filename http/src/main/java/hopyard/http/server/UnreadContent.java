package hopyard.http.server;

import hopyard.http.Lingering;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import java.util.function.Consumer;
import org.xnio.IoUtils;
import org.xnio.conduits.ConduitStreamSourceChannel;

/**
 * What a client sends and nobody reads: the content of a request that is answered before its content has come, and what
 * follows the last request.
 */
final class UnreadContent {

    private final AbstractServerConnection connection;
    private final Consumer<HttpServerExchange> onDropped;
    /** The content of the request that is being answered; {@code null} if it has none. */
    private Content content;

    private Discard discard;
    /** The exchange that has been answered before all of its request had come; {@code null} if there is none. */
    private HttpServerExchange answeredEarly;

    /** @param onDropped is given an exchange that has been answered, when the rest of its content has come */
    UnreadContent(AbstractServerConnection connection, Consumer<HttpServerExchange> onDropped) {
        this.connection = connection;
        this.onDropped = onDropped;
    }

    /** Begins with a request that has content. The content comes through the channel as the channel is now. */
    void begin(HttpServerExchange exchange, ConduitStreamSourceChannel channel) {
        content = new Content(exchange, channel.getConduit());
        channel.setConduit(content);
    }

    /** Forgets the request: nothing that comes belongs to it any more. */
    void forget() {
        content = null;
    }

    boolean isLeft() {
        return content != null && !content.isEnded();
    }

    boolean isDropping() {
        return discard != null;
    }

    /**
     * Drops the content soon, but not at once: reading may find that the client has left, which would end the exchange
     * while it is being answered.
     */
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
            // start again, even if dropping is under way: the end of an exchange removes the channel's listeners
            discard.start();
        }
    }

    private void dropped() {
        discard = null;
        HttpServerExchange answered = answeredEarly;
        answeredEarly = null;
        if (answered == null) {
            // the response is still on its way
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

    /** Stops dropping. */
    void stop() {
        if (discard != null) {
            discard.stop();
            discard = null;
        }
    }
}
