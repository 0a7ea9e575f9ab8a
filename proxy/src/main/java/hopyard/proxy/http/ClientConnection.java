package hopyard.proxy.http;

import hopyard.http.server.HttpConnection;
import hopyard.memory.HeldMemory;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.upstream.Deadline;
import hopyard.trace.Addresses;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import io.undertow.util.Headers;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLKeyException;
import javax.net.ssl.SSLSession;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.channels.SslChannel;

/** A client's connection: its serial number, its two ends, how many requests it has carried, and its idle time. */
public final class ClientConnection {

    /** Stands for the address of a peer in the unix domain, which has none. */
    private static final InetSocketAddress UNIX = InetSocketAddress.createUnresolved("unix:", 0);

    static final AttachmentKey<ClientConnection> KEY = AttachmentKey.create(ClientConnection.class);

    /** What a name has at most in DNS (RFC 1035 §3.1), and a port: a longer field is not kept. */
    private static final int MAX_NAME = 261;

    static final String HANDSHAKING = "SSL handshaking";

    private final ServerCounts server;
    private final long serial;
    private final Listener listener;
    /** See {@link Listener.Serving}. */
    private final Object era;
    /** Whether requests that come without TLS came to the wrong port. */
    private final boolean expectsTls;

    private final InetSocketAddress peer;
    private final InetSocketAddress local;
    private final String host;
    private final String from;
    private final String at;
    private final Deadline idle;
    private final long opened = System.nanoTime();
    private StreamConnection channel;
    /** What comes ahead of HTTP and is being read, in nginx's words; {@code null} if nothing is. */
    private String opening;

    private ProxyProtocol proxyProtocol;
    private HttpConnection http;
    private long keepaliveTimeout;
    private long requests;
    /** What is under way; {@code null} for nothing. */
    private Exchange current;

    private boolean draining;
    private boolean closed;
    /** The last {@code Host} and the host in it: a client mostly asks for the same one. */
    private String hostField;

    private String hostName;
    private Object noteAuthor;
    private String note;

    /**
     * @param accepted as it was accepted: what comes on it is for {@link #begins} to say
     * @param serving what the listener served then
     */
    ClientConnection(
            ServerCounts server, long serial, StreamConnection accepted, Listener listener, Listener.Serving serving) {
        this.server = server;
        this.serial = serial;
        this.channel = accepted;
        this.listener = listener;
        era = serving.era();
        expectsTls = serving.endpoint().tls() != null;
        boolean isUnix = listener.bound() instanceof UnixDomainSocketAddress;
        peer = isUnix ? UNIX : accepted.getPeerAddress(InetSocketAddress.class);
        local = isUnix ? UNIX : accepted.getLocalAddress(InetSocketAddress.class);
        host = Addresses.host(peer.getAddress());
        from = isUnix ? "unix:" : Addresses.text(peer);
        at = Addresses.text(isUnix ? listener.bound() : local);
        idle = new Deadline(channel.getIoThread(), this::idleTooLong);
        awaitClient();
    }

    /** One that is not there, of a request that is only tried. */
    ClientConnection(ServerCounts server, RehearsedConnection like, boolean lacksTls) {
        this.server = server;
        expectsTls = lacksTls;
        era = null;
        serial = like.serial();
        requests = like.requests();
        listener = null;
        idle = null;
        peer = like.client();
        local = like.local();
        host = Addresses.host(peer.getAddress());
        from = Addresses.text(peer);
        at = Addresses.text(local);
    }

    private void awaitClient() {
        idle.set(byDefault().clientHeaderTimeout());
    }

    /** Says what is being read ahead of HTTP: {@code reading PROXY protocol} or {@code SSL handshaking}. */
    void opens(String what) {
        opening = what;
    }

    boolean isOpening() {
        return opening != null;
    }

    /**
     * What comes ahead of HTTP and of TLS has been read.
     *
     * @param header what a load balancer has said; {@code null} if none did
     * @param speaking what HTTP is spoken on: what was accepted, or TLS around it
     */
    void begins(ProxyProtocol header, StreamConnection speaking) {
        opening = null;
        proxyProtocol = header;
        channel = speaking;
        awaitClient();
    }

    /** What a load balancer has said of the client ahead of its bytes; {@code null} if none did. */
    public ProxyProtocol proxyProtocol() {
        return proxyProtocol;
    }

    /** What its next request is served by. */
    Listener.Serving serving() {
        return listener.serving();
    }

    private CoreSettings byDefault() {
        return serving().endpoint().servers().byDefault().level().core();
    }

    /** Whether it came without TLS to a port of which TLS is expected. */
    boolean lacksTls() {
        return expectsTls && !(channel instanceof SslChannel);
    }

    /** What has been agreed upon for TLS; {@code null} if the client does not speak it. */
    public SSLSession tlsSession() {
        return http == null ? null : http.getSslSession();
    }

    /** What is counted about the server that it is a connection of. */
    public ServerCounts server() {
        return server;
    }

    /** Serial number of the connection, {@code $connection}. */
    public long serial() {
        return serial;
    }

    /** Number of the running request on the connection, from 1: {@code $connection_requests}. */
    public long requests() {
        return requests;
    }

    /** The client's end; unresolved, with the host name {@code unix:}, for one in the unix domain. */
    public InetSocketAddress peer() {
        return peer;
    }

    /** The client's address as text. */
    public String host() {
        return host;
    }

    /** This server's end. */
    public InetSocketAddress local() {
        return local;
    }

    /** How long ago it was accepted, in ms. */
    public long ageMillis() {
        return (System.nanoTime() - opened) / 1_000_000;
    }

    /** The client's end as text. */
    public String from() {
        return from;
    }

    /** This server's end as text. */
    public String at() {
        return at;
    }

    /** The listening address that it was accepted at, as it is configured. */
    SocketAddress listening() {
        return listener.address();
    }

    /** The host that a request is for, in lower case without its port; empty if it names none. */
    String hostOf(HttpServerExchange request) {
        if (request.isHostIncludedInRequestURI()) {
            String target = request.getRequestURI();
            int start = target.indexOf("://") + 3;
            int slash = target.indexOf('/', start);
            return RequestHeader.hostOf(target.substring(start, slash < 0 ? target.length() : slash));
        }
        String field = request.getRequestHeaders().getFirst(Headers.HOST);
        return field == null ? "" : hostIn(field);
    }

    private String hostIn(String field) {
        if (field.length() > MAX_NAME) {
            return RequestHeader.hostOf(field);
        }
        if (!field.equals(hostField)) {
            hostField = field;
            hostName = RequestHeader.hostOf(field);
        }
        return hostName;
    }

    /** Whether no further request is wanted here: the server is going away, or what this connection was accepted for. */
    public boolean isDraining() {
        return draining || listener.serving().era() != era;
    }

    /** What {@code author} has noted about this connection; {@code null} if its note is not the last one. */
    public String note(Object author) {
        return noteAuthor == author ? note : null;
    }

    /** Notes something about this connection that would have to be put together again for each request. */
    public void note(Object author, String text) {
        noteAuthor = author;
        note = text;
    }

    /** HTTP is spoken on it. */
    void carries(HttpConnection newHttp) {
        http = newHttp;
    }

    /** How much of the heap it takes, in bytes. */
    int held() {
        return HeldMemory.CONNECTION + (channel instanceof SslChannel ? TlsConnection.HELD : 0);
    }

    /** See {@link TlsConnection.Listener#failed}. */
    void tlsFailed(boolean inHandshake, IOException reason) {
        String what;
        if (reason instanceof SSLException) {
            what = (inHandshake ? "SSL_do_handshake()" : "SSL_read()") + " failed (SSL: " + reason.getMessage() + ")";
        } else {
            what = "peer closed connection in SSL handshake"
                    + (reason == null ? "" : " (" + SystemErrors.text(reason) + ")");
        }
        // what a client does wrong is no fault of the server; a key that does not work is
        log(
                reason instanceof SSLKeyException ? ErrorLog.Level.CRIT : ErrorLog.Level.INFO,
                what,
                inHandshake ? HANDSHAKING : "waiting for request");
    }

    /** Says in the error log what is wrong with what comes ahead of HTTP. */
    void log(ErrorLog.Level level, String what) {
        log(level, what, opening);
    }

    private void log(ErrorLog.Level level, String what, String doing) {
        ErrorLog log = byDefault().errorLog();
        log.write(
                level,
                serial,
                what + " while " + doing + ", client: " + host + ", server: " + Addresses.text(listener.bound()));
    }

    private void idleTooLong() {
        String doing = TlsConnection.isInHandshake(channel) ? HANDSHAKING : opening;
        if (doing != null) {
            log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)", doing);
        }
        if (http == null || !http.isDiscarding()) {
            IoUtils.safeClose(channel);
        } else {
            // content of the last request is still coming, which has a timeout of its own
            idle.set(keepaliveTimeout);
        }
    }

    void requestStarted(Exchange exchange) {
        requests++;
        current = exchange;
        idle.clear();
    }

    void requestEnded(long timeout) {
        current = null;
        keepaliveTimeout = timeout;
        if (closed) {
            return;
        }
        if (draining) {
            // after what is still to be done for this exchange
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

    private void closeIfIdle() {
        if (isOpening()) {
            // what has come by now is read, as with a request
            ChannelListeners.invokeChannelListener(
                    channel.getSourceChannel(), channel.getSourceChannel().getReadListener());
            if (isOpening()) {
                IoUtils.safeClose(channel);
            }
        } else if (current == null) {
            HttpConnection.endIdle(channel, http);
        }
    }

    /** When its time is up if nothing comes, on the scale of {@link System#nanoTime()}; other threads may see it a little late. */
    long idleUntil() {
        return idle.passesAt();
    }

    /** Ends the connection for another one's sake, unless a request has come meanwhile; runs on its own thread. */
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

    /** The exchange that is under way, {@code null} for none; other threads may see it a little late. */
    Exchange current() {
        return current;
    }

    StreamConnection channel() {
        return channel;
    }
}
