package hopyard.backend;

import hopyard.backend.database.Caller;
import hopyard.backend.traces.RequestSpan;
import hopyard.trace.TraceParent;
import io.undertow.server.HttpServerExchange;

/**
 * A request that waits for the database, whose threads do the work. The client may leave in the meantime; the database
 * goes on all the same, as it does with Django.
 */
final class Asking implements Work {

    /** The longest id of a request that is kept, in characters. */
    private static final int MAX_ID = 128;

    private final HttpServerExchange exchange;
    private final Client client;
    private boolean isOver;

    private Asking(HttpServerExchange exchange) {
        this.exchange = exchange;
        this.client = Client.of(exchange);
    }

    /** Begins to wait; answers 503 and returns {@code null} if there is no place to wait in. */
    static Asking begin(HttpServerExchange exchange, Places places) {
        if (!places.take(exchange)) {
            return null;
        }
        Asking asking = new Asking(exchange);
        asking.client.work(asking);
        asking.client.watch();
        return asking;
    }

    /** Ends the wait from whatever thread: runs a step on the connection's own, unless the client has left. */
    void then(Client.Step step) {
        exchange.getIoThread().execute(() -> {
            if (!isOver) {
                client.run(() -> {
                    client.work(null);
                    step.run();
                });
            }
        });
    }

    /** Returns what the database is told of a request. */
    static Caller caller(HttpServerExchange exchange) {
        String given = exchange.getRequestHeaders().getFirst("X-Request-ID");
        String id = given == null || given.length() > MAX_ID ? null : given;
        long since = Client.of(exchange).headAt();
        RequestSpan span = exchange.getAttachment(RequestSpan.KEY);
        if (span != null) {
            return new Caller(id, span.traceparent(), since, span.statements());
        }
        TraceParent trace = TraceParent.only(exchange.getRequestHeaders().get(TraceParent.NAME))
                .map(TraceParent::next)
                .orElseGet(TraceParent::start);
        return new Caller(id, trace.toString(), since);
    }

    @Override
    public boolean isStuck(long nanoTime) {
        return false;
    }

    @Override
    public void ended() {
        isOver = true;
    }
}
