package hopyard.proxy.http;

import hopyard.http.server.HttpConnection;
import hopyard.http.server.HttpListener;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.nio.ReadyKeys;
import org.xnio.ssl.SslConnection;

/**
 * The listening sockets and what is connected to them. A reload swaps the configuration under sockets that stay.
 */
public final class HttpServer implements ServerCounts, Listener.Owner {

    private static final long CACHE_CHECK_SECONDS = 10;

    /** How long the I/O threads have for closing and logging what a drain has not waited for, in ms. */
    private static final long CLOSING_MILLIS = 1000;

    private static final InetAddress ANY4 = any(4);
    private static final InetAddress ANY6 = any(16);

    /** What a buffer for heads and bodies holds, in bytes. */
    public static final int BUFFER = 16 << 10;

    private final XnioWorker worker;
    private final int threads;
    private final ByteBufferPool buffers;
    private final Map<SocketAddress, Listener> listeners = new LinkedHashMap<>();
    private final Map<StreamConnection, ClientConnection> clients = new ConcurrentHashMap<>();
    private final IdleClients idle = new IdleClients(clients.values());
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
        threads = configuration.workers();
        worker = Xnio.getInstance()
                .createWorker(OptionMap.builder()
                        .set(Options.WORKER_NAME, "proxy")
                        .set(Options.WORKER_IO_THREADS, threads)
                        .set(Options.WORKER_TASK_CORE_THREADS, 2)
                        .set(Options.WORKER_TASK_MAX_THREADS, 16)
                        .set(Options.THREAD_DAEMON, true)
                        .getMap());
        ReadyKeys.serveInOrder(worker);
    }

    /** The buffers that heads and bodies pass through, of {@link #BUFFER} bytes each. */
    public static ByteBufferPool newBufferPool() {
        return new BufferPool(BUFFER);
    }

    @Override
    public Configuration configuration() {
        return configuration;
    }

    /** Where the server listens now, with the ports that were given for 0. */
    public Set<InetSocketAddress> boundAddresses() {
        Set<InetSocketAddress> bound = new LinkedHashSet<>();
        for (Listener listener : listeners.values()) {
            if (listener.bound() instanceof InetSocketAddress inet) {
                bound.add(inet);
            }
        }
        return bound;
    }

    private static InetAddress any(int bytes) {
        try {
            return InetAddress.getByAddress(new byte[bytes]);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The port at which an address of the running configuration is listened on, or would be: not 0 if it is. */
    public synchronized int port(InetSocketAddress configured) {
        Listener listener = listeners.get(configured);
        return listener != null && listener.bound() instanceof InetSocketAddress bound
                ? bound.getPort()
                : configured.getPort();
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
     * those that are gone; its zones go on with what those of the one before hold. Requests under way keep the configuration
     * that they began with.
     *
     * @throws ConfException if an address cannot be bound, or a zone cannot go on; everything is as it was then
     */
    public synchronized void use(Configuration next) throws ConfException {
        Map<SocketAddress, Listener> opened = new LinkedHashMap<>();
        Configuration previous = configuration;
        Zones running = previous == next ? null : previous.zones();
        next.zones().check(running);
        for (Configuration.Endpoint endpoint : next.endpoints()) {
            if (!listeners.containsKey(endpoint.address())) {
                opened.put(endpoint.address(), new Listener(next, endpoint, this, buffers, this::handle));
            }
        }
        bind(opened);
        next.zones().use(running);
        configuration = next;
        Map<SocketAddress, Listener> gone = new LinkedHashMap<>(listeners);
        for (Configuration.Endpoint endpoint : next.endpoints()) {
            Listener kept = gone.remove(endpoint.address());
            if (kept != null) {
                kept.use(next, endpoint);
            }
        }
        gone.forEach((address, listener) -> {
            listener.close();
            listeners.remove(address);
        });
        listeners.putAll(opened);
        for (Listener listener : listeners.values()) {
            if (!listener.isBound()) {
                listenAgain(listener);
            }
            listener.accept(worker);
        }
        drainClients();
        startCaches(next);
        next.upstreams()
                .forEach(group -> group.start(worker, message -> next.log().write(ErrorLog.Level.ERROR, message)));
        if (previous != next) {
            previous.upstreams().forEach(UpstreamGroup::retire);
        }
    }

    /** Takes up what caches hold from earlier runs, and clears them now and then, as long as they are in use. */
    private void startCaches(Configuration current) {
        for (CacheZone cache : current.caches()) {
            worker.execute(() -> {
                try {
                    if (!cache.load()) {
                        current.log()
                                .write(
                                        ErrorLog.Level.ALERT,
                                        "could not allocate node in cache keys zone \"" + cache.name() + "\"");
                    }
                } catch (IOException | UncheckedIOException e) {
                    current.log().write(ErrorLog.Level.CRIT, "cache \"" + cache.name() + "\": " + e.getMessage());
                }
                worker.getIoThread().execute(() -> expire(current, cache));
            });
        }
    }

    private void expire(Configuration since, CacheZone cache) {
        if (worker.isShutdown() || configuration != since) {
            return;
        }
        worker.execute(() -> {
            try {
                cache.expire();
            } catch (IOException e) {
                since.log().write(ErrorLog.Level.CRIT, "cache \"" + cache.name() + "\": " + e.getMessage());
            }
        });
        worker.getIoThread().executeAfter(() -> expire(since, cache), CACHE_CHECK_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Whether every address could be bound; one that somebody has at present could be, as {@code nginx -t} sees it.
     *
     * @throws ConfException if one could not
     */
    public static void test(Configuration configuration) throws ConfException {
        for (Configuration.Endpoint endpoint : configuration.endpoints()) {
            try {
                Listener.test(endpoint.address());
            } catch (IOException e) {
                throw cannotBind(endpoint.address(), e);
            }
        }
    }

    private static ConfException cannotBind(SocketAddress address, IOException e) {
        return ConfException.anywhere(
                "bind() to " + Addresses.text(address) + " failed (" + SystemErrors.text(e) + ")");
    }

    private void bind(Map<SocketAddress, Listener> opened) throws ConfException {
        for (Map.Entry<SocketAddress, Listener> each : opened.entrySet()) {
            Listener listener = each.getValue();
            SocketAddress other = otherWildcard(each.getKey());
            Listener beside = opened.getOrDefault(other, listeners.get(other));
            try {
                if (beside == null) {
                    listener.bind();
                } else if (isIpv4(each.getKey())) {
                    beside.takeAlong(listener);
                } else {
                    beside.release();
                    listener.bind();
                    listener.takeAlong(beside);
                }
            } catch (IOException e) {
                unbind(opened);
                throw cannotBind(each.getKey(), e);
            } catch (RuntimeException e) {
                unbind(opened);
                throw e;
            }
        }
    }

    private void unbind(Map<SocketAddress, Listener> opened) {
        opened.values().forEach(Listener::close);
        for (Listener listener : listeners.values()) {
            if (!listener.isBound()) {
                listenAgain(listener);
                listener.accept(worker);
            }
        }
    }

    /** Has a socket bound again that was free for a moment only: to become one with another, or to be by itself again. */
    private void listenAgain(Listener listener) {
        try {
            listener.bind();
        } catch (IOException e) {
            configuration
                    .log()
                    .write(
                            ErrorLog.Level.EMERG,
                            cannotBind(listener.address(), e).getMessage());
        }
    }

    private static boolean isIpv4(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address;
    }

    /** The wildcard of IPv6 with the port of that of IPv4, and the other way round; {@code null} for any other address. */
    private static SocketAddress otherWildcard(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(isIpv4(address) ? ANY6 : ANY4, inet.getPort())
                : null;
    }

    // ---- connections

    @Override
    public ClientConnection opened(StreamConnection connection, Listener listener, Listener.Serving serving) {
        Configuration current = configuration;
        accepted.increment();
        long limit = (long) current.workers() * current.workerConnections();
        idle.makeRoom(limit, current);
        if (clients.size() >= limit) {
            current.log()
                    .write(ErrorLog.Level.ALERT, current.workerConnections() + " worker_connections are not enough");
            IoUtils.safeClose(connection);
            return null;
        }
        if (BufferPool.isNearlyEmpty()) {
            current.log()
                    .write(ErrorLog.Level.ALERT, "memory for buffers is nearly used up: see -Xmx in HOPYARD_JAVA_OPTS");
            IoUtils.safeClose(connection);
            return null;
        }
        ClientConnection client = new ClientConnection(this, serials.incrementAndGet(), connection, listener, serving);
        clients.put(connection, client);
        HeldMemory.hold(client.held());
        connection.setCloseListener(closed -> forget(client));
        if (client.isDraining()) {
            // since it was accepted; who looked through the clients may not have seen this one
            connection.getIoThread().execute(client::drain);
        }
        return client;
    }

    @Override
    public boolean openedTls(StreamConnection connection) {
        if (HeldMemory.hasRoom(TlsConnection.HELD)) {
            return true;
        }
        configuration.log().write(ErrorLog.Level.ALERT, "memory for TLS is used up: see -Xmx in HOPYARD_JAVA_OPTS");
        IoUtils.safeClose(connection);
        return false;
    }

    @Override
    public void tlsFailed(SslConnection connection, boolean inHandshake, IOException reason) {
        ClientConnection client = clients.get(connection);
        if (client != null) {
            client.tlsFailed(inHandshake, reason);
        }
    }

    @Override
    public void ready(ClientConnection client, ProxyProtocol header, StreamConnection connection, HttpListener http) {
        boolean hasBegun = client.isOpening();
        if (hasBegun) {
            StreamConnection accepted = client.channel();
            client.begins(header, connection);
            if (connection != accepted) {
                clients.put(connection, client);
                clients.remove(accepted);
                HeldMemory.hold(TlsConnection.HELD);
            }
        }
        http.handleEvent(connection);
        ChannelListener<? super StreamConnection> inner = connection.getCloseListener();
        connection.setCloseListener(closed -> {
            forget(client);
            if (inner != null) {
                inner.handleEvent(closed);
            }
        });
        if (!connection.isOpen()) {
            forget(client);
        } else if (hasBegun) {
            // what was read of it already is announced by no event
            connection.getSourceChannel().wakeupReads();
            if (client.isDraining()) {
                connection.getIoThread().execute(client::drain);
            }
        }
    }

    private void handle(HttpServerExchange http) {
        ClientConnection client = http.getConnection().getAttachment(ClientConnection.KEY);
        if (client == null) {
            HttpConnection connection = (HttpConnection) http.getConnection();
            client = clients.get(connection.getChannel());
            client.carries(connection);
            connection.putAttachment(ClientConnection.KEY, client);
        }
        Listener.Serving serving = client.serving();
        Exchange exchange = new Exchange(http, client, serving.configuration(), null);
        exchange.lifetime().begin(serving.endpoint().servers());
    }

    /** Stops listening and lets the requests under way finish; connections close as they become idle. */
    public void drain() {
        draining = true;
        closeListeners();
        drainClients();
    }

    /** Has those connections close as they become idle of which no further request is wanted. */
    private void drainClients() {
        for (ClientConnection client : clients.values()) {
            if (client.isDraining()) {
                client.channel().getIoThread().execute(client::drain);
            }
        }
    }

    /**
     * Waits until every connection has closed; those that go on for longer than {@code worker_shutdown_timeout} are closed
     * then, whatever they carry.
     */
    public void awaitDrained() throws InterruptedException {
        long timeout = configuration.shutdownTimeout();
        if (timeout == 0) {
            awaitClosed(Long.MAX_VALUE);
        } else if (!awaitClosed(timeout)) {
            for (StreamConnection client : clients.keySet()) {
                client.getIoThread().execute(() -> IoUtils.safeClose(client));
            }
            awaitClosed(CLOSING_MILLIS);
        }
    }

    /** Whether every connection has closed within so many ms. */
    private boolean awaitClosed(long millis) throws InterruptedException {
        long since = System.nanoTime();
        synchronized (clients) {
            while (!clients.isEmpty()) {
                long left = millis - (System.nanoTime() - since) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                clients.wait(Math.min(left, 1000));
            }
        }
        return true;
    }

    /** Completes when each I/O thread has done what it had at hand: who has been answered before is recorded then. */
    public CompletableFuture<Void> settled() {
        return CompletableFuture.allOf(IntStream.range(0, threads)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {}, worker.getIoThread(i)))
                .toArray(CompletableFuture[]::new));
    }

    /**
     * Requests that have been under way for longer than so many ms, the oldest first, as their I/O threads see them. Looks
     * through the connections: requests themselves tell nobody that they are there.
     *
     * @param most how many at most
     */
    public CompletableFuture<List<Pending>> pending(long millis, int most) {
        long begunBefore = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(millis);
        List<CompletableFuture<Pending>> oldest = clients.values().stream()
                .map(ClientConnection::current)
                .filter(exchange -> exchange != null && exchange.clock().begun() - begunBefore < 0)
                .sorted((a, b) -> Long.compare(a.clock().begun() - b.clock().begun(), 0))
                .limit(2L * most)
                .map(exchange -> CompletableFuture.supplyAsync(
                        () -> Pending.of(exchange, System.nanoTime()),
                        exchange.client().channel().getIoThread()))
                .toList();
        return CompletableFuture.allOf(oldest.toArray(CompletableFuture[]::new))
                .thenApply(done -> oldest.stream()
                        .map(CompletableFuture::join)
                        .filter(Objects::nonNull)
                        .limit(most)
                        .toList());
    }

    /**
     * One of them with its messages; completes with {@code null} if it is under way no more.
     *
     * @param connection its connection's serial number
     * @param request its number on that
     * @param after how many of the kept messages to leave out
     */
    public CompletableFuture<UnderWay> underWay(long connection, long request, int after) {
        Exchange exchange = clients.values().stream()
                .filter(client -> client.serial() == connection)
                .map(ClientConnection::current)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        return exchange == null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.supplyAsync(
                        () -> UnderWay.of(exchange, System.nanoTime(), request, after),
                        exchange.client().channel().getIoThread());
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
            HeldMemory.free(client.held());
        }
        client.closed();
        if (draining && clients.isEmpty()) {
            synchronized (clients) {
                clients.notifyAll();
            }
        }
    }
}
