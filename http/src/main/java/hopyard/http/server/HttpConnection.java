package hopyard.http.server;

import io.undertow.conduits.ReadDataStreamSourceConduit;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.Connectors;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.HttpUpgradeListener;
import io.undertow.server.SSLSessionInfo;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import java.io.IOException;
import javax.net.ssl.SSLSession;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;
import org.xnio.nio.ReadyKeys;

/**
 * A client's connection that speaks HTTP/1.1, as Undertow's exchanges see it, and with what a server can ask of it. The
 * requests on it belong to {@link Requests}. It lives on its I/O thread.
 */
public final class HttpConnection extends AbstractServerConnection implements Carrier {

    private final Requests requests;
    private final ResponseConduit response;
    private final FixedLengthSink fixedLength;
    private final StreamSourceConduit bytes;
    private HttpUpgradeListener upgradeListener;
    private SSLSessionInfo sslSessionInfo;

    HttpConnection(StreamConnection channel, ByteBufferPool buffers, HttpHandler handler, OptionMap options) {
        super(channel, buffers, handler, options, buffers.getBufferSize());
        requests = new Requests(this);
        response = new ResponseConduit(originalSinkConduit, buffers, this, requests::isDoneAfterResponse);
        fixedLength = new FixedLengthSink(response);
        bytes = new ReadDataStreamSourceConduit(originalSourceConduit, this);
        addCloseListener(closed -> {
            response.closed();
            requests.closed();
        });
    }

    /** Reads what has come, and what will come. */
    void begin() {
        channel.getSourceChannel().setReadListener(requests);
        requests.run();
    }

    // ---- what a server can ask of it

    /** It does not run if the client has sent so much ahead that its leaving cannot be seen. */
    @Override
    public void watch(Runnable gone) {
        requests.ahead().start(gone);
    }

    /**
     * Does the same as {@link #watch(Runnable)}, also if the client has sent further requests ahead.
     *
     * @param tooMuch runs once, if the client has sent so much ahead that its leaving cannot be seen
     */
    public void watch(Runnable gone, Runnable tooMuch) {
        requests.ahead().start(gone, tooMuch);
    }

    @Override
    public void unwatch() {
        requests.ahead().stop();
    }

    /**
     * After the response this happens by itself. Before the response's end, it helps a client that sends everything
     * before it reads.
     */
    @Override
    public void discardContent() {
        requests.unread().dropSoon();
    }

    @Override
    public void takesAllContent() {
        // TCP holds the client back, and nobody else
    }

    @Override
    public void serveLast(boolean isLast) {
        ReadyKeys.serveLast(channel, isLast);
    }

    @Override
    public int stream() {
        return 0;
    }

    @Override
    public int headLength() {
        return requests.reader().headLength();
    }

    @Override
    public boolean isPipelined() {
        return requests.reader().wasSentAhead();
    }

    /**
     * Whether what the client sends is read only so that the client gets to see its response. This reading has its own
     * timeout.
     */
    public boolean isDiscarding() {
        return requests.unread().isDropping();
    }

    @Override
    public void responseFields(byte[] lines, int length) {
        response.fields(lines, length);
    }

    @Override
    public long responseSent() {
        return response.sent();
    }

    @Override
    public int responseHeadLength() {
        return response.headLength();
    }

    @Override
    public void sendInterim(byte[] head) throws IOException {
        response.interim(head);
    }

    /**
     * Ends a connection on which no request is being answered, once the rest of the last request has come. A request
     * that has already begun to come is read, because its client could not know.
     *
     * @param connection {@code null} if no request has come on the channel yet
     */
    public static void endIdle(StreamConnection channel, HttpConnection connection) {
        if (connection != null) {
            connection.requests.endIdle();
        } else if (channel.getSourceChannel().getReadListener() instanceof Requests first) {
            first.endIdle();
        } else {
            IoUtils.safeClose(channel);
        }
    }

    /**
     * Whether a part of a request's head has come on a channel. Other threads may see it a little late.
     *
     * @param connection {@code null} if no request has come on the channel yet
     */
    public static boolean isReadingHead(StreamConnection channel, HttpConnection connection) {
        if (connection != null) {
            return connection.requests.isReadingHead();
        }
        return channel.getSourceChannel().getReadListener() instanceof Requests first && first.isReadingHead();
    }

    // ---- for what comes on it

    /** Sets the exchange that ends with the connection. */
    void setCurrentExchange(HttpServerExchange exchange) {
        current = exchange;
    }

    /** Returns the source of what comes on the connection. It begins with the bytes that are kept. */
    StreamSourceConduit bytes() {
        return bytes;
    }

    HttpUpgradeListener upgradeListener() {
        return upgradeListener;
    }

    // ---- what Undertow asks of it

    @Override
    protected StreamSinkConduit getSinkConduit(HttpServerExchange exchange, StreamSinkConduit conduit) {
        if (exchange.getRequestMethod().equals(Methods.CONNECT)) {
            // what follows on the connection may be meant for somebody else
            exchange.setPersistent(false);
            exchange.getResponseHeaders().put(Headers.CONNECTION, "close");
        }
        response.reset(exchange);
        return ResponseSinks.sink(exchange, response, fixedLength);
    }

    @Override
    protected void exchangeComplete(HttpServerExchange exchange) {
        fixedLength.exchangeComplete();
        requests.complete(exchange);
    }

    @Override
    public void terminateRequestChannel(HttpServerExchange exchange) {
        if (!exchange.isPersistent()) {
            IoUtils.safeClose(channel.getSourceChannel());
        }
    }

    @Override
    public boolean isContinueResponseSupported() {
        return true;
    }

    /** Returns an exchange for {@code 100 Continue}, besides the exchange that it belongs to (RFC 9110 §10.1.1). */
    @Override
    public HttpServerExchange sendOutOfBandResponse(HttpServerExchange exchange) {
        if (exchange == null || !HttpContinue.requiresContinueResponse(exchange)) {
            throw new IllegalStateException("the client does not wait for 100 Continue");
        }
        ConduitState state = resetChannel();
        HttpServerExchange own = new HttpServerExchange(this);
        own.setProtocol(exchange.getProtocol());
        own.setRequestMethod(exchange.getRequestMethod());
        own.setPersistent(true);
        Connectors.terminateRequest(own);
        // without buffers of the pool, because nobody would give them back if the connection ended first
        ResponseConduit head = new ResponseConduit(originalSinkConduit, null, this, requests::isDoneAfterResponse);
        own.addResponseWrapper((factory, continuing) -> {
            head.reset(continuing);
            FixedLengthSink sink = new FixedLengthSink(head);
            sink.begin(0, continuing);
            return sink;
        });
        // reading goes on, and the connection does not hear of the end of this exchange
        channel.getSourceChannel().setConduit(source(state));
        own.addExchangeCompleteListener((ended, proceed) -> {
            head.closed();
            restoreChannel(state);
        });
        return own;
    }

    @Override
    protected boolean isUpgradeSupported() {
        return true;
    }

    @Override
    protected void setUpgradeListener(HttpUpgradeListener listener) {
        upgradeListener = listener;
    }

    @Override
    protected StreamConnection upgradeChannel() {
        clearChannel();
        if (getExtraBytes() != null) {
            channel.getSourceChannel().setConduit(bytes);
        }
        return channel;
    }

    @Override
    protected boolean isConnectSupported() {
        return false;
    }

    @Override
    protected void setConnectListener(HttpUpgradeListener listener) {
        throw new UnsupportedOperationException("CONNECT");
    }

    @Override
    public SSLSession getSslSession() {
        return channel instanceof SslChannel tls ? tls.getSslSession() : null;
    }

    @Override
    public SSLSessionInfo getSslSessionInfo() {
        return sslSessionInfo;
    }

    @Override
    public void setSslSessionInfo(SSLSessionInfo info) {
        sslSessionInfo = info;
    }

    @Override
    public String getTransportProtocol() {
        return "http/1.1";
    }

    @Override
    public boolean isRequestTrailerFieldsSupported() {
        return current != null && current.getRequestHeaders().contains(Headers.TRANSFER_ENCODING);
    }
}
