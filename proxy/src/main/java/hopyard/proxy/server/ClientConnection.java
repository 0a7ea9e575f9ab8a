package hopyard.proxy.server;

import hopyard.http.server.HttpConnection;
import hopyard.memory.HeldMemory;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.TlsConnection;
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
import org.xnio.XnioIoThread;
import org.xnio.channels.SslChannel;

/** The connection of a client: its serial number, its two ends, how many requests it has carried, and its idle time. */
public final class ClientConnection {

    /** Stands for the address of a peer in the Unix domain, which has none. */
    private static final InetSocketAddress UNIX = InetSocketAddress.createUnresolved("unix:", 0);

    static final AttachmentKey<ClientConnection> KEY = AttachmentKey.create(ClientConnection.class);

    /** The longest Host field that is remembered: the longest name in DNS (RFC 1035 §3.1), and a port. */
    private static final int MAX_NAME = 261;

    static final String HANDSHAKING = "SSL handshaking";

    private final ServerCounts server;
    private final long serial;
    private final Acceptor listener;
    /** See {@link Serving}. */
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
    /** What is being read ahead of HTTP, in nginx's words; {@code null} if nothing is. */
    private String opening;

    private ProxyProtocol proxyProtocol;
    private HttpConnection http;
    private long keepaliveTimeout;
    private long requests;
    /** The request under way; {@code null} for none. */
    private Request current;

    private boolean draining;
    private boolean closed;
    /** The last {@code Host} field, and below the host in it: a client mostly sends the same field. */
    private String hostField;

    private String hostName;
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
        boolean isUnix = listener.bound() instanceof UnixDomainSocketAddress;
        peer = isUnix ? UNIX : accepted.getPeerAddress(InetSocketAddress.class);
        local = isUnix ? UNIX : accepted.getLocalAddress(InetSocketAddress.class);
        host = Addresses.host(peer.getAddress());
        from = isUnix ? "unix:" : Addresses.text(peer);
        at = Addresses.text(isUnix ? listener.bound() : local);
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
        peer = like.client();
        local = like.local();
        host = Addresses.host(peer.getAddress());
        from = Addresses.text(peer);
        at = Addresses.text(local);
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

    /** Returns the TLS session; {@code null} if the client does not speak TLS. */
    public SSLSession tlsSession() {
        return http == null ? null : http.getSslSession();
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

    /** Returns the client's end. In the Unix domain it is unresolved, with the host name {@code unix:}. */
    public InetSocketAddress peer() {
        return peer;
    }

    /** Returns the client's address as text, without the port. */
    public String host() {
        return host;
    }

    /** Returns this server's end. */
    public InetSocketAddress local() {
        return local;
    }

    /** Returns how long ago the connection was accepted, in ms. */
    public long ageMillis() {
        return (System.nanoTime() - opened) / 1_000_000;
    }

    /** Returns the client's end as text. */
    public String from() {
        return from;
    }

    /** Returns this server's end as text. */
    public String at() {
        return at;
    }

    /** Returns the listening address that the connection was accepted at, as it is configured. */
    public SocketAddress listening() {
        return listener.address();
    }

    /** Returns the host that a request is for, in lower case and without a port; empty if the request names none. */
    public String hostOf(HttpServerExchange request) {
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

    /** Returns how much of the heap the connection takes, in bytes. */
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
        // a mistake of a client is no fault of the server; a key that does not work is
        log(
                reason instanceof SSLKeyException ? ErrorLog.Level.CRIT : ErrorLog.Level.INFO,
                what,
                inHandshake ? HANDSHAKING : "waiting for request");
    }

    /** Logs a mistake in what comes ahead of HTTP. */
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
            // content of the last request is still coming; it has its own timeout
            idle.set(keepaliveTimeout);
        }
    }

    /** Notes that a request is under way. */
    public void requestStarted(Request request) {
        requests++;
        current = request;
        idle.clear();
    }

    /**
     * Notes that the request is over.
     *
     * @param timeout how long to wait for the next one, in ms
     */
    public void requestEnded(long timeout) {
        current = null;
        keepaliveTimeout = timeout;
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

    private void closeIfIdle() {
        if (isOpening()) {
            // first read what has come by now, as for a request
            ChannelListeners.invokeChannelListener(
                    channel.getSourceChannel(), channel.getSourceChannel().getReadListener());
            if (isOpening()) {
                IoUtils.safeClose(channel);
            }
        } else if (current == null) {
            HttpConnection.endIdle(channel, http);
        }
    }

    /**
     * Returns when the connection times out if nothing comes, on the scale of {@link System#nanoTime()}. Other threads
     * may see the value a little late.
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
