package hopyard.backend;

import com.sun.management.UnixOperatingSystemMXBean;
import hopyard.http.server.HttpConnection;
import hopyard.http.server.HttpListener;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;

/**
 * All connections. Their number is limited. When all are in use, a new one takes the place of one that is idle, or of
 * one whose client does not take its answer. So a new client is always heard.
 */
final class Clients implements HttpHandler, ChannelListener<StreamConnection> {

    /** The most connections: more than Places has, so that there is always one that is idle or soon over. */
    private static final int MAX_CONNECTIONS = 4096;

    /** Files that are no connections: the jars, the listening socket, what is served from a file. */
    private static final long OTHER_FILES = 512;

    /** How many bytes of a head nobody counts. */
    private static final int USUAL_HEAD = 4 << 10;

    /** The strings and maps made from a head take about this many times its length. */
    private static final int HEAD_FACTOR = 3;

    /**
     * How long, in s, something that should take no time may take before its connection may be closed for a new one.
     */
    private static final long MAX_BRIEF_SECONDS = 2;

    private final Map<XnioIoThread, Map<StreamConnection, Client>> byThread = new HashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong serials = new AtomicLong();
    private final int max = maxConnections();
    private final HttpListener http;
    private final Serving serving;
    private final Consumer<String> log;
    private final HttpHandler next;
    private volatile boolean isEnding;

    /**
     * @param log takes lines of the log
     */
    Clients(XnioWorker worker, HttpListener http, Serving serving, Consumer<String> log, HttpHandler next) {
        this.http = http;
        this.serving = serving;
        this.log = log;
        this.next = next;
        // everything else that is held leaves room for all connections
        HeldMemory.hold((long) max * HeldMemory.CONNECTION);
        for (int i = 0; i < worker.getIoThreadCount(); i++) {
            XnioIoThread thread = worker.getIoThread(i);
            Map<StreamConnection, Client> clients = new HashMap<>();
            byThread.put(thread, clients);
            thread.executeAtInterval(() -> closeStuck(clients), 1, TimeUnit.SECONDS);
        }
    }

    /**
     * Returns the most connections: fewer if there are few files, or if {@link #MAX_CONNECTIONS} would take five
     * sixteenths of the heap.
     */
    private static int maxConnections() {
        long max = Math.min(MAX_CONNECTIONS, Runtime.getRuntime().maxMemory() / 16 * 5 / HeldMemory.CONNECTION);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            max = Math.min(max, Math.max(OTHER_FILES, system.getMaxFileDescriptorCount() - OTHER_FILES));
        }
        return (int) max;
    }

    /** A connection has been accepted. */
    @Override
    public void handleEvent(StreamConnection channel) {
        Map<StreamConnection, Client> clients = byThread.get(channel.getIoThread());
        if (count.get() >= max && !makeRoom(clients) || BufferPool.isNearlyEmpty()) {
            IoUtils.safeClose(channel);
            return;
        }
        Client client = new Client(channel, serials.incrementAndGet(), serving);
        count.incrementAndGet();
        clients.put(channel, client);
        http.handleEvent(channel);
        ChannelListener<? super StreamConnection> inner = channel.getCloseListener();
        channel.setCloseListener(closed -> {
            forget(clients, client);
            if (inner != null) {
                inner.handleEvent(closed);
            }
        });
        if (!channel.isOpen()) {
            forget(clients, client);
        }
    }

    /** From now on, each response is the last on its connection. */
    void endAll() {
        isEnding = true;
    }

    /** Completes with whether no request is under way, when each thread has looked. */
    CompletableFuture<Boolean> areIdle() {
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
        for (Map.Entry<XnioIoThread, Map<StreamConnection, Client>> each : byThread.entrySet()) {
            all = all.thenCombine(
                    CompletableFuture.supplyAsync(
                            () -> each.getValue().values().stream().allMatch(Client::isIdle), each.getKey()),
                    Boolean::logicalAnd);
        }
        return all;
    }

    /** Gives back the memory that was reserved for connections. */
    void close() {
        HeldMemory.free((long) max * HeldMemory.CONNECTION);
    }

    private void forget(Map<StreamConnection, Client> clients, Client client) {
        if (clients.remove(client.channel) != null) {
            count.decrementAndGet();
            client.closed();
        }
    }

    /** Closes a connection that nobody will miss; false if this thread has none. */
    private static boolean makeRoom(Map<StreamConnection, Client> clients) {
        long now = System.nanoTime();
        Client idle = null;
        Client slow = null;
        for (Client client : clients.values()) {
            if (client.isIdle()) {
                idle = client.longer(idle);
            } else if (client.isSlow(now, MAX_BRIEF_SECONDS)) {
                slow = client.longer(slow);
            }
        }
        Client least = idle == null ? slow : idle;
        if (least != null) {
            least.close();
        }
        return least != null;
    }

    private void closeStuck(Map<StreamConnection, Client> clients) {
        long now = System.nanoTime();
        // closing a connection removes it from the map
        for (Client client : clients.values().toArray(Client[]::new)) {
            if (client.isWorkerTimeout(now)) {
                // gunicorn's words
                log.accept("[CRITICAL] WORKER TIMEOUT");
                client.abort();
            } else if (client.isStuck(now)) {
                client.close();
            }
        }
    }

    /** Takes a request that has come on one of the connections. */
    @Override
    public void handleRequest(HttpServerExchange exchange) {
        Client client = Client.of(exchange);
        if (client == null) {
            StreamConnection channel = ((HttpConnection) exchange.getConnection()).getChannel();
            client = byThread.get(exchange.getIoThread()).get(channel);
            exchange.getConnection().putAttachment(Client.KEY, client);
        }
        Client of = client;
        of.begin(exchange);
        if (!serving.keepsConnections() || isEnding) {
            exchange.setPersistent(false);
        }
        exchange.addExchangeCompleteListener((ended, proceed) -> {
            if (ended.isInIoThread()) {
                of.end();
            } else {
                ended.getIoThread().execute(of::end);
            }
            proceed.proceed();
        });
        long head = headLength(exchange);
        if (head > USUAL_HEAD && !client.hold(HEAD_FACTOR * head)) {
            Respond.tooMuch(exchange, "the memory for request headers is used up");
            return;
        }
        client.run(() -> next.handleRequest(exchange));
    }

    private static long headLength(HttpServerExchange exchange) {
        long length =
                exchange.getRequestURI().length() + exchange.getQueryString().length();
        for (var values : exchange.getRequestHeaders()) {
            for (int i = 0; i < values.size(); i++) {
                length += values.get(i).length() + 32L;
            }
        }
        return length;
    }
}
