package hopyard.proxy.exchange;

import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.LogWriter;
import io.undertow.server.ExchangeCompletionListener.NextListener;
import org.xnio.XnioIoThread;

/**
 * What a connection that ends with an exchange waits for: then the client can tell from its end that the work behind
 * its response is done, too, as in nginx. Belongs to the exchange's I/O thread.
 */
final class ConnectionHold {

    /** How long the log's lines are waited for, in ms: a disk that stalls holds nobody up for longer. */
    private static final long LOG_MILLIS = 100;

    private int holds;
    /** Lets the connection end; {@code null} as long as the exchange goes on. */
    private NextListener end;

    /** Holds the connection until the returned task is run. */
    Runnable take() {
        holds++;
        return this::release;
    }

    /** Holds the connection until the lines that have been logged so far are written. */
    void untilLogged(XnioIoThread thread) {
        Runnable release = take();
        Deadline latest = new Deadline(thread, release);
        latest.set(LOG_MILLIS);
        LogWriter.whenWritten(() -> thread.execute(() -> {
            if (latest.isSet()) {
                latest.close();
                release.run();
            }
        }));
    }

    /** Lets the connection of an exchange that is over end, as soon as nothing holds it. */
    void proceed(NextListener next) {
        if (holds == 0) {
            next.proceed();
        } else {
            end = next;
        }
    }

    private void release() {
        holds--;
        if (holds == 0 && end != null) {
            end.proceed();
        }
    }
}
