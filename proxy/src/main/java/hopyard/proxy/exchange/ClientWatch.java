package hopyard.proxy.exchange;

import hopyard.http.server.Carrier;
import io.undertow.server.HttpServerExchange;

/**
 * Reads from a client's connection while the client waits for its response: finds out that the client has gone, and
 * drops content that nobody wants. For a subrequest, which has no client of its own, it does nothing.
 */
final class ClientWatch {

    private ClientWatch() {}

    /** See {@link Lifetime#watchClient}. */
    static void start(HttpServerExchange http, Runnable onGone) {
        if (http.getConnection() instanceof Carrier carrier) {
            carrier.watch(onGone);
        }
    }

    /** Stops watching. */
    static void stop(HttpServerExchange http) {
        if (http.getConnection() instanceof Carrier carrier) {
            carrier.unwatch();
        }
    }

    /** Reads the rest of the request's content, and drops it. */
    static void discardContent(HttpServerExchange http) {
        if (http.getConnection() instanceof Carrier carrier) {
            carrier.discardContent();
        }
    }
}
