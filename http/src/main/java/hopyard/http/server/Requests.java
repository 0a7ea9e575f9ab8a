package hopyard.http.server;

import hopyard.http.Lingering;
import io.undertow.UndertowLogger;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.ClosingChannelExceptionHandler;
import java.io.IOException;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.nio.ReadyKeys;

/**
 * The requests on a connection, one after the other, and what comes after the last. Reading goes on while a request
 * without content is answered: to stop and start again would change what the selector waits for, twice per request.
 * Everything runs on the connection's I/O thread, so there is no lock; a response that ends on another thread comes
 * back to this thread first.
 */
final class Requests implements RequestReader.Receiver, Runnable {

    private final HttpConnection connection;
    private final RequestReader reader;
    private final ReadAhead ahead;
    private final UnreadContent unread;
    private HttpServerExchange answering;

    /** Whether the connection ends with the request that is being answered. */
    private boolean isLast;

    Requests(HttpConnection connection) {
        this.connection = connection;
        reader = new RequestReader(connection, this);
        ahead = new ReadAhead(connection, this);
        unread = new UnreadContent(connection, this::contentDropped);
    }

    ReadAhead ahead() {
        return ahead;
    }

    UnreadContent unread() {
        return unread;
    }

    /** Whether a part of a request's head has come. */
    boolean isReadingHead() {
        return answering == null && reader.hasBegun();
    }

    RequestReader reader() {
        return reader;
    }

    /** Reads what an earlier read has left, or what has come. */
    @Override
    public void run() {
        handleEvent(connection.getChannel().getSourceChannel());
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        if (answering != null) {
            ahead.early();
        } else {
            reader.read(channel);
        }
    }

    @Override
    public void begin(HttpServerExchange exchange) throws Exception {
        boolean isTls = connection.getChannel() instanceof SslChannel;
        exchange.setRequestScheme(isTls ? "https" : "http");
        answering = exchange;
        ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
        StreamSourceConduit content = RequestFraming.content(exchange, connection, connection.bytes());
        if (content == null) {
            source.setConduit(connection.bytes());
            Connectors.terminateRequest(exchange);
        } else {
            source.setConduit(content);
            unread.begin(exchange, source);
        }
        if (content != null || connection.getExtraBytes() != null) {
            source.setReadListener(null);
            source.suspendReads();
        }
        connection.setCurrentExchange(exchange);
        if (isTls) {
            // TLS would announce again and again what it has decrypted already
            source.suspendReads();
        }
        connection.getRootHandler().handleRequest(exchange);
    }

    // ---- the end of an exchange

    void complete(HttpServerExchange exchange) {
        if (exchange.isInIoThread()) {
            completed(exchange);
        } else {
            exchange.getIoThread().execute(() -> completed(exchange));
        }
    }

    private void completed(HttpServerExchange exchange) {
        ahead.stop();
        connection.clearChannel();
        connection.setCurrentExchange(null);
        if (!connection.isOpen()) {
            unread.stop();
        } else if (!exchange.isPersistent()
                || isLast && !exchange.isUpgrade()
                || exchange.isUpgrade() && unread.isLeft()) {
            end(exchange);
        } else if (exchange.isUpgrade()) {
            upgrade(exchange);
        } else if (unread.isLeft()) {
            unread.dropAfter(exchange);
        } else {
            next();
        }
    }

    private void contentDropped(HttpServerExchange answered) {
        if (isLast || !answered.isPersistent()) {
            end(answered);
        } else {
            next();
        }
    }

    /** Reads the next request. */
    private void next() {
        unread.forget();
        reader.reset();
        answering = null;
        StreamConnection channel = connection.getChannel();
        if (connection.getExtraBytes() != null) {
            ReadyKeys.executeInTurn(channel.getIoThread(), this);
        } else {
            reader.awaitMore(channel.getSourceChannel());
        }
    }

    /** Hands the connection over once the response is out. */
    private void upgrade(HttpServerExchange exchange) {
        StreamConnection channel = connection.getChannel();
        ConduitStreamSourceChannel source = channel.getSourceChannel();
        source.suspendReads();
        if (connection.getExtraBytes() != null) {
            source.setConduit(connection.bytes());
        }
        try {
            if (isFlushed(sink -> connection.upgradeListener().handleUpgrade(channel, exchange))) {
                connection.upgradeListener().handleUpgrade(channel, exchange);
            }
        } catch (IOException e) {
            UndertowLogger.REQUEST_IO_LOGGER.ioException(e);
            IoUtils.safeClose(connection);
        }
    }

    /** Whether everything that was written is sent. If not, {@code onFlushed} is called when it is. */
    private boolean isFlushed(ChannelListener<ConduitStreamSinkChannel> onFlushed) throws IOException {
        ConduitStreamSinkChannel sink = connection.getChannel().getSinkChannel();
        if (sink.flush()) {
            return true;
        }
        sink.setWriteListener(
                ChannelListeners.flushingChannelListener(onFlushed, new ClosingChannelExceptionHandler<>(connection)));
        sink.resumeWrites();
        return false;
    }

    // ---- the end of the connection

    /** Ends the connection after its last response. The client may still be sending. */
    private void end(HttpServerExchange exchange) {
        Lingering lingering = Lingering.of(exchange);
        boolean isSending = unread.isLeft() || connection.getExtraBytes() != null;
        boolean isDone = isDoneAfterResponse() || lingering.mode() == Lingering.Mode.OFF;
        unread.stop();
        unread.forget();
        KeptBytes.free(connection);
        if (isDone && !(connection.getChannel() instanceof SslChannel)) {
            IoUtils.safeClose(connection);
            return;
        }
        boolean lingers = lingering.mode() == Lingering.Mode.ALWAYS || isSending && !isDone;
        unread.limitEnd(lingering);
        try {
            connection.getChannel().getSinkChannel().shutdownWrites();
            // TLS has to announce the end, and the client may be slow to take it
            if (isFlushed(sink -> closeUnless(lingers)) && !lingers) {
                IoUtils.safeClose(connection);
            } else if (connection.isOpen()) {
                // to end the sending closes the connection of a client that has ended its own
                unread.dropAll();
            }
        } catch (IOException e) {
            UndertowLogger.REQUEST_IO_LOGGER.ioException(e);
            IoUtils.safeClose(connection);
        }
    }

    private void closeUnless(boolean lingers) {
        if (!lingers) {
            IoUtils.safeClose(connection);
        }
    }

    /**
     * Whether the connection is closed as soon as the response is out: there is nothing left to read, and closing is
     * enough to end the response.
     */
    boolean isDoneAfterResponse() {
        return answering != null
                && !answering.isPersistent()
                && !answering.isUpgrade()
                && answering.isRequestComplete()
                && !unread.isLeft()
                && connection.getExtraBytes() == null
                && !(connection.getChannel() instanceof SslChannel)
                && Lingering.of(answering).mode() != Lingering.Mode.ALWAYS;
    }

    /** See {@link HttpConnection#endIdle}. */
    void endIdle() {
        if (unread.isDropping()) {
            isLast = true;
            return;
        }
        if (answering == null) {
            reader.read(connection.getChannel().getSourceChannel());
        }
        if (answering != null) {
            isLast = true;
        } else if (!reader.hasBegun() && connection.getExtraBytes() == null) {
            IoUtils.safeClose(connection);
        }
    }

    /** Frees what is held for the connection, which is closed. */
    void closed() {
        reader.free();
        unread.stop();
    }
}
