package hopyard.proxy.server;

import hopyard.http.server.HttpListener;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.ClientHello;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.TlsTerms;
import hopyard.trace.Addresses;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.nio.ReadyKeys;
import org.xnio.nio.SocketChannels;
import org.xnio.ssl.SslConnection;

/** A listening socket, with the servers behind it. */
public final class Listener implements Acceptor {

    /** What a buffer for heads and bodies holds, in bytes. */
    public static final int BUFFER = 16 << 10;

    /** Is told of every connection. */
    interface Owner {
        /**
         * Called for a new connection, before a byte of it has been read.
         *
         * @param serving what the listener serves now
         * @return the client's connection; {@code null} if it is not wanted, and has been closed
         */
        ClientConnection opened(StreamConnection connection, Listener listener, Serving serving);

        /**
         * Called before TLS, which takes memory. Returns false if the connection is not wanted, and has been closed.
         */
        boolean openedTls(StreamConnection connection);

        /**
         * Returns how TLS is spoken with a client.
         *
         * @throws SSLException if it is not
         */
        TlsTerms terms(ClientConnection client, ClientHello hello) throws SSLException;

        /** Called when TLS with a client has failed; see {@link TlsConnection.Listener#failed}. */
        void tlsFailed(SslConnection connection, boolean inHandshake, IOException reason);

        /**
         * Called when HTTP begins on a connection.
         *
         * @param header the PROXY protocol's header; {@code null} if there was none
         * @param connection the accepted connection, or TLS around it
         */
        void ready(ClientConnection client, ProxyProtocol header, StreamConnection connection, HttpListener http);

        /** Returns the configuration that is running now. */
        Configuration configuration();
    }

    /**
     * Undertow does not limit the content and does not write the Date field: other classes check nginx's limits, and
     * write the fields of the response.
     */
    private static final OptionMap OPTIONS = OptionMap.builder()
            .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .set(UndertowOptions.ALWAYS_SET_DATE, false)
            .set(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
            .getMap();

    private static final boolean HAS_IPV6 = hasIpv6();

    private static final InetAddress ANY4 = ListenAddress.any(0).getAddress();

    /** Whether the launcher has started this process because another one has died. */
    private static final boolean HAS_DIED = System.getProperty("hopyard.died") != null;

    private final Owner owner;
    private final ByteBufferPool buffers;
    private final HttpListener http;
    private volatile Serving serving;
    /** The listeners on the same port whose connections this wildcard's socket accepts, by their own addresses. */
    private volatile Map<InetAddress, Listener> carried = Map.of();
    /** The wildcard whose socket accepts the connections of this one; {@code null} for none. */
    private Listener carrier;

    private SocketAddress bound;
    private ServerSocketChannel socket;
    /** Ends the accepting; {@code null} until it has begun. */
    private Closeable accepting;

    public Listener(
            Configuration configuration,
            Configuration.Endpoint endpoint,
            Owner owner,
            ByteBufferPool buffers,
            HttpHandler handler) {
        this.owner = owner;
        this.buffers = buffers;
        http = new HttpListener(buffers, OPTIONS);
        http.setHandler(handler);
        serve(configuration, endpoint, new Object());
    }

    @Override
    public Serving serving() {
        return serving;
    }

    /** Lets another configuration serve the next request, also on the connections that can go on. */
    void use(Configuration configuration, Configuration.Endpoint next) {
        Serving before = serving;
        serve(configuration, next, next.takesConnectionsOf(before.endpoint()) ? before.era() : new Object());
    }

    private void serve(Configuration configuration, Configuration.Endpoint next, Object era) {
        serving = new Serving(configuration, next, era);
        // how much memory a head that is not complete may take
        int largest = (int) Math.min(next.servers().largestHeader(), Integer.MAX_VALUE);
        http.setOptions(OptionMap.builder()
                .addAll(OPTIONS)
                .set(UndertowOptions.MAX_HEADER_SIZE, largest)
                .getMap());
    }

    @Override
    public SocketAddress bound() {
        return bound;
    }

    /**
     * Lets this wildcard accept the connections of another address with its port. As in nginx, a wildcard's socket is
     * enough for all of them. That of IPv6 takes those of IPv4, too, because Java's are dual-stack.
     */
    void takeAlong(Listener other) {
        other.leaveCarrier();
        Map<InetAddress, Listener> all = new HashMap<>(carried);
        all.put(((InetSocketAddress) other.address()).getAddress(), other);
        carried = Map.copyOf(all);
        other.carrier = this;
        other.bound = other.address();
    }

    private void leaveCarrier() {
        if (carrier != null) {
            Map<InetAddress, Listener> all = new HashMap<>(carrier.carried);
            all.values().remove(this);
            carrier.carried = Map.copyOf(all);
            carrier = null;
        }
    }

    /** Whether it has a socket, or another listener's socket accepts its connections. */
    boolean isBound() {
        return socket != null || carrier != null || bound != null && isOfNobody(address());
    }

    /** Closes the socket, and no connection. */
    void release() {
        IoUtils.safeClose(accepting, socket);
        accepting = null;
        socket = null;
    }

    /**
     * Tests whether the address can be bound. An address that is in use passes. The address is not bound afterwards.
     *
     * @throws IOException if it cannot be bound
     */
    static void test(SocketAddress address) throws IOException {
        if (isOfNobody(address)) {
            return;
        }
        try (ServerSocketChannel channel = open(address)) {
            channel.bind(address);
            if (address instanceof UnixDomainSocketAddress unix) {
                Files.delete(unix.getPath());
            }
        } catch (BindException e) {
            if (!SystemErrors.text(e).startsWith("98:")) {
                throw e;
            }
        }
    }

    /** Whether it is the wildcard of IPv6 on a machine without IPv6: it may be listened on, and nobody can reach it. */
    static boolean isOfNobody(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                && inet.getAddress() instanceof Inet6Address
                && inet.getAddress().isAnyLocalAddress()
                && !HAS_IPV6;
    }

    private static boolean hasIpv6() {
        try {
            ServerSocketChannel.open(StandardProtocolFamily.INET6).close();
            return true;
        } catch (UnsupportedOperationException | IOException e) {
            return false;
        }
    }

    private static ServerSocketChannel open(SocketAddress address) throws IOException {
        if (address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet6Address && !HAS_IPV6) {
            // what the kernel says then
            throw new BindException("Cannot assign requested address");
        }
        ServerSocketChannel channel = ServerSocketChannel.open(
                address instanceof InetSocketAddress inet
                        ? SocketChannels.family(inet.getAddress())
                        : StandardProtocolFamily.UNIX);
        if (address instanceof InetSocketAddress) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        return channel;
    }

    @Override
    public SocketAddress address() {
        return serving.endpoint().address();
    }

    /**
     * Binds the socket. Connections wait until {@link #accept} is called.
     *
     * @throws IOException if the address is in use, or cannot be bound
     */
    void bind() throws IOException {
        SocketAddress address = address();
        if (isOfNobody(address)) {
            bound = address;
            serving.configuration()
                    .log()
                    .write(
                            ErrorLog.Level.WARN,
                            "nobody can reach " + Addresses.text(address) + ": this machine has no IPv6");
            return;
        }
        ServerSocketChannel channel = open(address);
        try {
            if (address instanceof UnixDomainSocketAddress unix && HAS_DIED) {
                // the process that has died could not remove its socket
                Files.deleteIfExists(unix.getPath());
            }
            channel.bind(address, serving.endpoint().backlog());
            bound = channel.getLocalAddress();
            if (bound instanceof UnixDomainSocketAddress unix) {
                // as in nginx, every user may connect
                Files.setPosixFilePermissions(unix.getPath(), PosixFilePermissions.fromString("rw-rw-rw-"));
            }
            socket = channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Begins to accept connections, if there is a socket and it does not do so already. */
    void accept(XnioWorker worker) {
        if (socket == null || accepting != null) {
            return;
        }
        try {
            accepting = SocketChannels.accept(worker, socket, new SocketChannels.Acceptor() {
                @Override
                public void accepted(StreamConnection connection) throws IOException {
                    Listener.this.accepted(connection);
                }

                @Override
                public void failed(IOException reason) {
                    owner.configuration()
                            .log()
                            .write(ErrorLog.Level.CRIT, "accept() failed (" + SystemErrors.text(reason) + ")");
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accepted(StreamConnection connection) throws IOException {
        if (bound instanceof InetSocketAddress inet) {
            InetSocketAddress peer = connection.getPeerAddress(InetSocketAddress.class);
            if (peer == null) {
                // the peer has gone before its address could be read
                IoUtils.safeClose(connection);
                return;
            }
            boolean isOtherFamily =
                    peer.getAddress() instanceof Inet4Address && !(inet.getAddress() instanceof Inet4Address);
            Listener other = carried.isEmpty() ? null : carriedFor(connection, isOtherFamily);
            if (other != null) {
                other.open(connection);
                return;
            }
            if (isOtherFamily && !serving.endpoint().takesIpv4()) {
                // "listen [::]:80" without an IPv4 listener is for IPv6 only
                IoUtils.safeClose(connection);
                return;
            }
        }
        open(connection);
    }

    /**
     * Returns the listener that a connection belongs to by the address it was made to; {@code null} if it is this one.
     */
    private Listener carriedFor(StreamConnection connection, boolean isOtherFamily) {
        Map<InetAddress, Listener> all = carried;
        Listener its =
                all.get(connection.getLocalAddress(InetSocketAddress.class).getAddress());
        return its == null && isOtherFamily ? all.get(ANY4) : its;
    }

    private void open(StreamConnection connection) {
        Serving then = serving;
        ClientConnection client = owner.opened(connection, this, then);
        if (client == null) {
            return;
        }
        Configuration.Endpoint now = then.endpoint();
        if (now.tls() == null && !now.proxyProtocol()) {
            owner.ready(client, null, connection, http);
            return;
        }
        if (now.tls() != null) {
            ReadyKeys.beginHandshake(connection);
        }
        FirstBytes.read(client, now.proxyProtocol(), (header, kind) -> {
            Runnable begin =
                    () -> begin(client, header, connection, now.tls() != null && kind != FirstBytes.Kind.PLAIN);
            if (now.tls() == null || kind == FirstBytes.Kind.TLS) {
                begin.run();
            } else {
                // who does not speak TLS as it is spoken hears of it after the others
                ReadyKeys.computeInTurn(connection.getIoThread(), begin, true);
            }
        });
    }

    private void begin(ClientConnection client, ProxyProtocol header, StreamConnection connection, boolean isTls) {
        if (!connection.isOpen()) {
            return;
        }
        if (!isTls) {
            owner.ready(client, header, connection, http);
        } else if (owner.openedTls(connection)) {
            owner.ready(client, header, encrypted(connection, client), http);
        }
    }

    private StreamConnection encrypted(StreamConnection connection, ClientConnection client) {
        return TlsConnection.server(connection, hello -> owner.terms(client, hello), owner::tlsFailed);
    }

    /** Stops listening. Connections go on with the request under way, and with no other. */
    void close() {
        release();
        serving = new Serving(serving.configuration(), serving.endpoint(), new Object());
        leaveCarrier();
        carried.values().forEach(each -> each.carrier = null);
        carried = Map.of();
        if (bound instanceof UnixDomainSocketAddress unix) {
            Path path = unix.getPath();
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                owner.configuration()
                        .log()
                        .write(ErrorLog.Level.EMERG, "unlink() " + path + " failed (" + SystemErrors.text(e) + ")");
            }
        }
    }
}
