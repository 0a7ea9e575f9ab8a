package hopyard.proxy.server;

import hopyard.proxy.tls.TlsConnection;
import io.undertow.server.HttpServerExchange;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.channels.SslChannel;

/** What is known of a client's connection, whatever it carries: where it comes from, and what came ahead of HTTP. */
public abstract class ClientFacts {

    private final ServerCounts server;
    private final long serial;
    private final Acceptor listener;
    /** See {@link Serving}. */
    private final Object era;
    /** Whether requests that come without TLS came to the wrong port. */
    private final boolean expectsTls;

    private final ConnectionEnds ends;
    private final long opened;
    private StreamConnection channel;
    private ProxyProtocol proxyProtocol;
    private AskedServer asked;
    private final HostField hostField;
    private Object noteAuthor;
    private String note;

    /** Makes those of a connection that was accepted; see {@link ClientConnection}. */
    ClientFacts(ServerCounts server, long serial, StreamConnection accepted, Acceptor listener, Serving serving) {
        this.server = server;
        this.serial = serial;
        this.channel = accepted;
        this.listener = listener;
        era = serving.era();
        expectsTls = serving.endpoint().tls() != null;
        ends = ConnectionEnds.of(accepted, listener.bound(), serving.endpoint().takesIpv4());
        opened = System.nanoTime();
        hostField = new HostField();
    }

    /** Makes those of a connection that is only thought of. */
    ClientFacts(ServerCounts server, RehearsedConnection like, boolean lacksTls) {
        this.server = server;
        serial = like.serial();
        listener = null;
        era = null;
        expectsTls = lacksTls;
        ends = ConnectionEnds.of(like.client(), like.local(), false);
        opened = System.nanoTime();
        hostField = new HostField();
    }

    /** Makes those of a stream, which are its connection's. */
    ClientFacts(ClientFacts whole) {
        server = whole.server;
        serial = whole.serial;
        channel = whole.channel;
        listener = whole.listener;
        era = whole.era;
        expectsTls = whole.expectsTls;
        ends = whole.ends;
        opened = whole.opened;
        proxyProtocol = whole.proxyProtocol;
        asked = whole.asked;
        hostField = whole.hostField;
    }

    /** Sets what has come ahead of HTTP, and the connection that it is spoken on. */
    final void begins(ProxyProtocol header, StreamConnection speaking) {
        proxyProtocol = header;
        channel = speaking;
    }

    /** Returns the PROXY protocol's header, which a load balancer has sent; {@code null} if there was none. */
    public final ProxyProtocol proxyProtocol() {
        return proxyProtocol;
    }

    /** Returns what serves the connection's next request. */
    public final Serving serving() {
        return listener.serving();
    }

    /** Returns where the connection was accepted. */
    final Acceptor listener() {
        return listener;
    }

    /** Whether the client did not speak TLS on a port that expects TLS. */
    public final boolean lacksTls() {
        return expectsTls && !(channel instanceof SslChannel);
    }

    /** Returns the TLS that the client speaks; {@code null} if it does not. */
    public final TlsConnection tls() {
        return channel instanceof TlsConnection its ? its : null;
    }

    /** Notes whom the client has asked for when it began to speak TLS. */
    public final void asks(AskedServer whom) {
        asked = whom;
    }

    /** Returns whom the client has asked for when it began to speak TLS; {@code null} if it does not speak it. */
    public final AskedServer asked() {
        return asked;
    }

    /** Returns the counts of the server that accepted the connection. */
    public final ServerCounts server() {
        return server;
    }

    /** Returns the serial number of the connection: {@code $connection}. */
    public final long serial() {
        return serial;
    }

    /** Returns both ends, with their texts. */
    public final ConnectionEnds ends() {
        return ends;
    }

    /** Returns the client's end. In the Unix domain it is unresolved, with the host name {@code unix:}. */
    public final InetSocketAddress peer() {
        return ends.peer();
    }

    /** Returns the client's address as text, without the port. */
    public final String host() {
        return ends.host();
    }

    /** Returns this server's end. */
    public final InetSocketAddress local() {
        return ends.local();
    }

    /** Returns the client's end as text. */
    public final String from() {
        return ends.from();
    }

    /** Returns how long ago the connection was accepted, in ms. */
    public final long ageMillis() {
        return ageMillis(System.nanoTime());
    }

    /** Returns how old the connection was at a time on the scale of {@link System#nanoTime()}, in ms. */
    public final long ageMillis(long now) {
        return (now - opened) / 1_000_000;
    }

    /** Returns the listening address that the connection was accepted at, as it is configured. */
    public final SocketAddress listening() {
        return listener.address();
    }

    /** Whether it was accepted under what is not served any more. */
    final boolean isOfEarlierEra() {
        return listener.serving().era() != era;
    }

    /** Returns the host that a request is for, in lower case and without a port; empty if the request names none. */
    public final String hostOf(HttpServerExchange request) {
        return hostField.hostOf(request);
    }

    /** Returns what {@code author} has noted about this connection; {@code null} if another author has noted since. */
    public final String note(Object author) {
        return noteAuthor == author ? note : null;
    }

    /** Keeps a text about this connection that would otherwise be built again for each request. */
    public final void note(Object author, String text) {
        noteAuthor = author;
        note = text;
    }

    /** Returns the thread that the connection is served by. */
    public final XnioIoThread ioThread() {
        return channel.getIoThread();
    }

    final StreamConnection channel() {
        return channel;
    }
}
