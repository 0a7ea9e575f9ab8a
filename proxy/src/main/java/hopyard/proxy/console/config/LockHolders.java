package hopyard.proxy.console.config;

import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.EventStream;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Reply;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * {@code GET config/lock}: a response that goes on, and is there to end with its client. Who has the lock on the
 * configuration holds one; a browser that is killed says nothing, but its connections end, and the lock a moment after
 * the last of these. A page in the background, whose timers hardly run, holds it as well as another.
 */
public final class LockHolders {

    private static final int MAX_STREAMS = 8;

    /** A connection that was lost may come again: the stream tells browsers to try that at once. */
    private static final long GRACE_MILLIS = 4000;

    private static final String BEGINNING = "retry: 300\n: this holds the lock\n\n";

    private record Held(String token, EventStream stream) {}

    private final ConsoleContext context;
    private final WorkerThreads loaders;
    private final Trials trials;
    private final List<Held> streams = new CopyOnWriteArrayList<>();

    LockHolders(ConsoleContext context, WorkerThreads loaders, Trials trials) {
        this.context = context;
        this.loaders = loaders;
        this.trials = trials;
        context.ticker().every(1000, () -> streams.forEach(held -> held.stream.endIfDraining()));
    }

    /** Answers a request; called on its I/O thread. */
    public void open(Exchange exchange, Reply reply) {
        String token = ConsoleRequest.query(exchange).getOrDefault("token", "");
        if (!has(token)) {
            reply.refuse(new Refusal(409, "this lock has ended: POST config/lock for another one"));
        } else if (streams.size() >= MAX_STREAMS) {
            reply.refuse(Refusal.busy(MAX_STREAMS + " others hold the lock already"));
        } else {
            Held held = new Held(token, new EventStream(exchange, BEGINNING));
            streams.add(held);
            exchange.lifetime().onEnd(() -> ended(held));
            held.stream.open();
            exchange.lifetime().watchClient(exchange.lifetime()::clientClosed);
        }
    }

    private boolean has(String token) {
        ConfigState.Lock lock = trials.now().lock();
        return lock != null && lock.token().equals(token);
    }

    private void ended(Held held) {
        streams.remove(held);
        context.ticker()
                .schedule(() -> loaders.executeFirst(() -> end(held.token)), GRACE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void end(String token) {
        if (has(token) && streams.stream().noneMatch(held -> held.token.equals(token))) {
            context.errorLog().write(ErrorLog.Level.INFO, "who had the console's lock has gone, so it ends");
            trials.endLock();
        }
    }
}
