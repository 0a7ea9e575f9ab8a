package hopyard.proxy.http;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes room where connections run short: those are closed on which nothing is under way, first those whose time is up
 * soonest. So who only sits there keeps nobody out; nginx does the same ({@code ngx_drain_connections}).
 */
final class IdleClients {

    /** Room is made ahead of need, when a sixteenth or less is free: connections close a little later. */
    private static final int RESERVE = 16;

    private static final int MAX_AT_ONCE = 32;

    /** How long nobody is looked for after nobody was found: looking takes a while when there are thousands. */
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Collection<ClientConnection> clients;
    private volatile long foundNoneAt = System.nanoTime() - REST_NANOS;
    private volatile long loggedAt = System.nanoTime() - LOG_NANOS;

    /** @param clients all connections at any time */
    IdleClients(Collection<ClientConnection> clients) {
        this.clients = clients;
    }

    /** The order is that of one moment: it is changed under the hands of who sorts. */
    private record Idle(ClientConnection client, long until) {}

    /** Closes some if not many more than there are may be open; the log hears of it once a second. */
    void makeRoom(long limit, Configuration current) {
        long now = System.nanoTime();
        if (limit - clients.size() > Math.max(1, limit / RESERVE) || now - foundNoneAt < REST_NANOS) {
            return;
        }
        List<Idle> idle = clients.stream()
                .filter(client -> !client.isBusy())
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
        idle.stream()
                .limit(n)
                .map(Idle::client)
                .forEach(client -> client.channel().getIoThread().execute(client::makeRoom));
    }
}
