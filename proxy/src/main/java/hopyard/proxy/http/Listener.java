package hopyard.proxy.http;

import hopyard.http.server.HttpListener;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.tls.TlsConnection;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpHandler;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.StreamConnection;
import org.xnio.XnioWorker;
import org.xnio.nio.SocketChannels;
import org.xnio.ssl.SslConnection;

/** One socket that listens, with the servers behind it. */
final class Listener {

    /** Hears of every connection. */
    interface Owner {
        /**
         * A connection is there, before a byte of it has been read.
         *
         * @param serving what the listener serves now
         * @return {@code null} if it is not wanted, and has been closed
         */
        ClientConnection opened(StreamConnection connection, Listener listener, Serving serving);

        /** The same before TLS is spoken, which takes memory; false if it is not wanted, and has been closed. */
        boolean openedTls(StreamConnection connection);

        /** TLS with a client has failed; see {@link TlsConnection.Listener#failed}. */
        void tlsFailed(SslConnection connection, boolean inHandshake, IOException reason);

        /**
         * HTTP begins on a connection.
         *
         * @param header what came ahead of it; {@code null} if nothing did
         * @param connection the one that was accepted, or TLS around it
         */
        void ready(ClientConnection client, ProxyProtocol header, StreamConnection connection, HttpListener http);

        /** What is running now. */
        Configuration configuration();
    }

    /**
     * There is no limit on content, because the limits are nginx's and {@link Exchange} checks them; it also writes the fields of
     * the response.
     */
    private static final OptionMap OPTIONS = OptionMap.builder()
            .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .set(UndertowOptions.ALWAYS_SET_DATE, false)
            .set(UndertowOptions.ALWAYS_SET_KEEP_ALIVE, false)
            .getMap();

    /** Whether this process has been started because another has died: the launcher says so. */
    private static final boolean HAS_DIED = System.getProperty("hopyard.died") != null;

    /**
     * What the next request is served by.
     *
     * @param endpoint one of the configuration's
     * @param era stays the same as long as connections that were accepted before are what they would be if they were accepted now
     */
    record Serving(Configuration configuration, Configuration.Endpoint endpoint, Object era) {}

    private final Owner owner;
    private final ByteBufferPool buffers;
    private final HttpListener http;
    private volatile Serving serving;
    /** The listener for IPv4 on the same port, which this one's socket takes along. */
    private volatile Listener ipv4;
    /** The listener for IPv6 whose socket takes this one along. */
    private Listener carrier;

    private SocketAddress bound;
    private ServerSocketChannel socket;
    /** Ends the accepting; {@code null} until it has begun. */
    private Closeable accepting;

    Listener(
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

    Serving serving() {
        return serving;
    }

    /** Has another configuration serve the next request, also on those of the connections that can go on. */
    void use(Configuration configuration, Configuration.Endpoint next) {
        Serving before = serving;
        serve(configuration, next, next.takesConnectionsOf(before.endpoint) ? before.era : new Object());
    }

    private void serve(Configuration configuration, Configuration.Endpoint next, Object era) {
        serving = new Serving(configuration, next, era);
        // what a head that is not all there yet may take of the memory
        int largest = (int) Math.min(next.servers().largestHeader(), Integer.MAX_VALUE);
        http.setOptions(OptionMap.builder()
                .addAll(OPTIONS)
                .set(UndertowOptions.MAX_HEADER_SIZE, largest)
                .getMap());
    }

    /** Where it listens, with the port that was given for 0. */
    SocketAddress bound() {
        return bound;
    }

    /** Has this wildcard of IPv6 serve the wildcard of IPv4 as well: a dual-stack socket is all that Java has. */
    void takeAlong(Listener other) {
        ipv4 = other;
        other.carrier = this;
        other.bound = other.address();
    }

    /** Whether it has a socket, or shares another one's. */
    boolean isBound() {
        return socket != null || carrier != null;
    }

    /** Lets go of the socket, and of no connection. */
    void release() {
        IoUtils.safeClose(accepting, socket);
        accepting = null;
        socket = null;
    }

    /**
     * Whether the address could be had, now or when whoever has it has gone; it is free again at the end.
     *
     * @throws IOException if it may not be had
     */
    static void test(SocketAddress address) throws IOException {
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

    private static ServerSocketChannel open(SocketAddress address) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(
                address instanceof InetSocketAddress inet
                        ? SocketChannels.family(inet.getAddress())
                        : StandardProtocolFamily.UNIX);
        if (address instanceof InetSocketAddress) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        return channel;
    }

    /** Where it is to listen. */
    SocketAddress address() {
        return serving.endpoint.address();
    }

    /**
     * Listens; connections wait until they are accepted.
     *
     * @throws IOException if the address is taken, or may not be had
     */
    void bind() throws IOException {
        SocketAddress address = address();
        ServerSocketChannel channel = open(address);
        try {
            if (address instanceof UnixDomainSocketAddress unix && HAS_DIED) {
                // the socket of the process that this one stands in for, which had no time to remove it
                Files.deleteIfExists(unix.getPath());
            }
            channel.bind(address, serving.endpoint.backlog());
            bound = channel.getLocalAddress();
            if (bound instanceof UnixDomainSocketAddress unix) {
                // nginx lets everybody in
                Files.setPosixFilePermissions(unix.getPath(), PosixFilePermissions.fromString("rw-rw-rw-"));
            }
            socket = channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Begins to accept connections on the socket that it has, unless it does already. */
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
                // the peer had gone before its address could be asked for
                IoUtils.safeClose(connection);
                return;
            }
            if (peer.getAddress() instanceof Inet4Address && !(inet.getAddress() instanceof Inet4Address)) {
                Listener other = ipv4;
                if (other != null) {
                    other.open(connection);
                } else if (serving.endpoint.takesIpv4()) {
                    open(connection);
                } else {
                    // "listen [::]:80" alone is for IPv6 alone
                    IoUtils.safeClose(connection);
                }
                return;
            }
        }
        open(connection);
    }

    private void open(StreamConnection connection) {
        Serving then = serving;
        ClientConnection client = owner.opened(connection, this, then);
        if (client == null) {
            return;
        }
        Configuration.Endpoint now = then.endpoint;
        if (now.tls() == null && !now.proxyProtocol()) {
            owner.ready(client, null, connection, http);
            return;
        }
        Opening.read(client, now.proxyProtocol(), (header, isTls) -> {
            if (now.tls() == null || !isTls) {
                owner.ready(client, header, connection, http);
            } else if (owner.openedTls(connection)) {
                owner.ready(client, header, encrypted(connection, now.tls()), http);
            }
        });
    }

    private StreamConnection encrypted(StreamConnection connection, Configuration.EndpointTls tls) {
        return new TlsConnection(
                connection, TlsConnection.server(tls.context()), tls.protocols(), parameters -> {}, owner::tlsFailed);
    }

    /** Stops listening; connections that there are go on with the request that is under way, and with no other. */
    void close() {
        release();
        serving = new Serving(serving.configuration, serving.endpoint, new Object());
        if (carrier != null) {
            carrier.ipv4 = null;
            carrier = null;
        }
        if (ipv4 != null) {
            ipv4.carrier = null;
            ipv4 = null;
        }
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
