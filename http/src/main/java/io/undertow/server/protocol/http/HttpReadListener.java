package io.undertow.server.protocol.http;

import hopyard.http.Content;
import hopyard.http.Discard;
import hopyard.http.Lingering;
import hopyard.http.Tokens;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.threads.LastResort;
import io.undertow.UndertowLogger;
import io.undertow.UndertowOptions;
import io.undertow.conduits.ReadDataStreamSourceConduit;
import io.undertow.connector.PooledByteBuffer;
import io.undertow.server.ConnectorStatisticsImpl;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.ClosingChannelExceptionHandler;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * Reads requests from a client's connection, one after the other. Stands in for Undertow's own class of this name, which
 * stops reading as soon as it has a request and starts again after the response: twice a change of what the selector
 * waits for, for each request.
 *
 * <p>Here, reading goes on while a request without content is answered. So a client that goes away is noticed at once;
 * and bytes that come early, which few clients send, are kept for their turn. The connection's requests live on its I/O
 * thread, so there is no lock; a response that ends on another thread comes back to this one first.
 *
 * <p>It is found because this module comes before Undertow on the class path.
 */
public final class HttpReadListener implements ChannelListener<ConduitStreamSourceChannel>, Runnable {

    /** How much a client may send ahead, in bytes, and still be seen to go away. */
    private static final int MAX_AHEAD = 16 << 10;

    private final HttpServerConnection connection;
    private final RequestParser parser;
    private final RequestState state = new RequestState();
    private final long largestEntity;
    private HttpServerExchange reading;
    private HttpServerExchange answering;
    private boolean isCloseAwaited;
    private Runnable onGone;
    private Runnable onTooMuch;
    /** What the request that is being answered has as content; {@code null} if it has none. */
    private Content content;

    private Discard discard;
    /** The exchange that has been answered before all of its request had come; {@code null} if there is none. */
    private HttpServerExchange answeredEarly;

    /** Whether the connection ends with the request that is being answered. */
    private boolean isLast;

    HttpReadListener(HttpServerConnection connection, RequestParser parser, ConnectorStatisticsImpl statistics) {
        this.connection = connection;
        this.parser = parser;
        largestEntity = connection
                .getUndertowOptions()
                .get(UndertowOptions.MAX_ENTITY_SIZE, UndertowOptions.DEFAULT_MAX_ENTITY_SIZE);
    }

    /**
     * Has somebody told when the client goes away before it is answered; the request's content must have been read.
     *
     * @param gone runs once, on the connection's I/O thread
     */
    public static void watch(HttpServerConnection connection, Runnable gone) {
        if (connection.getReadListener().isTooMuchAhead()) {
            // so many requests are waiting already that what the client does behind them is not seen
            return;
        }
        watch(connection, gone, null);
    }

    /**
     * The same, also behind requests that the client has sent ahead.
     *
     * @param tooMuch runs once, if it has sent so much ahead that nothing can be seen behind it
     */
    public static void watch(HttpServerConnection connection, Runnable gone, Runnable tooMuch) {
        HttpReadListener listener = connection.getReadListener();
        listener.onGone = gone;
        listener.onTooMuch = tooMuch;
        ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
        source.setReadListener(listener);
        if (!source.isReadResumed()) {
            connection.getOriginalSourceConduit().resumeReads();
        }
    }

    /** Nobody wants to be told any more. */
    public static void unwatch(HttpServerConnection connection) {
        HttpReadListener listener = connection.getReadListener();
        listener.onGone = null;
        listener.onTooMuch = null;
    }

    void newRequest() {
        state.reset();
        connection.setCurrentExchange(null);
    }

    /** Reads what has been kept of an earlier read. */
    @Override
    public void run() {
        handleEvent(connection.getChannel().getSourceChannel());
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        if (answering != null) {
            early();
        } else {
            read(channel);
        }
    }

    /** Something has come while a request is being answered. */
    private void early() {
        StreamSourceConduit source = connection.getOriginalSourceConduit();
        if (onGone == null) {
            source.suspendReads();
            return;
        }
        // without memory to keep it in, it stays where it is
        PooledByteBuffer pooled = HeldMemory.hasRoom(MAX_AHEAD) ? allocate() : null;
        if (pooled == null) {
            source.suspendReads();
            return;
        }
        int n;
        try {
            n = source.read(pooled.getBuffer());
        } catch (IOException e) {
            n = -1;
        }
        if (n > 0) {
            keep(pooled.getBuffer().flip());
            pooled.close();
            if (isTooMuchAhead()) {
                source.suspendReads();
                if (onTooMuch != null) {
                    onTooMuch.run();
                }
            }
            return;
        }
        pooled.close();
        if (n < 0) {
            source.suspendReads();
            onGone.run();
        }
    }

    private boolean isTooMuchAhead() {
        PooledByteBuffer kept = connection.getExtraBytes();
        return kept != null && kept.getBuffer().remaining() > MAX_AHEAD;
    }

    /** Puts what has come early behind what came before it. */
    private void keep(ByteBuffer early) {
        PooledByteBuffer before = connection.getExtraBytes();
        if (before == null) {
            connection.setExtraBytes(copyOf(early));
            return;
        }
        ByteBuffer all = ByteBuffer.allocate(before.getBuffer().remaining() + early.remaining());
        connection.setExtraBytes(
                BufferPool.held(all.put(before.getBuffer()).put(early).flip()));
        before.close();
    }

    private void read(ConduitStreamSourceChannel channel) {
        PooledByteBuffer kept = connection.getExtraBytes();
        if (kept == null && connection.getOriginalSourceConduit().isReadShutdown()
                || connection.getOriginalSinkConduit().isWriteShutdown()) {
            close(channel);
            return;
        }
        PooledByteBuffer pooled = kept == null ? allocate() : kept;
        if (pooled == null) {
            close(channel);
            return;
        }
        ByteBuffer buffer = pooled.getBuffer();
        boolean isFree = true;
        try {
            if (kept != null) {
                connection.setExtraBytes(null);
            }
            if (kept == null && !fill(channel, buffer)) {
                return;
            }
            while (!parse(buffer)) {
                ReadyKeys.serveLast(connection.getChannel(), true);
                if (isAllOf(buffer)) {
                    awaitMore(channel);
                    return;
                }
                if (!fill(channel, buffer)) {
                    return;
                }
            }
            if (state.length() > 0) {
                ReadyKeys.serveLast(connection.getChannel(), false);
            }
            HttpServerExchange exchange = reading;
            reading = null;
            if (buffer.hasRemaining()) {
                isFree = pooled != kept && !hasContent(exchange);
                if (isFree && !HeldMemory.hasRoom(buffer.remaining())) {
                    // who has sent requests ahead has to send them again (RFC 9112 §9.3.2)
                    exchange.setPersistent(false);
                } else {
                    connection.setExtraBytes(isFree ? copyOf(buffer) : pooled);
                }
            }
            begin(channel, exchange);
        } catch (Throwable e) {
            // whatever it is: what this request holds is free again with its connection, and the thread goes on
            close(channel);
            LastResort.consider(e);
            UndertowLogger.REQUEST_LOGGER.undertowRequestFailed(e, reading);
        } finally {
            if (isFree) {
                pooled.close();
            }
        }
    }

    /** Takes what the buffer has of a head; whether that is complete. */
    private boolean parse(ByteBuffer buffer) {
        if (reading == null) {
            reading = new HttpServerExchange(connection, largestEntity);
        }
        parser.handle(buffer, state, reading);
        if (state.length() > 0) {
            awaitClose();
            if (!state.isComplete() && reading.getRequestStartTime() < 0) {
                // the rest may be long in coming
                Connectors.setRequestStartTime(reading);
            }
        }
        return state.isComplete();
    }

    /** What is held for the connection is freed with it. */
    private void awaitClose() {
        if (!isCloseAwaited) {
            isCloseAwaited = true;
            connection.addCloseListener(closed -> {
                state.free();
                stopDiscarding();
            });
        }
    }

    /** A buffer; {@code null} if the pool gives no more for now. */
    private PooledByteBuffer allocate() {
        try {
            return connection.getByteBufferPool().allocate();
        } catch (BufferPool.Exhausted e) {
            UndertowLogger.REQUEST_IO_LOGGER.debug("No buffer to read a request into", e);
            return null;
        }
    }

    /** Requests that came before their turn: only as much memory as they need, for a client may have them wait for long. */
    private static PooledByteBuffer copyOf(ByteBuffer early) {
        return BufferPool.held(ByteBuffer.allocate(early.remaining()).put(early).flip());
    }

    /** Whether the bytes behind the head are the request's own, which is read next. */
    private static boolean hasContent(HttpServerExchange exchange) {
        return exchange.getRequestHeaders().contains(Headers.CONTENT_LENGTH)
                || exchange.getRequestHeaders().contains(Headers.TRANSFER_ENCODING);
    }

    /** Reads into the buffer; false if there is nothing for now, or never again. */
    private boolean fill(ConduitStreamSourceChannel channel, ByteBuffer buffer) {
        buffer.clear();
        int n;
        try {
            n = channel.read(buffer);
        } catch (IOException e) {
            UndertowLogger.REQUEST_IO_LOGGER.debug("Error reading request", e);
            n = -1;
        }
        if (n < 0) {
            IoUtils.safeClose(connection);
        } else if (n == 0) {
            awaitMore(channel);
        }
        buffer.flip();
        return n > 0;
    }

    private void awaitMore(ConduitStreamSourceChannel channel) {
        channel.setReadListener(this);
        if (!channel.isReadResumed()) {
            channel.resumeReads();
        }
    }

    /** Whether the socket had no more than this, so that another read would only be a look in vain: not with TLS in between. */
    private boolean isAllOf(ByteBuffer buffer) {
        return buffer.limit() < buffer.capacity() && !(connection.getChannel() instanceof SslChannel);
    }

    private void begin(ConduitStreamSourceChannel channel, HttpServerExchange exchange) throws Exception {
        boolean isTls = connection.getChannel() instanceof SslChannel;
        exchange.setRequestScheme(isTls ? "https" : "http");
        answering = exchange;
        HttpTransferEncoding.setupRequest(exchange);
        if (!exchange.isRequestComplete()) {
            content = new Content(exchange, channel.getConduit());
            channel.setConduit(content);
        }
        if (asksToClose(exchange.getRequestHeaders())) {
            exchange.setPersistent(false);
        }
        connection.setCurrentExchange(exchange);
        if (isTls) {
            // what TLS has decrypted already would be announced again and again
            channel.suspendReads();
        }
        connection.getRootHandler().handleRequest(exchange);
    }

    /** Undertow notices "close" only where it stands alone (RFC 9112 §9.6). */
    private static boolean asksToClose(HeaderMap headers) {
        HeaderValues connection = headers.get(Headers.CONNECTION);
        if (connection != null) {
            for (int i = 0; i < connection.size(); i++) {
                if (Tokens.contains(connection.get(i), "close")) {
                    return true;
                }
            }
        }
        return false;
    }

    private void close(ConduitStreamSourceChannel channel) {
        IoUtils.safeClose(connection);
        channel.suspendReads();
    }

    // ---- the end of an exchange

    void exchangeComplete(HttpServerExchange exchange) {
        if (exchange.isInIoThread()) {
            complete(exchange);
        } else {
            exchange.getIoThread().execute(() -> complete(exchange));
        }
    }

    private void complete(HttpServerExchange exchange) {
        onGone = null;
        onTooMuch = null;
        connection.clearChannel();
        connection.setCurrentExchange(null);
        if (!connection.isOpen()) {
            stopDiscarding();
        } else if (!exchange.isPersistent()
                || isLast && !exchange.isUpgrade()
                || exchange.isUpgrade() && isContentLeft()) {
            end(exchange);
        } else if (exchange.isUpgrade()) {
            upgrade(exchange);
        } else if (isContentLeft()) {
            answeredEarly = exchange;
            discardContent();
            if (discard != null) {
                discard.limit(Lingering.of(exchange));
            }
        } else {
            next();
        }
    }

    /** Reads the next request. */
    private void next() {
        content = null;
        state.reset();
        answering = null;
        StreamConnection channel = connection.getChannel();
        if (connection.getExtraBytes() != null) {
            ReadyKeys.executeInTurn(channel.getIoThread(), this);
            return;
        }
        ConduitStreamSourceChannel source = channel.getSourceChannel();
        source.setReadListener(this);
        if (!source.isReadResumed()) {
            source.resumeReads();
        }
    }

    // ---- content that nobody reads

    /**
     * Has what is still to come of a request's content dropped as it comes: nobody else will read it. After the response
     * this happens by itself; before its end it keeps a client from waiting that sends all before it reads.
     */
    public static void discard(HttpServerExchange exchange) {
        if (exchange.getConnection() instanceof HttpServerConnection connection) {
            connection.getReadListener().discardSoon();
        }
    }

    /** Not at once: reading may find that the client has left, which ends the exchange under the feet of who answers it. */
    private void discardSoon() {
        Content unwanted = content;
        connection.getIoThread().execute(() -> {
            if (content == unwanted && answeredEarly == null && connection.isOpen()) {
                discardContent();
            }
        });
    }

    private boolean isContentLeft() {
        return content != null && !content.isEnded();
    }

    private void discardContent() {
        if (discard == null && isContentLeft()) {
            awaitClose();
            discard = new Discard(
                    connection.getChannel(), content, connection.getByteBufferPool(), this::contentDiscarded);
        }
        if (discard != null) {
            // once more if it is under way: the end of an exchange takes its listeners away
            discard.start();
        }
    }

    private void contentDiscarded() {
        discard = null;
        HttpServerExchange answered = answeredEarly;
        answeredEarly = null;
        if (answered == null) {
            // its response is still on its way
            connection.getOriginalSourceConduit().suspendReads();
        } else if (isLast || !answered.isPersistent()) {
            end(answered);
        } else {
            next();
        }
    }

    private void stopDiscarding() {
        if (discard != null) {
            discard.stop();
            discard = null;
        }
    }

    /** Whether what a client sends is read only so that it gets to see its response; that has a timeout of its own. */
    public static boolean isDiscarding(HttpServerConnection connection) {
        return connection.getReadListener().discard != null;
    }

    /**
     * Ends a connection on which no request is being answered, after what is still to come of the last one. A request that has
     * begun to come by now is read: its client could not know.
     *
     * @param connection {@code null} if no request has come on the channel yet
     */
    public static void endIdle(StreamConnection channel, HttpServerConnection connection) {
        if (connection != null) {
            connection.getReadListener().endIdle();
        } else if (channel.getSourceChannel().getReadListener() instanceof HttpReadListener first) {
            first.endIdle();
        } else {
            IoUtils.safeClose(channel);
        }
    }

    private void endIdle() {
        if (discard != null) {
            isLast = true;
            return;
        }
        if (answering == null) {
            read(connection.getChannel().getSourceChannel());
        }
        if (answering != null) {
            isLast = true;
        } else if (state.length() == 0 && connection.getExtraBytes() == null) {
            IoUtils.safeClose(connection);
        }
    }

    // ---- the end of the connection

    /** Ends the connection after its last response; the client may be sending. */
    private void end(HttpServerExchange exchange) {
        Lingering lingering = Lingering.of(exchange);
        boolean isSending = isContentLeft() || connection.getExtraBytes() != null;
        boolean isDone = isDoneAfterResponse() || lingering.mode() == Lingering.Mode.OFF;
        stopDiscarding();
        freeKept();
        content = null;
        StreamConnection channel = connection.getChannel();
        if (isDone && !(channel instanceof SslChannel)) {
            IoUtils.safeClose(connection);
            return;
        }
        boolean lingers = lingering.mode() == Lingering.Mode.ALWAYS || isSending && !isDone;
        awaitClose();
        discard = new Discard(
                channel,
                connection.getOriginalSourceConduit(),
                connection.getByteBufferPool(),
                () -> IoUtils.safeClose(connection));
        discard.limit(lingering);
        try {
            ConduitStreamSinkChannel sink = channel.getSinkChannel();
            sink.shutdownWrites();
            if (!sink.flush()) {
                // with TLS, the end has to be told, and the client may be slow to take it
                ChannelListener<ConduitStreamSinkChannel> flushed = written -> closeUnless(lingers);
                sink.setWriteListener(ChannelListeners.flushingChannelListener(
                        flushed, new ClosingChannelExceptionHandler<>(connection)));
                sink.resumeWrites();
            } else if (!lingers) {
                IoUtils.safeClose(connection);
                return;
            }
            discard.start();
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
     * Whether the connection is closed as soon as the response is out: there is nothing left to read, and closing is all that
     * it takes to end the response.
     */
    boolean isDoneAfterResponse() {
        return answering != null
                && !answering.isPersistent()
                && !answering.isUpgrade()
                && answering.isRequestComplete()
                && !isContentLeft()
                && connection.getExtraBytes() == null
                && !(connection.getChannel() instanceof SslChannel)
                && Lingering.of(answering).mode() != Lingering.Mode.ALWAYS;
    }

    private void freeKept() {
        PooledByteBuffer kept = connection.getExtraBytes();
        if (kept != null) {
            kept.close();
            connection.setExtraBytes(null);
        }
    }

    /** Hands the connection over once the response is out. */
    private void upgrade(HttpServerExchange exchange) {
        StreamConnection channel = connection.getChannel();
        channel.getSourceChannel().suspendReads();
        if (connection.getExtraBytes() != null) {
            channel.getSourceChannel()
                    .setConduit(new ReadDataStreamSourceConduit(
                            channel.getSourceChannel().getConduit(), connection));
        }
        try {
            if (channel.getSinkChannel().flush()) {
                connection.getUpgradeListener().handleUpgrade(channel, exchange);
                return;
            }
            ChannelListener<ConduitStreamSinkChannel> flushed =
                    sink -> connection.getUpgradeListener().handleUpgrade(channel, exchange);
            channel.getSinkChannel()
                    .setWriteListener(ChannelListeners.flushingChannelListener(
                            flushed, new ClosingChannelExceptionHandler<>(connection)));
            channel.getSinkChannel().resumeWrites();
        } catch (IOException e) {
            UndertowLogger.REQUEST_IO_LOGGER.ioException(e);
            IoUtils.safeClose(connection);
        }
    }
}
