package hopyard.proxy.server;

import hopyard.http.http2.ErrorCode;
import hopyard.http.server.http2.Http2Connection;
import hopyard.http.server.http2.Http2Owner;
import hopyard.http.server.http2.Http2Stream;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.xnio.IoUtils;

/** A client that speaks HTTP/2: its streams, its timeouts, and its lines in the log. */
final class Http2Client implements Http2Owner {

    private final ClientConnection client;
    private final HttpHandler handler;
    private final VirtualServer.Connections terms;
    private final Http2Connection connection;
    private final Deadline sending;
    /** The streams with a request under way. */
    private final Set<ClientConnection> underWay = ConcurrentHashMap.newKeySet(4);

    private long keepaliveTimeout;

    private Http2Client(ClientConnection client, ByteBufferPool buffers, HttpHandler handler) {
        this.client = client;
        this.handler = handler;
        terms = client.byDefault();
        keepaliveTimeout = terms.keepaliveTimeout();
        sending = new Deadline(client.ioThread(), this::sendsTooLong);
        connection = new Http2Connection(client.channel(), buffers, this, terms.http2());
    }

    /**
     * Begins to speak HTTP/2.
     *
     * @param first what has been read already
     */
    static void begin(ClientConnection client, ByteBufferPool buffers, HttpHandler handler, ByteBuffer first) {
        Http2Client its = new Http2Client(client, buffers, handler);
        client.speaks(its);
        its.connection.begin(first);
    }

    /** Returns what a stream's request has as its client. */
    ClientConnection stream(Http2Stream stream) {
        return new ClientStream(client, this, stream);
    }

    void started(ClientStream stream) {
        underWay.add(stream);
    }

    void ended(ClientStream stream, long timeout) {
        underWay.remove(stream);
        keepaliveTimeout = timeout;
    }

    Stream<ClientConnection> underWay() {
        return underWay.stream();
    }

    boolean isBusy() {
        return !underWay.isEmpty();
    }

    boolean isReading() {
        return underWay.isEmpty() && connection.isReading();
    }

    /** Whether it goes on for what a configuration has begun. */
    boolean carries(Configuration former) {
        return underWay.isEmpty() ? client.requests() == 0 : underWay.stream().anyMatch(each -> each.began(former));
    }

    void drain() {
        connection.endGracefully();
    }

    /** The client has not done in time what it was waited for. */
    void idleTooLong() {
        if (connection.isReading()) {
            client.log(
                    ErrorLog.Level.INFO,
                    "client timed out (110: Connection timed out)",
                    ClientConnection.PROCESSING_HTTP2);
            if (connection.giveUpHead()) {
                client.idle().set(Math.max(terms.headerTimeout(), keepaliveTimeout));
                return;
            }
        }
        connection.close(ErrorCode.NO_ERROR);
    }

    private void sendsTooLong() {
        client.log(
                ErrorLog.Level.INFO, "client timed out (110: Connection timed out)", ClientConnection.PROCESSING_HTTP2);
        IoUtils.safeClose(client.channel());
    }

    void closed() {
        sending.close();
    }

    // ---- what the connection tells

    @Override
    public void handle(HttpServerExchange exchange) {
        try {
            handler.handleRequest(exchange);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void log(String what) {
        client.log(ErrorLog.Level.INFO, what, ClientConnection.PROCESSING_HTTP2);
    }

    @Override
    public void lacksMemory(String what) {
        client.log(ErrorLog.Level.ALERT, "memory is used up for " + what, ClientConnection.PROCESSING_HTTP2);
    }

    @Override
    public void busy() {
        client.idle().clear();
    }

    @Override
    public void idle() {
        client.idle().set(Math.max(1, keepaliveTimeout));
    }

    @Override
    public void isIncomplete(boolean isIncomplete) {
        if (isIncomplete && (underWay.isEmpty() || connection.isReadingHead())) {
            client.idle().set(terms.headerTimeout());
        } else if (underWay.isEmpty()) {
            idle();
        } else {
            // each request under way has timeouts of its own, that for its content among them
            busy();
        }
    }

    @Override
    public void isBlocked(boolean isBlocked) {
        if (isBlocked) {
            sending.set(terms.sendTimeout());
        } else {
            sending.clear();
        }
    }
}
