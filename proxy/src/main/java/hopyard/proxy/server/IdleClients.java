package hopyard.proxy.server;

import hopyard.proxy.io.ErrorLog;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioIoThread;

/**
 * Makes room when connections run short: closes connections without a request under way, first those that time out
 * soonest. So idle clients keep nobody out. nginx does the same ({@code ngx_drain_connections}).
 */
final class IdleClients {

    /** Room is made early, when a sixteenth or less is free, because a connection is closed with a little delay. */
    private static final int RESERVE = 16;

    private static final int MAX_AT_ONCE = 32;

    /**
     * How long no search is made after one that found nothing: with thousands of connections, a search takes a while.
     */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Collection<ClientConnection> clients;
    private volatile long foundNoneAt = System.nanoTime() - REST_NANOS;
    private volatile long loggedAt = System.nanoTime() - LOG_NANOS;

    /** @param clients a live view of all connections */
    IdleClients(Collection<ClientConnection> clients) {
        this.clients = clients;
    }

    /** A connection and its timeout at one moment: the timeout may change during the sort. */
    private record Idle(ClientConnection client, long until) {}

    /** Closes some connections if the limit is near. Logs this at most once a second. */
    void makeRoom(long limit, Configuration current) {
        long now = System.nanoTime();
        if (limit - clients.size() > Math.max(1, limit / RESERVE) || now - foundNoneAt < REST_NANOS) {
            return;
        }
        List<Idle> idle = clients.stream()
                .filter(client -> !client.isBusy() && client.keptMillis() == 0)
                .map(client -> new Idle(client, client.idleUntil()))
                .sorted(Comparator.comparingLong(Idle::until))
                .toList();
        if (idle.isEmpty()) {
            foundNoneAt = now;
            return;
        }
        if (now - loggedAt >= LOG_NANOS) {
            loggedAt = now;
            current.log()
                    .write(
                            ErrorLog.Level.WARN,
                            current.workerConnections() + " worker_connections are not enough, reusing connections");
        }
        int n = Math.max(1, Math.min(MAX_AT_ONCE, idle.size() / 8));
        idle.stream().limit(n).map(Idle::client).forEach(IdleClients::close);
    }

    private static void close(ClientConnection client) {
        XnioIoThread thread = client.channel().getIoThread();
        if (thread == Thread.currentThread()) {
            // at once: this thread may accept another connection before it runs a task
            client.makeRoom();
        } else {
            thread.execute(client::makeRoom);
        }
    }
}
