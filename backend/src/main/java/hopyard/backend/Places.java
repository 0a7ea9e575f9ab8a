package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests of one kind may be under way at once. Each has a connection, which other clients need, too. When
 * all places are taken, a client is told to come again.
 */
enum Places implements Client.Place {
    WAITING(1536, "requests that wait"),
    QUERIES(256, "requests that ask the database"),
    EVENT_STREAMS(256, "event streams"),
    WEB_SOCKETS(256, "WebSockets"),
    DOWNLOADS(512, "downloads"),
    UPLOADS(512, "requests with content"),
    FILES(256, "files on their way");

    private final AtomicInteger taken = new AtomicInteger();
    private final int max;
    private final String what;

    Places(int max, String what) {
        this.max = max;
        this.what = what;
    }

    private boolean take() {
        if (taken.incrementAndGet() <= max) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    @Override
    public void free() {
        taken.decrementAndGet();
    }

    /**
     * Takes a place until the exchange, or what it becomes, is over. If there is none, it answers 503 and returns
     * false.
     */
    boolean take(HttpServerExchange exchange) {
        if (!take()) {
            Respond.tooMuch(exchange, "there are " + max + " " + what + " already");
            return false;
        }
        Client.of(exchange).take(this);
        return true;
    }

    /** Returns a handler that serves only as many requests at once as there are places. */
    HttpHandler limit(HttpHandler handler) {
        return exchange -> {
            if (take(exchange)) {
                handler.handleRequest(exchange);
            }
        };
    }
}
