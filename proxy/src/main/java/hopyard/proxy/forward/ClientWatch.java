package hopyard.proxy.forward;

import hopyard.http.server.HttpConnection;
import hopyard.proxy.http.Exchange;

/** Notices a client that goes away while it waits for its response. */
final class ClientWatch {

    private ClientWatch() {}

    /**
     * Starts to watch; the request's body must have been read. A subrequest has no client of its own.
     *
     * @param onGone called once if the client closes or resets its connection
     */
    static void start(Exchange exchange, Runnable onGone) {
        if (exchange.http().getConnection() instanceof HttpConnection connection) {
            connection.watch(onGone);
        }
    }
}
