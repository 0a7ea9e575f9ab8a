package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Serves so many requests at a time. The others wait, in the order in which they came, as requests wait for one of
 * gunicorn's threads. It is for one I/O thread.
 */
final class Turns implements HttpHandler {

    private final Queue<Turn> waiting = new ArrayDeque<>();
    private final HttpHandler next;
    private int free;

    /**
     * @param max how many are served at a time
     */
    Turns(int max, HttpHandler next) {
        free = max;
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        Turn turn = new Turn(exchange);
        if (free > 0) {
            free--;
            turn.client.take(turn);
            next.handleRequest(exchange);
        } else {
            waiting.add(turn);
            turn.client.work(turn);
        }
    }

    /** A request that waits, and then has its turn until it is over. */
    private final class Turn implements Work, Client.Place {

        private final HttpServerExchange exchange;
        private final Client client;
        private boolean isOver;

        Turn(HttpServerExchange exchange) {
            this.exchange = exchange;
            client = Client.of(exchange);
        }

        private void begin() {
            client.work(null);
            client.take(this);
            // whoever has just ended is done with first
            exchange.getIoThread().execute(() -> {
                if (!isOver) {
                    client.run(() -> next.handleRequest(exchange));
                }
            });
        }

        @Override
        public void free() {
            isOver = true;
            Turn following = waiting.poll();
            if (following == null) {
                free++;
            } else {
                following.begin();
            }
        }

        @Override
        public boolean isStuck(long nanoTime) {
            return false;
        }

        /** The connection has ended while the request waited. */
        @Override
        public void ended() {
            waiting.remove(this);
        }
    }
}
