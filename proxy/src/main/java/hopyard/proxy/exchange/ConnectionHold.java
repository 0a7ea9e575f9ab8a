package hopyard.proxy.exchange;

import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.LogWriter;
import io.undertow.server.ExchangeCompletionListener.NextListener;

/**
 * What a connection that ends with an exchange waits for: then the client can tell from its end that the work behind
 * its response is done, too, as in nginx. Belongs to the exchange's I/O thread.
 */
final class ConnectionHold {

    private static final ExchangeKey<ConnectionHold> KEY = new ExchangeKey<>();

    /** How long the log's lines are waited for, in ms: a disk that stalls holds nobody up for longer. */
    private static final long LOG_MILLIS = 100;

    private int holds;
    /** Lets the connection end; {@code null} as long as the exchange goes on. */
    private NextListener end;

    private ConnectionHold() {}

    /** Holds the connection until the returned task is run, if it ends with this exchange. */
    static Runnable take(Exchange exchange) {
        ConnectionHold hold = exchange.get(KEY);
        if (hold == null) {
            hold = new ConnectionHold();
            exchange.put(KEY, hold);
        }
        hold.holds++;
        return hold::release;
    }

    /** Holds the connection until the lines of an exchange that is over are written. */
    static void untilLogged(Exchange exchange) {
        if (exchange.isSubrequest() || exchange.handlers().logs().isEmpty()) {
            return;
        }
        Runnable release = take(exchange);
        Deadline latest = new Deadline(exchange.ioThread(), release);
        latest.set(LOG_MILLIS);
        LogWriter.whenWritten(() -> exchange.ioThread().execute(() -> {
            if (latest.isSet()) {
                latest.close();
                release.run();
            }
        }));
    }

    /** Lets the connection of an exchange that is over go on, or end as soon as nothing holds it. */
    static void proceed(Exchange exchange, NextListener next) {
        ConnectionHold hold = exchange.http().isPersistent() ? null : exchange.get(KEY);
        if (hold == null || hold.holds == 0) {
            next.proceed();
        } else {
            hold.end = next;
        }
    }

    private void release() {
        holds--;
        if (holds == 0 && end != null) {
            end.proceed();
        }
    }
}
