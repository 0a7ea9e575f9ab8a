package hopyard.http.server.http2;

import hopyard.http.http2.ErrorCode;
import hopyard.threads.LastResort;
import io.undertow.UndertowLogger;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.HttpUpgradeListener;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.xnio.IoUtils;
import org.xnio.channels.Configurable;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSinkConduit;

/**
 * A stream: it carries one request and its response (RFC 9113 §5 and §8). If the request asks for a tunnel and the
 * response is 101, the stream is that tunnel from then on, and the client is told 200 (RFC 8441).
 */
public final class Http2Stream extends StreamAsConnection {

    /** What a stream takes of the heap, with the exchange that it carries, in bytes. */
    static final int HELD = 4 << 10;

    /** The next stream in the same slot of the {@link StreamTable}. */
    Http2Stream nextInSlot;

    private final Http2Connection connection;
    private final int number;
    private final int headLength;
    private final StreamSink sink;
    /** {@code null} if the request has no content. */
    private StreamSource source;

    private ConduitStreamSinkChannel sinkChannel;
    private ConduitStreamSourceChannel sourceChannel;
    private HttpServerExchange exchange;
    /** Takes over once the response has switched protocols; {@code null} if it does not. */
    private HttpUpgradeListener upgradeListener;
    /** {@code null} as long as there is none. */
    private StreamTunnel tunnel;

    private List<CloseListener> closeListeners = List.of();
    private Runnable onGone;
    /** How much of the response's content the client takes, in bytes; below 0 if it has changed its mind. */
    private long sendWindow;

    private int chunk;
    private boolean asksForTunnel;
    private boolean hasEndedRequest;
    private boolean hasEndedResponse;
    private boolean hasContinued;
    private boolean isClosed;
    private boolean isEnded;
    private boolean isWaiting;

    Http2Stream(Http2Connection connection, int number, int headLength, long sendWindow) {
        super(connection.channel(), connection.buffers());
        this.connection = connection;
        this.number = number;
        this.headLength = headLength;
        this.sendWindow = sendWindow;
        chunk = connection.limits().chunk();
        sink = new StreamSink(this, connection);
    }

    /** Returns whom the connection belongs to. */
    public Http2Owner owner() {
        return connection.owner();
    }

    @Override
    public int stream() {
        return number;
    }

    @Override
    public int headLength() {
        return headLength;
    }

    // ---- the request

    /** Notes that what follows the request's head is no content: it asks for a tunnel. */
    void asksForTunnel() {
        asksForTunnel = true;
    }

    /** Whether it is a tunnel, or its request asks for one. */
    boolean isForTunnel() {
        return asksForTunnel;
    }

    /** Begins: the exchange is given to the handler. */
    void begin(HttpServerExchange its, boolean isWhole, boolean isUnwanted) {
        exchange = its;
        sink.carry(its);
        hasEndedRequest = isWhole;
        if (isWhole || isUnwanted || asksForTunnel) {
            Connectors.terminateRequest(its);
        }
        if (!isWhole || asksForTunnel) {
            source = new StreamSource(this, connection, its, isUnwanted);
        }
        if (isWhole && asksForTunnel) {
            source.complete(null);
        }
        try {
            connection.owner().handle(its);
        } catch (Throwable e) {
            // whatever the failure is: the end of the stream frees what this request holds, and the thread goes on
            close();
            LastResort.consider(e);
            UndertowLogger.REQUEST_LOGGER.undertowRequestFailed(e, its);
        }
    }

    StreamSource source() {
        return source;
    }

    /** Whether the client has said all that it has to say. */
    boolean hasEndedRequest() {
        return hasEndedRequest;
    }

    /** Notes that nothing follows from the client. */
    void endRequest() {
        hasEndedRequest = true;
    }

    @Override
    public void takesAllContent() {
        if (source != null) {
            source.takesAll();
        }
    }

    @Override
    public void discardContent() {
        if (source != null) {
            source.discard();
        }
    }

    @Override
    protected ConduitStreamSourceChannel getSourceChannel() {
        if (sourceChannel == null && source != null) {
            sourceChannel = new ConduitStreamSourceChannel(Configurable.EMPTY, source);
            source.open();
        }
        return sourceChannel;
    }

    /** Ends the request for Undertow: nobody reads the rest of it. */
    @Override
    public void terminateRequestChannel(HttpServerExchange ending) {
        discardContent();
        if (!ending.isRequestComplete()) {
            Connectors.terminateRequest(ending);
        }
    }

    // ---- the response

    @Override
    public void responseFields(byte[] lines, int length) {
        sink.fields(lines, length);
    }

    @Override
    public long responseSent() {
        return sink.sent();
    }

    @Override
    public int responseHeadLength() {
        return sink.headLength();
    }

    @Override
    public void sendInterim(byte[] head) throws IOException {
        hasContinued = true;
        sink.interim(head);
    }

    @Override
    public boolean isContinueResponseSupported() {
        return !hasContinued && !hasEndedRequest;
    }

    @Override
    protected ConduitStreamSinkChannel getSinkChannel() {
        if (sinkChannel == null) {
            sinkChannel = new ConduitStreamSinkChannel(Configurable.EMPTY, sink);
        }
        return sinkChannel;
    }

    @Override
    protected StreamSinkConduit getSinkConduit(HttpServerExchange its, StreamSinkConduit conduit) {
        if (!Connectors.isEntityBodyAllowed(its) && !its.getRequestMethod().equals(Methods.HEAD)) {
            its.getResponseHeaders().remove(Headers.CONTENT_LENGTH);
        }
        if (asksForTunnel && its.getStatusCode() / 100 == 2) {
            // the client would take it for the beginning of its tunnel (RFC 8441 §5)
            its.setStatusCode(StatusCodes.NOT_IMPLEMENTED);
        }
        return conduit;
    }

    /** Returns how much content of the response a frame has at most, in bytes. */
    int chunk() {
        return chunk;
    }

    /** Sets how much content of the response a frame has at most, in bytes. */
    public void chunk(int bytes) {
        chunk = bytes;
    }

    StreamSink sink() {
        return sink;
    }

    /** Returns how much content may be sent now, in bytes. */
    int allowed() {
        return (int) Math.max(0, Math.min(sendWindow, connection.allowed()));
    }

    long sendWindow() {
        return sendWindow;
    }

    /** Counts what is sent, or what the client takes more. */
    void addToSendWindow(long bytes) {
        sendWindow += bytes;
    }

    /** Notes that the response is out, and lets Undertow end the exchange, however much of the request is to come. */
    void endResponse() {
        hasEndedResponse = !isSwitching();
        onGone = null;
        if (asksForTunnel && hasEndedResponse) {
            discardContent();
        }
        if (!exchange.isRequestComplete()) {
            discardContent();
            Connectors.terminateRequest(exchange);
        }
        Connectors.terminateResponse(exchange);
    }

    /** Whether it is among those that wait until something can be sent. */
    boolean isWaiting() {
        return isWaiting;
    }

    void isWaiting(boolean waits) {
        isWaiting = waits;
    }

    // ---- the tunnel

    @Override
    protected boolean isUpgradeSupported() {
        return asksForTunnel;
    }

    @Override
    protected void setUpgradeListener(HttpUpgradeListener listener) {
        upgradeListener = listener;
    }

    /** Whether the response begins the tunnel that the request asks for. */
    boolean isSwitching() {
        return upgradeListener != null;
    }

    private void becomeTunnel(HttpServerExchange its) {
        sink.becomeTunnel();
        tunnel = new StreamTunnel(connection.channel(), source, sink, this::tunnelClosed);
        source.open();
        upgradeListener.handleUpgrade(tunnel, its);
    }

    /** Ends the stream: the tunnel is closed. A direction that has not ended was broken off (RFC 8441 §5). */
    private void tunnelClosed() {
        if (!isClosed && !(hasEndedRequest && sink.isWriteShutdown())) {
            connection.cut(number, ErrorCode.CANCEL);
            isClosed = true;
        }
        end();
    }

    /** Returns why nothing can be read or written any more. */
    IOException closed() {
        return tunnel == null ? new ClosedChannelException() : new IOException("Connection reset by peer");
    }

    // ---- the end

    @Override
    public void watch(Runnable gone) {
        onGone = gone;
    }

    @Override
    public void unwatch() {
        onGone = null;
    }

    @Override
    protected void exchangeComplete(HttpServerExchange its) {
        if (isSwitching() && !isClosed) {
            becomeTunnel(its);
        } else {
            end();
        }
    }

    private void end() {
        if (!isEnded) {
            isEnded = true;
            connection.ended(this);
            sink.free();
            if (source != null) {
                source.free();
            }
        }
    }

    @Override
    public boolean isOpen() {
        return !isClosed && connection.isOpen();
    }

    /** Ends the stream from this side, in the place of what the response lacks. */
    @Override
    public void close() {
        close(ErrorCode.INTERNAL_ERROR);
    }

    /** Does the same, and tells the client why. */
    public void close(ErrorCode why) {
        if (!isClosed) {
            if (!hasEndedResponse && !isEnded) {
                sink.cut(why);
            }
            isClosed = true;
            finish();
        }
    }

    /** Ends the stream: the client has ended it, or has broken a rule, or the connection has gone. */
    void abort() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        Runnable gone = onGone;
        onGone = null;
        if (gone != null) {
            gone.run();
        }
        if (!isEnded) {
            // a reader or a writer that waits finds out by itself, and says so
            if (source == null || !source.announceEnd()) {
                sink.announceEnd();
            }
        }
        finish();
    }

    private void finish() {
        closeListeners.forEach(each -> each.closed(this));
        closeListeners = List.of();
        if (tunnel != null) {
            IoUtils.safeClose(tunnel);
        } else if (!isEnded && exchange != null) {
            exchange.endExchange();
        }
    }

    boolean isClosed() {
        return isClosed;
    }

    @Override
    public void addCloseListener(CloseListener listener) {
        closeListeners = closeListeners.isEmpty() ? new ArrayList<>(1) : closeListeners;
        closeListeners.add(listener);
    }
}
