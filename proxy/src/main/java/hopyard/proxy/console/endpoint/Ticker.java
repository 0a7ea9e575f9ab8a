package hopyard.proxy.console.endpoint;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs short work later, or again and again, on one thread for the whole console. */
public final class Ticker {

    private final ScheduledExecutorService thread = thread();
    private final Consumer<String> failures;

    /**
     * @param failures gets what went wrong, in words
     */
    public Ticker(Consumer<String> failures) {
        this.failures = failures;
    }

    private static ScheduledExecutorService thread() {
        ScheduledThreadPoolExecutor ticker = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "console-ticker");
            thread.setDaemon(true);
            return thread;
        });
        // what is taken back must not wait for its time to be forgotten
        ticker.setRemoveOnCancelPolicy(true);
        return ticker;
    }

    /** Runs something once, after a time. */
    public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
        return thread.schedule(work, delay, unit);
    }

    /** Runs something again and again; one time that fails is not the last. */
    public ScheduledFuture<?> every(long millis, Runnable work) {
        return thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
                        failures.accept("the console failed: " + e);
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Runs something as the last thing of all. */
    public void endWith(Runnable work) {
        thread.execute(() -> {
            work.run();
            thread.shutdownNow();
        });
    }
}
