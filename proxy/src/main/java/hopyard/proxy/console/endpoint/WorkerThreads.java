package hopyard.proxy.console.endpoint;

import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A few threads for one kind of work, and a few places to wait for them: what is more is refused. Each kind has its
 * own, so that none keeps the others waiting. The threads end when there is nothing to do.
 */
public final class WorkerThreads implements Executor {

    private static final int IDLE_SECONDS = 10;

    private final ThreadPoolExecutor threads;
    private final Queue<Runnable> first = new ConcurrentLinkedQueue<>();

    /**
     * @param count how many threads
     * @param waiting how much work may wait for them
     */
    public WorkerThreads(String name, int count, int waiting) {
        BlockingQueue<Runnable> queue = waiting == 0 ? new SynchronousQueue<>() : new LinkedBlockingQueue<>(waiting);
        threads = new ThreadPoolExecutor(count, count, IDLE_SECONDS, TimeUnit.SECONDS, queue, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Has it run.
     *
     * @throws RejectedExecutionException if there is too much to do
     */
    @Override
    public void execute(Runnable work) {
        threads.execute(() -> {
            try {
                runFirst();
            } finally {
                work.run();
            }
        });
    }

    /** Has it run before all that waits, and also if there is too much of that. */
    public void executeFirst(Runnable work) {
        first.add(work);
        try {
            threads.execute(this::runFirst);
        } catch (RejectedExecutionException e) {
            // those who wait are so many that one of them comes soon
            return;
        }
    }

    private void runFirst() {
        for (Runnable work = first.poll(); work != null; work = first.poll()) {
            work.run();
        }
    }
}
