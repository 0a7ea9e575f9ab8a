package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.UndertowOptions;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.util.SameThreadExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/**
 * The listening sockets and what is connected to them. A reload swaps the configuration under sockets that stay.
 */
public final class HttpServer implements ServerCounts {

    /** Undertow's own limits are set wide, because the limits are nginx's and {@link Exchange} checks them. */
    private static final OptionMap UNDERTOW_OPTIONS = OptionMap.builder()
            .set(UndertowOptions.DECODE_URL, false)
            .set(UndertowOptions.ALLOW_UNESCAPED_CHARACTERS_IN_URL, true)
            .set(UndertowOptions.MAX_PARAMETERS, 100_000)
            .set(UndertowOptions.MAX_HEADERS, 10_000)
            .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .set(UndertowOptions.ALWAYS_SET_DATE, true)
            .getMap();

    /** One socket that listens, with the servers behind it. */
    private final class Listener {
        private AcceptingChannel<StreamConnection> socket;
        private volatile VirtualServers servers;

        Listener(VirtualServers servers) {
            this.servers = servers;
        }

        void bind(Configuration.Endpoint endpoint) throws IOException {
            HttpOpenListener http = new HttpOpenListener(buffers, UNDERTOW_OPTIONS);
            http.setRootHandler(this::handle);
            ChannelListener<AcceptingChannel<StreamConnection>> acceptor = channel -> {
                try {
                    for (StreamConnection c = channel.accept(); c != null; c = channel.accept()) {
                        opened(c, http);
                    }
                } catch (IOException e) {
                    configuration.log().write(ErrorLog.Level.CRIT, "accept() failed (" + SystemErrors.text(e) + ")");
                }
            };
            OptionMap options = OptionMap.builder()
                    .set(Options.TCP_NODELAY, true)
                    .set(Options.REUSE_ADDRESSES, true)
                    .set(Options.BACKLOG, endpoint.backlog())
                    .getMap();
            socket = worker.createStreamConnectionServer(endpoint.address(), acceptor, options);
            socket.resumeAccepts();
        }

        private void opened(StreamConnection channel, HttpOpenListener http) {
            Configuration current = configuration;
            accepted.increment();
            if (clients.size() >= (long) current.workers() * current.workerConnections()) {
                current.log()
                        .write(
                                ErrorLog.Level.ALERT,
                                current.workerConnections() + " worker_connections are not enough");
                IoUtils.safeClose(channel);
                return;
            }
            if (channel.getPeerAddress() == null) {
                // the peer had gone before its address could be asked for
                IoUtils.safeClose(channel);
                return;
            }
            ClientConnection client = new ClientConnection(
                    HttpServer.this,
                    serials.incrementAndGet(),
                    channel,
                    servers.byDefault().level().core().clientHeaderTimeout,
                    () -> draining);
            clients.put(channel, client);
            http.handleEvent(channel);
            ChannelListener<? super StreamConnection> inner = channel.getCloseListener();
            channel.setCloseListener(closed -> {
                forget(client);
                if (inner != null) {
                    inner.handleEvent(closed);
                }
            });
            if (!channel.isOpen()) {
                forget(client);
            }
        }

        private void handle(HttpServerExchange http) {
            ClientConnection client = http.getConnection().getAttachment(ClientConnection.KEY);
            if (client == null) {
                client = clients.get(((HttpServerConnection) http.getConnection()).getChannel());
                http.getConnection().putAttachment(ClientConnection.KEY, client);
            }
            // a dispatched exchange is not ended when this handler returns, and same-thread dispatch costs nothing
            http.dispatch(SameThreadExecutor.INSTANCE, new Exchange(http, client, configuration, servers));
        }

        void close() {
            IoUtils.safeClose(socket);
        }
    }

    private final XnioWorker worker;
    private final ByteBufferPool buffers;
    private final Map<InetSocketAddress, Listener> listeners = new LinkedHashMap<>();
    private final Map<StreamConnection, ClientConnection> clients = new ConcurrentHashMap<>();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder requestsOfClosed = new LongAdder();
    private final AtomicLong serials = new AtomicLong();
    private volatile Configuration configuration;
    private volatile boolean draining;

    /**
     * Makes the I/O threads; listens on nothing yet.
     *
     * @throws IOException if the threads' selectors cannot be opened
     */
    public HttpServer(Configuration configuration, ByteBufferPool buffers) throws IOException {
        this.configuration = configuration;
        this.buffers = buffers;
        worker = Xnio.getInstance()
                .createWorker(OptionMap.builder()
                        .set(Options.WORKER_NAME, "proxy")
                        .set(Options.WORKER_IO_THREADS, configuration.workers())
                        .set(Options.WORKER_TASK_CORE_THREADS, 2)
                        .set(Options.WORKER_TASK_MAX_THREADS, 16)
                        .set(Options.THREAD_DAEMON, true)
                        .getMap());
    }

    /** The buffers that heads and bodies pass through: direct, 16 KiB each, a few kept per thread. */
    public static ByteBufferPool newBufferPool() {
        return new DefaultByteBufferPool(true, 16 * 1024, 4096, 16, 0);
    }

    /** What is running now. */
    public Configuration configuration() {
        return configuration;
    }

    /** Where the server listens now, with the ports that were given for 0. */
    public Set<InetSocketAddress> boundAddresses() {
        Set<InetSocketAddress> bound = new LinkedHashSet<>();
        for (Listener listener : listeners.values()) {
            bound.add(listener.socket.getLocalAddress(InetSocketAddress.class));
        }
        return bound;
    }

    /** How many clients are connected. */
    public int connections() {
        return clients.size();
    }

    @Override
    public long active() {
        return clients.size();
    }

    @Override
    public long accepted() {
        return accepted.sum();
    }

    @Override
    public long handled() {
        return serials.get();
    }

    @Override
    public long requests() {
        long running =
                clients.values().stream().mapToLong(ClientConnection::requests).sum();
        return running + requestsOfClosed.sum();
    }

    @Override
    public long reading() {
        // Undertow does not tell which connections it has read half a header from: they count as waiting
        return 0;
    }

    @Override
    public long writing() {
        return inFlight();
    }

    @Override
    public long waiting() {
        return Math.max(0, active() - writing());
    }

    /** How many requests are under way. */
    public int inFlight() {
        return (int) clients.values().stream().filter(ClientConnection::isBusy).count();
    }

    /**
     * Puts a configuration to work: opens the sockets that are new, swaps the servers behind those that stay, closes
     * those that are gone. Requests under way keep the configuration that they began with.
     *
     * @throws ConfException if an address cannot be bound; everything is as it was then
     */
    public void use(Configuration next) throws ConfException {
        Map<InetSocketAddress, Listener> opened = new LinkedHashMap<>();
        Configuration previous = configuration;
        for (Configuration.Endpoint endpoint : next.endpoints()) {
            if (!listeners.containsKey(endpoint.address())) {
                Listener listener = new Listener(endpoint.servers());
                try {
                    listener.bind(endpoint);
                } catch (IOException e) {
                    opened.values().forEach(Listener::close);
                    throw ConfException.anywhere("bind() to " + Addresses.text(endpoint.address()) + " failed ("
                            + SystemErrors.text(e) + ")");
                }
                opened.put(endpoint.address(), listener);
            }
        }
        configuration = next;
        Map<InetSocketAddress, Listener> gone = new LinkedHashMap<>(listeners);
        for (Configuration.Endpoint endpoint : next.endpoints()) {
            Listener kept = gone.remove(endpoint.address());
            if (kept != null) {
                kept.servers = endpoint.servers();
            }
        }
        gone.forEach((address, listener) -> {
            listener.close();
            listeners.remove(address);
        });
        listeners.putAll(opened);
        if (previous != next) {
            previous.upstreams().forEach(UpstreamGroup::retire);
        }
    }

    /** Stops listening and lets the requests under way finish; connections close as they become idle. */
    public void drain() {
        draining = true;
        closeListeners();
        for (ClientConnection client : clients.values()) {
            client.channel().getIoThread().execute(client::drain);
        }
    }

    /** Waits until every connection has closed. */
    public void awaitDrained() throws InterruptedException {
        synchronized (clients) {
            while (!clients.isEmpty()) {
                clients.wait(1000);
            }
        }
    }

    /** Stops at once. */
    public void stop() throws InterruptedException {
        closeListeners();
        clients.keySet().forEach(IoUtils::safeClose);
        configuration.upstreams().forEach(UpstreamGroup::retire);
        worker.shutdownNow();
    }

    private void closeListeners() {
        listeners.values().forEach(Listener::close);
        listeners.clear();
    }

    private void forget(ClientConnection client) {
        if (clients.remove(client.channel()) != null) {
            requestsOfClosed.add(client.requests());
        }
        client.closed();
        if (draining && clients.isEmpty()) {
            synchronized (clients) {
                clients.notifyAll();
            }
        }
    }
}
