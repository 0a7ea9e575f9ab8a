package hopyard.proxy.server;

import hopyard.http.server.HttpConnection;
import hopyard.http.server.HttpListener;
import hopyard.http.server.http2.Http2Stream;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.ClientHello;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.TlsTerms;
import io.undertow.server.ServerConnection;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.xnio.ChannelListener;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.ssl.SslConnection;

/** The clients' connections: lets them in as far as there is room, counts them, and has them end. */
public final class Clients implements Listener.Owner, ServerCounts {

    /** Chooses how TLS is spoken with a client. */
    @FunctionalInterface
    public interface Handshakes {
        /**
         * Returns how.
         *
         * @throws SSLException if it is not spoken
         */
        TlsTerms terms(ClientConnection client, ClientHello hello) throws SSLException;
    }

    private final Supplier<Configuration> running;
    private final Handshakes handshakes;
    private final Map<StreamConnection, ClientConnection> clients = new ConcurrentHashMap<>();
    private final IdleClients idle = new IdleClients(clients.values());
    private final LongAdder accepted = new LongAdder();
    private final LongAdder requestsOfClosed = new LongAdder();
    private final AtomicLong serials = new AtomicLong();
    private volatile boolean draining;

    /** @param running what is in use at any time */
    public Clients(Supplier<Configuration> running, Handshakes handshakes) {
        this.running = running;
        this.handshakes = handshakes;
    }

    /** Those that are connected, at any time. */
    public Collection<ClientConnection> all() {
        return clients.values();
    }

    /** Whose connection this is, on which HTTP is spoken. */
    public ClientConnection of(ServerConnection http) {
        ClientConnection client = http.getAttachment(ClientConnection.KEY);
        if (client == null && http instanceof Http2Stream stream) {
            client = ((Http2Client) stream.owner()).stream(stream);
        } else if (client == null) {
            HttpConnection connection = (HttpConnection) http;
            client = clients.get(connection.getChannel());
            client.carries(connection);
            connection.putAttachment(ClientConnection.KEY, client);
        }
        return client;
    }

    // ---- coming

    @Override
    public Configuration configuration() {
        return running.get();
    }

    @Override
    public ClientConnection opened(StreamConnection connection, Listener listener, Serving serving) {
        Configuration current = running.get();
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
        running.get().log().write(ErrorLog.Level.ALERT, "memory for TLS is used up: see -Xmx in HOPYARD_JAVA_OPTS");
        IoUtils.safeClose(connection);
        return false;
    }

    @Override
    public TlsTerms terms(ClientConnection client, ClientHello hello) throws SSLException {
        return handshakes.terms(client, hello);
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
            StreamConnection before = client.channel();
            client.opened(header, connection);
            if (connection != before) {
                clients.put(connection, client);
                clients.remove(before);
                HeldMemory.hold(TlsConnection.HELD);
            }
        }
        Configuration.Endpoint endpoint = client.serving().endpoint();
        Configuration.Http2 http2 = endpoint.http2();
        // where TLS is to be spoken and is not, the client is told so in HTTP/1.1, whatever it speaks
        boolean isWrong = endpoint.tls() != null && !(connection instanceof TlsConnection);
        if (http2 == Configuration.Http2.WITH_NONE || isWrong) {
            speakHttp1(client, connection, http);
        } else {
            connection.setCloseListener(closed -> forget(client));
            client.choosesHttp();
            HttpChoice.make(
                    connection,
                    first -> Http2Client.begin(client, http.buffers(), http.handler(), first),
                    () -> speakHttp1(client, connection, http));
        }
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

    private void speakHttp1(ClientConnection client, StreamConnection connection, HttpListener http) {
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
        }
    }

    // ---- going

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

    /** Has those connections close as they become idle of which no further request is wanted. */
    public void drain() {
        for (ClientConnection client : clients.values()) {
            if (client.isDraining()) {
                client.channel().getIoThread().execute(client::drain);
            }
        }
    }

    /** The same when all of them are to go: {@link #awaitNone} may be called then. */
    public void drainAll() {
        draining = true;
        drain();
    }

    /**
     * Closes connections that go on for what a configuration that is no longer in use has begun, or that were accepted
     * under it and have brought no request since.
     *
     * @param last the serial number of the last connection that was accepted under it
     */
    public void endThoseOf(Configuration former, long last) {
        for (ClientConnection client : clients.values()) {
            if (client.serial() <= last) {
                client.channel().getIoThread().execute(() -> client.endIfOf(former));
            }
        }
    }

    /** Whether every connection has closed within so many ms. */
    public boolean awaitNone(long millis) throws InterruptedException {
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

    /** Closes all of them, whatever they carry, each on its own thread. */
    public void closeInTurn() {
        for (StreamConnection client : clients.keySet()) {
            client.getIoThread().execute(() -> IoUtils.safeClose(client));
        }
    }

    /** Closes all of them at once. */
    public void close() {
        clients.keySet().forEach(IoUtils::safeClose);
    }

    // ---- counts

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
        long ofOpen =
                clients.values().stream().mapToLong(ClientConnection::requests).sum();
        return ofOpen + requestsOfClosed.sum();
    }

    @Override
    public long reading() {
        return clients.values().stream().filter(ClientConnection::isReading).count();
    }

    @Override
    public long writing() {
        return clients.values().stream().flatMap(ClientConnection::underWay).count();
    }

    @Override
    public long waiting() {
        return clients.values().stream()
                .filter(client -> !client.isBusy() && !client.isReading())
                .count();
    }
}
