package hopyard.proxy.io;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The thread that writes all logs, so that no request waits for a disk or for a name server. */
public final class LogWriter {

    private static final ScheduledThreadPoolExecutor THREAD = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "log-writer");
        thread.setDaemon(true);
        return thread;
    });

    static {
        THREAD.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private LogWriter() {}

    /** Has something written, after what was to be written before. */
    public static void run(Runnable task) {
        THREAD.execute(task);
    }

    /** Runs {@code task} when all is written that was to be written so far; at once if nothing is written any more. */
    public static void whenWritten(Runnable task) {
        try {
            THREAD.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Has something written after some time; never, if the process ends before. */
    static void later(long millis, Runnable task) {
        THREAD.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    /** Waits, for 2 s at most, until all lines that were appended to any log are written. No line may follow. */
    public static void flushAll() throws InterruptedException {
        THREAD.shutdown();
        THREAD.awaitTermination(2, TimeUnit.SECONDS);
    }
}
