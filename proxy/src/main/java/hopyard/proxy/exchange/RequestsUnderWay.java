package hopyard.proxy.exchange;

import hopyard.proxy.server.ClientConnection;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The requests that are under way, as their I/O threads see them. Looks through the connections: requests themselves
 * tell nobody that they are there.
 */
public final class RequestsUnderWay {

    private final Collection<ClientConnection> clients;

    /** @param clients all connections at any time */
    public RequestsUnderWay(Collection<ClientConnection> clients) {
        this.clients = clients;
    }

    private static Exchange exchange(ClientConnection client) {
        return (Exchange) client.current();
    }

    /**
     * Those that have been under way for longer than so many ms, the oldest first.
     *
     * @param most how many at most
     */
    public CompletableFuture<List<Pending>> pending(long millis, int most) {
        long begunBefore = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(millis);
        List<CompletableFuture<Pending>> oldest = clients.stream()
                .flatMap(ClientConnection::underWay)
                .map(RequestsUnderWay::exchange)
                .filter(exchange -> exchange != null && exchange.clock().begun() - begunBefore < 0)
                .sorted((a, b) -> Long.compare(a.clock().begun() - b.clock().begun(), 0))
                .limit(2L * most)
                .map(exchange -> CompletableFuture.supplyAsync(
                        () -> Pending.of(exchange, System.nanoTime()),
                        exchange.client().ioThread()))
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
    public CompletableFuture<UnderWay> find(long connection, long request, int after) {
        Exchange exchange = clients.stream()
                .filter(client -> client.serial() == connection)
                .flatMap(ClientConnection::underWay)
                .filter(client -> client.requests() == request)
                .map(RequestsUnderWay::exchange)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        return exchange == null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.supplyAsync(
                        () -> UnderWay.of(exchange, System.nanoTime(), request, after),
                        exchange.client().ioThread());
    }
}
