package hopyard.proxy.server;

import hopyard.http.server.HttpConnection;
import hopyard.memory.HeldMemory;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.OpenSslErrors;
import hopyard.proxy.tls.TlsConnection;
import hopyard.trace.Addresses;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.channels.SslChannel;

/** The connection of a client: its serial number, its two ends, how many requests it has carried, and its idle time. */
public final class ClientConnection {

    static final AttachmentKey<ClientConnection> KEY = AttachmentKey.create(ClientConnection.class);

    public static final String HANDSHAKING = "SSL handshaking";

    private final ServerCounts server;
    private final long serial;
    private final Acceptor listener;
    /** See {@link Serving}. */
    private final Object era;
    /** Whether requests that come without TLS came to the wrong port. */
    private final boolean expectsTls;

    private final ConnectionEnds ends;
    private final Deadline idle;
    private final long opened = System.nanoTime();
    private StreamConnection channel;
    /** What is being read ahead of HTTP, in nginx's words; {@code null} if nothing is. */
    private String opening;

    private ProxyProtocol proxyProtocol;
    private AskedServer asked;
    private HttpConnection http;
    private long keepaliveTimeout;
    /** Until when an idle connection stays open, on the scale of {@link System#nanoTime()}; 0 if that is not said. */
    private long keptUntil;

    private long requests;
    /** The request under way; {@code null} for none. */
    private Request current;
    /** The configuration that the last request began with. */
    private Configuration currentConfiguration;

    private boolean draining;
    private boolean closed;
    private final HostField hostField = new HostField();
    private Object noteAuthor;
    private String note;

    /**
     * @param accepted the connection as it was accepted; {@link #begins} tells what HTTP is spoken on
     * @param serving what the listener served when the connection was accepted
     */
    ClientConnection(ServerCounts server, long serial, StreamConnection accepted, Acceptor listener, Serving serving) {
        this.server = server;
        this.serial = serial;
        this.channel = accepted;
        this.listener = listener;
        era = serving.era();
        expectsTls = serving.endpoint().tls() != null;
        ends = ConnectionEnds.of(accepted, listener.bound(), serving.endpoint().takesIpv4());
        idle = new Deadline(channel.getIoThread(), this::idleTooLong);
        awaitClient();
    }

    /** Makes the stand-in for the connection of a rehearsed request. */
    public ClientConnection(ServerCounts server, RehearsedConnection like, boolean lacksTls) {
        this.server = server;
        expectsTls = lacksTls;
        era = null;
        serial = like.serial();
        requests = like.requests();
        listener = null;
        idle = null;
        ends = ConnectionEnds.of(like.client(), like.local(), false);
    }

    private void awaitClient() {
        idle.set(byDefault().headerTimeout());
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
    void begins(ProxyProtocol header, StreamConnection speaking) {
        opening = null;
        proxyProtocol = header;
        channel = speaking;
        awaitClient();
    }

    /** Returns the PROXY protocol's header, which a load balancer has sent; {@code null} if there was none. */
    public ProxyProtocol proxyProtocol() {
        return proxyProtocol;
    }

    /** Returns what serves the connection's next request. */
    public Serving serving() {
        return listener.serving();
    }

    private VirtualServer.Connections byDefault() {
        return serving().endpoint().servers().byDefault().connections();
    }

    /** Whether the client did not speak TLS on a port that expects TLS. */
    public boolean lacksTls() {
        return expectsTls && !(channel instanceof SslChannel);
    }

    /** Returns the TLS that the client speaks; {@code null} if it does not. */
    public TlsConnection tls() {
        return channel instanceof TlsConnection its ? its : null;
    }

    /** Notes whom the client has asked for when it began to speak TLS. */
    public void asks(AskedServer whom) {
        asked = whom;
    }

    /** Returns whom the client has asked for when it began to speak TLS; {@code null} if it does not speak it. */
    public AskedServer asked() {
        return asked;
    }

    /** Returns the counts of the server that accepted the connection. */
    public ServerCounts server() {
        return server;
    }

    /** Returns the serial number of the connection: {@code $connection}. */
    public long serial() {
        return serial;
    }

    /** Returns the number of the current request on the connection, from 1: {@code $connection_requests}. */
    public long requests() {
        return requests;
    }

    /** Returns how many bytes the head of the current request had. */
    public int headLength() {
        return http == null ? 0 : http.headLength();
    }

    /** See {@link HttpConnection#responseSent()}. */
    public long responseSent() {
        return http == null ? 0 : http.responseSent();
    }

    /** See {@link HttpConnection#responseHeadLength()}. */
    public int responseHeadLength() {
        return http == null ? 0 : http.responseHeadLength();
    }

    /** Whether the client sent the current request before it had the answer to the one ahead of it. */
    public boolean isPipelined() {
        return http != null && http.isPipelined();
    }

    /** Returns both ends, with their texts. */
    public ConnectionEnds ends() {
        return ends;
    }

    /** Returns the client's end. In the Unix domain it is unresolved, with the host name {@code unix:}. */
    public InetSocketAddress peer() {
        return ends.peer();
    }

    /** Returns the client's address as text, without the port. */
    public String host() {
        return ends.host();
    }

    /** Returns this server's end. */
    public InetSocketAddress local() {
        return ends.local();
    }

    /** Returns how long ago the connection was accepted, in ms. */
    public long ageMillis() {
        return ageMillis(System.nanoTime());
    }

    /** Returns how old the connection was at a time on the scale of {@link System#nanoTime()}, in ms. */
    public long ageMillis(long now) {
        return (now - opened) / 1_000_000;
    }

    /** Returns the client's end as text. */
    public String from() {
        return ends.from();
    }

    /** Returns the listening address that the connection was accepted at, as it is configured. */
    public SocketAddress listening() {
        return listener.address();
    }

    /** Returns the host that a request is for, in lower case and without a port; empty if the request names none. */
    public String hostOf(HttpServerExchange request) {
        return hostField.hostOf(request);
    }

    /** Whether no further request may follow: the server is ending, or no longer serves what the connection is for. */
    public boolean isDraining() {
        return draining || listener.serving().era() != era;
    }

    /** Returns what {@code author} has noted about this connection; {@code null} if another author has noted since. */
    public String note(Object author) {
        return noteAuthor == author ? note : null;
    }

    /** Keeps a text about this connection that would otherwise be built again for each request. */
    public void note(Object author, String text) {
        noteAuthor = author;
        note = text;
    }

    /** Notes the HTTP connection that is spoken on this one. */
    void carries(HttpConnection newHttp) {
        http = newHttp;
    }

    /** See {@link HttpConnection#sendInterim}. */
    public void sendInterim(byte[] head) throws IOException {
        http.sendInterim(head);
    }

    /** Returns how much of the heap the connection takes, in bytes. */
    int held() {
        return HeldMemory.CONNECTION + (channel instanceof SslChannel ? TlsConnection.HELD : 0);
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
                serial,
                what + " while " + doing + ", client: " + host() + ", server: " + Addresses.text(listener.bound()));
    }

    private void idleTooLong() {
        String doing = TlsConnection.isInHandshake(channel) ? HANDSHAKING : opening;
        if (doing != null) {
            log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)", doing);
        }
        if (http == null || !http.isDiscarding()) {
            IoUtils.safeClose(channel);
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
            channel.getIoThread().execute(this::closeIfIdle);
        } else {
            idle.set(keepaliveTimeout);
        }
    }

    /** Ends the connection as soon as no request is under way; runs on the connection's own thread. */
    void drain() {
        draining = true;
        closeIfIdle();
    }

    /** See {@link Clients#endThoseOf}; runs on the connection's own thread. */
    void endIfOf(Configuration former) {
        if (current == null ? requests == 0 : currentConfiguration == former) {
            IoUtils.safeClose(channel);
        }
    }

    /** Returns for how many ms {@code keepalive_min_timeout} still keeps the idle connection. */
    long keptMillis() {
        return keptUntil == 0 ? 0 : Math.max(0, (keptUntil - System.nanoTime()) / 1_000_000);
    }

    private void closeIfIdle() {
        if (isOpening()) {
            // first read what has come by now, as for a request
            ChannelListeners.invokeChannelListener(
                    channel.getSourceChannel(), channel.getSourceChannel().getReadListener());
            if (isOpening()) {
                IoUtils.safeClose(channel);
            }
        } else if (current == null && keptMillis() > 0) {
            if (idle.passesAt() > keptUntil) {
                idle.set(keptMillis());
            }
        } else if (current == null) {
            HttpConnection.endIdle(channel, http);
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
        if (current == null) {
            IoUtils.safeClose(channel);
        }
    }

    void closed() {
        closed = true;
        idle.close();
    }

    /** Whether a request is under way; other threads may see it a little late. */
    boolean isBusy() {
        return current != null;
    }

    /** Whether a part of a request's header has come; other threads may see it a little late. */
    boolean isReading() {
        return current == null && !isOpening() && HttpConnection.isReadingHead(channel, http);
    }

    /** Returns the request under way; {@code null} for none. Other threads may see it a little late. */
    public Request current() {
        return current;
    }

    /** Returns the thread that the connection is served by. */
    public XnioIoThread ioThread() {
        return channel.getIoThread();
    }

    StreamConnection channel() {
        return channel;
    }
}
