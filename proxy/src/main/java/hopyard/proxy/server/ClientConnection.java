package hopyard.proxy.server;

import hopyard.http.server.Carrier;
import hopyard.http.server.HttpConnection;
import hopyard.memory.HeldMemory;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.OpenSslErrors;
import hopyard.proxy.tls.TlsConnection;
import hopyard.trace.Addresses;
import io.undertow.util.AttachmentKey;
import java.io.IOException;
import java.util.stream.Stream;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;

/**
 * The connection of a client: its serial number, its two ends, how many requests it has carried, and its idle time. A
 * request has it as its client; with HTTP/2, it has a {@link ClientStream} of it.
 */
public class ClientConnection extends ClientFacts {

    static final AttachmentKey<ClientConnection> KEY = AttachmentKey.create(ClientConnection.class);

    public static final String HANDSHAKING = "SSL handshaking";

    /** How long a client may take to begin with its first request when its listener or the server ends, in ms. */
    private static final long MAX_NEW_MILLIS = 2000;

    static final String PROCESSING_HTTP2 = "processing HTTP/2 connection";

    private final Deadline idle;
    /** What is being read ahead of HTTP, in nginx's words; {@code null} if nothing is. */
    private String opening;

    /** What carries the request; {@code null} as long as there has been none. */
    private Carrier http;
    /** What is spoken in the place of HTTP/1.1; {@code null} as long as it is not. */
    private Http2Client http2;

    private long keepaliveTimeout;
    /** Until when an idle connection stays open, on the scale of {@link System#nanoTime()}; 0 if that is not said. */
    private long keptUntil;

    private long requests;
    /** The request under way; {@code null} for none. */
    private Request current;
    /** The configuration that the last request began with. */
    private Configuration currentConfiguration;

    /** Whether the client chooses between HTTP/1.1 and HTTP/2; what it began with stays so across a reload. */
    private boolean choosesHttp;

    private boolean draining;
    private boolean closed;

    /**
     * @param accepted the connection as it was accepted; {@link #begins} tells what HTTP is spoken on
     * @param serving what the listener served when the connection was accepted
     */
    ClientConnection(ServerCounts server, long serial, StreamConnection accepted, Acceptor listener, Serving serving) {
        super(server, serial, accepted, listener, serving);
        idle = new Deadline(ioThread(), this::idleTooLong);
        awaitClient();
    }

    /** Makes the stand-in for the connection of a rehearsed request. */
    public ClientConnection(ServerCounts server, RehearsedConnection like, boolean lacksTls) {
        super(server, like, lacksTls);
        requests = like.requests();
        idle = null;
    }

    /** Makes what a stream of a connection has of it. */
    ClientConnection(ClientConnection whole, Carrier stream, long number) {
        super(whole);
        idle = null;
        http = stream;
        requests = number;
    }

    private void awaitClient() {
        idle.set(draining ? newMillis() : byDefault().headerTimeout());
    }

    private long newMillis() {
        return Math.min(byDefault().headerTimeout(), MAX_NEW_MILLIS);
    }

    /** Says what is being read ahead of HTTP: {@code reading PROXY protocol} or {@code SSL handshaking}. */
    void opens(String what) {
        opening = what;
    }

    boolean isOpening() {
        return opening != null;
    }

    /**
     * Notes that what comes ahead of TLS and HTTP has been read.
     *
     * @param header the PROXY protocol's header; {@code null} if there was none
     * @param speaking the connection that HTTP is spoken on: the accepted one, or TLS around it
     */
    void opened(ProxyProtocol header, StreamConnection speaking) {
        opening = null;
        begins(header, speaking);
        awaitClient();
    }

    VirtualServer.Connections byDefault() {
        return serving().endpoint().servers().byDefault().connections();
    }

    /** Returns the number of the current request on the connection, from 1: {@code $connection_requests}. */
    public long requests() {
        return requests;
    }

    /** Returns what carries the current request; {@code null} if it is only rehearsed. */
    public Carrier carrier() {
        return http;
    }

    /** Whether no further request may follow: the server is ending, or no longer serves what the connection is for. */
    public boolean isDraining() {
        return draining || isOfEarlierEra();
    }

    /** Notes the HTTP connection that is spoken on this one. */
    void carries(HttpConnection newHttp) {
        http = newHttp;
    }

    /** Notes that HTTP/2 is spoken on this one. */
    void speaks(Http2Client newHttp2) {
        http2 = newHttp2;
    }

    /** Notes that the client chooses between HTTP/1.1 and HTTP/2. */
    void choosesHttp() {
        choosesHttp = true;
    }

    /** Whether the client may choose HTTP/2 when it asks a server. */
    public boolean mayChooseHttp2(VirtualServer server) {
        return choosesHttp && speaksHttp2(server);
    }

    /** Whether a server speaks HTTP/2 at this address. */
    final boolean speaksHttp2(VirtualServer server) {
        return server.connections().speaksHttp2() || serving().endpoint().http2() == Configuration.Http2.WITH_ALL;
    }

    /**
     * Whether a request has come by HTTP/2 for a server that does not speak it: the client has taken another server's
     * connection (RFC 9113 §9.1.2).
     */
    public boolean isMisdirectedTo(VirtualServer server) {
        return false;
    }

    /** Returns the deadline for what the client does while no request of it is under way. */
    Deadline idle() {
        return idle;
    }

    /** Returns the requests under way, each with its own client. Other threads may see them a little late. */
    public Stream<ClientConnection> underWay() {
        return http2 != null ? http2.underWay() : current == null ? Stream.empty() : Stream.of(this);
    }

    /** Counts a request on a stream; returns its number. */
    long countRequest() {
        return ++requests;
    }

    /** Returns how much of the heap the connection takes, in bytes. */
    int held() {
        return HeldMemory.CONNECTION + (channel() instanceof SslChannel ? TlsConnection.HELD : 0);
    }

    /** See {@link TlsConnection.Listener#failed}. */
    void tlsFailed(boolean inHandshake, IOException reason) {
        log(
                OpenSslErrors.isCritical(reason) ? ErrorLog.Level.CRIT : ErrorLog.Level.INFO,
                OpenSslErrors.told(inHandshake, reason),
                inHandshake ? HANDSHAKING : "waiting for request");
    }

    /** Logs a mistake in what comes ahead of HTTP. */
    void log(ErrorLog.Level level, String what) {
        log(level, what, opening);
    }

    /** Logs what is wrong with the connection, and what is being done with it. */
    public void log(ErrorLog.Level level, String what, String doing) {
        ErrorLog log = byDefault().errorLog();
        log.write(
                level,
                serial(),
                what + " while " + doing + ", client: " + host() + ", server: "
                        + Addresses.text(listener().bound()));
    }

    private void idleTooLong() {
        String doing = TlsConnection.isInHandshake(channel()) ? HANDSHAKING : opening;
        if (doing != null) {
            log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)", doing);
        }
        if (http2 != null) {
            http2.idleTooLong();
        } else if (!(http instanceof HttpConnection one) || !one.isDiscarding()) {
            IoUtils.safeClose(channel());
        } else {
            // content of the last request is still coming; it has its own timeout
            idle.set(keepaliveTimeout);
        }
    }

    /** Notes that a request is under way. */
    public void requestStarted(Request request, Configuration configuration) {
        requests++;
        current = request;
        currentConfiguration = configuration;
        idle.clear();
    }

    /**
     * Notes that the request is over. The next one is awaited for {@code timeout} ms, and at least for {@code least} ms
     * when the server makes room or ends.
     */
    public void requestEnded(long timeout, long least) {
        current = null;
        keepaliveTimeout = timeout;
        keptUntil = least == 0 || draining ? 0 : System.nanoTime() + least * 1_000_000;
        if (closed) {
            return;
        }
        if (draining) {
            // later, after the rest of this exchange's end
            channel().getIoThread().execute(this::closeIfIdle);
        } else {
            idle.set(keepaliveTimeout);
        }
    }

    /** Ends the connection as soon as no request is under way; runs on the connection's own thread. */
    public void drain() {
        draining = true;
        closeIfIdle();
    }

    /** See {@link Clients#endThoseOf}; runs on the connection's own thread. */
    void endIfOf(Configuration former) {
        if (http2 != null ? http2.carries(former) : current == null ? requests == 0 : currentConfiguration == former) {
            IoUtils.safeClose(channel());
        }
    }

    /** Returns for how many ms {@code keepalive_min_timeout} still keeps the idle connection. */
    long keptMillis() {
        return keptUntil == 0 ? 0 : Math.max(0, (keptUntil - System.nanoTime()) / 1_000_000);
    }

    /**
     * Whether the client has begun to speak TLS, and has not asked for anything yet: the answer to its first request
     * says that the connection ends. It may have no other server to go to, so it is not just sent away.
     */
    private boolean isNew() {
        return requests == 0 && channel() instanceof TlsConnection;
    }

    private void closeIfIdle() {
        if (isOpening()) {
            // first read what has come by now, as for a request
            ChannelListeners.invokeChannelListener(
                    channel().getSourceChannel(), channel().getSourceChannel().getReadListener());
            if (isOpening()) {
                // the client's first word may be on its way: a handshake that is cut off is a failure for most clients
                idle.set(newMillis());
            }
        } else if (http2 != null) {
            http2.drain();
        } else if (isNew()) {
            idle.set(newMillis());
        } else if (current == null && keptMillis() > 0) {
            if (idle.passesAt() > keptUntil) {
                idle.set(keptMillis());
            }
        } else if (current == null) {
            HttpConnection.endIdle(channel(), (HttpConnection) http);
        }
    }

    /**
     * Returns when an idle connection times out, as {@link System#nanoTime()} counts; others may see it a little late.
     */
    long idleUntil() {
        return idle.passesAt();
    }

    /** Closes the connection to make room, unless a request has come meanwhile; runs on the connection's own thread. */
    void makeRoom() {
        if (!isBusy()) {
            IoUtils.safeClose(channel());
        }
    }

    void closed() {
        closed = true;
        idle.close();
        if (http2 != null) {
            http2.closed();
        }
    }

    /** Whether a request is under way; other threads may see it a little late. */
    boolean isBusy() {
        return http2 == null ? current != null : http2.isBusy();
    }

    /** Whether a part of a request's header has come; other threads may see it a little late. */
    boolean isReading() {
        return http2 != null
                ? http2.isReading()
                : current == null && !isOpening() && HttpConnection.isReadingHead(channel(), (HttpConnection) http);
    }

    /** Returns whether the last request began with a configuration. */
    boolean began(Configuration with) {
        return currentConfiguration == with;
    }

    /** Returns the request under way; {@code null} for none. Other threads may see it a little late. */
    public Request current() {
        return current;
    }
}
