package hopyard.backend;

import io.undertow.server.HttpServerExchange;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioExecutor;

/** A request that waits for a while. It needs a timer, and no thread. The timer ends when the client leaves. */
final class Waiting implements Work {

    private final XnioExecutor.Key timer;

    private Waiting(XnioExecutor.Key timer) {
        this.timer = timer;
    }

    /** Waits, and then runs {@code then}; answers 503 instead if there is no place to wait in. */
    static void after(HttpServerExchange exchange, long millis, Client.Step then) {
        if (!Places.WAITING.take(exchange)) {
            return;
        }
        Client client = Client.of(exchange);
        Runnable end = () -> client.run(() -> {
            client.work(null);
            then.run();
        });
        client.work(new Waiting(exchange.getIoThread().executeAfter(end, millis, TimeUnit.MILLISECONDS)));
        client.watch();
    }

    @Override
    public boolean isStuck(long nanoTime) {
        return false;
    }

    @Override
    public void ended() {
        timer.remove();
    }
}
