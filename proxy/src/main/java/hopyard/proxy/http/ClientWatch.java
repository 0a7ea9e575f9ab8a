package hopyard.proxy.http;

import hopyard.http.server.HttpConnection;
import io.undertow.server.HttpServerExchange;

/**
 * What the server reads from a client's connection while the client waits for its response: that it has gone away, and
 * content that nobody wants. A subrequest has no client of its own.
 */
final class ClientWatch {

    private ClientWatch() {}

    /** See {@link Lifetime#watchClient}. */
    static void start(HttpServerExchange http, Runnable onGone) {
        if (http.getConnection() instanceof HttpConnection connection) {
            connection.watch(onGone);
        }
    }

    /** Watches no more. */
    static void stop(HttpServerExchange http) {
        if (http.getConnection() instanceof HttpConnection connection) {
            connection.unwatch();
        }
    }

    /** Reads the content of the request that is still to come, and drops it. */
    static void discardContent(HttpServerExchange http) {
        if (http.getConnection() instanceof HttpConnection connection) {
            connection.discardContent();
        }
    }
}
