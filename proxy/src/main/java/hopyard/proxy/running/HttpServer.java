package hopyard.proxy.running;

import hopyard.memory.BufferPool;
import hopyard.proxy.authority.LocalCertificate;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.exchange.Handshake;
import hopyard.proxy.exchange.Lifetime;
import hopyard.proxy.exchange.RequestsUnderWay;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Background;
import hopyard.proxy.server.Clients;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Listener;
import hopyard.proxy.server.ListeningSockets;
import hopyard.proxy.server.ServerCounts;
import hopyard.proxy.server.TlsStart;
import hopyard.proxy.server.Zones;
import hopyard.proxy.upstream.UpstreamGroup;
import io.undertow.connector.ByteBufferPool;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.nio.ReadyKeys;

/**
 * The listening sockets and what is connected to them. A reload swaps the configuration under sockets that stay.
 */
public final class HttpServer {

    /** How long the I/O threads have for closing and logging what a drain has not waited for, in ms. */
    private static final long CLOSING_MILLIS = 1000;

    private final XnioWorker worker;
    private final int threads;
    private final ByteBufferPool buffers;
    private final Clients clients = new Clients(this::configuration, Handshake::terms);
    private final RequestsUnderWay underWay = new RequestsUnderWay(clients.all());
    private final ListeningSockets sockets;
    private final CacheUpkeep caches;
    private volatile Configuration configuration;

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
        sockets = new ListeningSockets(worker, this::configuration);
        caches = new CacheUpkeep(worker, this::configuration);
    }

    /** The buffers that heads and bodies pass through, of {@link Listener#BUFFER} bytes each. */
    public static ByteBufferPool newBufferPool() {
        return new BufferPool(Listener.BUFFER);
    }

    /** What is running now. */
    public Configuration configuration() {
        return configuration;
    }

    /** Where the server listens now, with the ports that were given for 0. */
    public Set<InetSocketAddress> boundAddresses() {
        return sockets.bound();
    }

    /** The port at which an address of the running configuration is listened on, or would be: not 0 if it is. */
    public synchronized int port(InetSocketAddress configured) {
        return sockets.port(configured);
    }

    /** What is counted about the clients' connections. */
    public ServerCounts counts() {
        return clients;
    }

    /** The requests that are under way. */
    public RequestsUnderWay underWay() {
        return underWay;
    }

    /** How many clients are connected. */
    public int connections() {
        return (int) clients.active();
    }

    /** How many requests are under way. */
    public int inFlight() {
        return (int) clients.writing();
    }

    /**
     * Puts a configuration to work: opens the sockets that are new, swaps the servers behind those that stay, closes
     * those that are gone; its zones go on with what those of the one before hold. Requests under way keep the
     * configuration that they began with, for as long as its {@code worker_shutdown_timeout} says.
     *
     * @throws ConfException if an address cannot be bound, a zone cannot go on, or there is no certificate; everything
     *     is as it was then
     */
    public synchronized void use(Configuration next) throws ConfException {
        Configuration previous = configuration;
        Zones running = previous == next ? null : previous.zones();
        next.zones().check(running);
        LocalCertificate.obtain(next);
        Map<SocketAddress, Listener> opened =
                sockets.open(next, endpoint -> new Listener(next, endpoint, clients, buffers, this::handle));
        next.zones().use(running);
        if (previous != next) {
            next.upstreams().forEach(group -> group.takeOver(previous.upstreams()));
        }
        configuration = next;
        TlsStart.begin(next);
        Background.change(previous, next);
        sockets.use(next, opened);
        clients.drain();
        caches.start(next);
        next.upstreams()
                .forEach(group -> group.start(worker, message -> next.log().write(ErrorLog.Level.ERROR, message)));
        if (previous != next) {
            previous.upstreams().forEach(UpstreamGroup::retire);
            if (previous.shutdownTimeout() > 0) {
                long last = clients.handled();
                worker.getIoThread()
                        .executeAfter(
                                () -> clients.endThoseOf(previous, last),
                                previous.shutdownTimeout(),
                                TimeUnit.MILLISECONDS);
            }
        }
    }

    /**
     * Whether every address could be bound, and nobody else has a hand in the certificate for localhost; an address
     * that somebody has at present could be, as {@code nginx -t} sees it.
     *
     * @throws ConfException if not
     */
    public static void test(Configuration configuration) throws ConfException {
        LocalCertificate.test(configuration);
        ListeningSockets.test(configuration);
    }

    private void handle(HttpServerExchange http) {
        Lifetime.begin(http, clients.of(http.getConnection()));
    }

    /** Stops listening and lets the requests under way finish; connections close as they become idle. */
    public void drain() {
        sockets.close();
        clients.drainAll();
    }

    /**
     * Waits until every connection has closed; those that go on for longer than {@code worker_shutdown_timeout} are
     * closed then, whatever they carry.
     */
    public void awaitDrained() throws InterruptedException {
        long timeout = configuration.shutdownTimeout();
        if (timeout == 0) {
            clients.awaitNone(Long.MAX_VALUE);
        } else if (!clients.awaitNone(timeout)) {
            clients.closeInTurn();
            clients.awaitNone(CLOSING_MILLIS);
        }
        // a connection is gone before the request that it carried has ended, which is then to be logged
        settled().completeOnTimeout(null, CLOSING_MILLIS, TimeUnit.MILLISECONDS).join();
    }

    /** Completes when each I/O thread has done what it had at hand: who has been answered before is recorded then. */
    public CompletableFuture<Void> settled() {
        return CompletableFuture.allOf(IntStream.range(0, threads)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {}, worker.getIoThread(i)))
                .toArray(CompletableFuture[]::new));
    }

    /** Stops at once. */
    public void stop() throws InterruptedException {
        sockets.close();
        clients.close();
        configuration.upstreams().forEach(UpstreamGroup::retire);
        worker.shutdownNow();
        Background background = Background.of(configuration);
        if (background != null) {
            background.end();
        }
    }
}
