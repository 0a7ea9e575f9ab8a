package hopyard.proxy.exchange;

import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;

/**
 * How long a client may take nothing of a response, which is {@code send_timeout}. As long as the response waits for
 * something else than its client there is no deadline.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#send_timeout">nginx: send_timeout</a>
 */
public final class SendDeadline {

    private final Exchange exchange;
    private final Deadline deadline;

    /**
     * @param onPassed runs on the exchange's I/O thread when the deadline passes, after that has been logged
     */
    public SendDeadline(Exchange exchange, Runnable onPassed) {
        this.exchange = exchange;
        deadline = new Deadline(exchange.ioThread(), () -> {
            exchange.log(ErrorLog.Level.INFO, "client timed out (110: Connection timed out)");
            exchange.ending().interrupt(Why.CLIENT_TIMEOUT);
            onPassed.run();
        });
    }

    /** Begins the time anew: the client has just taken something, or is waited for from now on. */
    public void restart() {
        deadline.set(exchange.response().isHeldBack() ? 0 : exchange.core().sendTimeout());
    }

    /** Takes the deadline back: the client has taken all that there is. */
    public void clear() {
        deadline.clear();
    }

    /** Takes the deadline back for good, and frees its timer. */
    public void close() {
        deadline.close();
    }
}
