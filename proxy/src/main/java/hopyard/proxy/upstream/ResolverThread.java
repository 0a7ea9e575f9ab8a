package hopyard.proxy.upstream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** The thread on which all resolvers live: it waits for name servers to answer, and for time to pass. */
final class ResolverThread implements Executor {

    private static final ResolverThread ONLY = new ResolverThread();

    /** Something that is done later, unless it is cancelled before. */
    static final class Timer implements Comparable<Timer> {
        private final long at;
        private Runnable task;

        private Timer(long at, Runnable task) {
            this.at = at;
            this.task = task;
        }

        void cancel() {
            task = null;
        }

        @Override
        public int compareTo(Timer other) {
            return Long.compare(at - other.at, 0);
        }
    }

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private Selector selector;

    private ResolverThread() {}

    static ResolverThread get() {
        return ONLY;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        started().wakeup();
    }

    private synchronized Selector started() {
        if (selector == null) {
            try {
                selector = Selector.open();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread thread = new Thread(this::run, "resolver");
            thread.setDaemon(true);
            thread.start();
        }
        return selector;
    }

    // ---- on the thread

    /** Has a task run after some time. */
    Timer after(long millis, Runnable task) {
        Timer timer = new Timer(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), task);
        timers.add(timer);
        return timer;
    }

    /** Has a task run whenever the channel is ready. */
    SelectionKey register(SelectableChannel channel, int operations, Runnable whenReady) throws IOException {
        channel.configureBlocking(false);
        return channel.register(started(), operations, whenReady);
    }

    private void run() {
        Selector its = started();
        while (true) {
            try {
                its.select(key -> run((Runnable) key.attachment()), untilNext());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                run(task);
            }
            while (!timers.isEmpty() && timers.peek().at - System.nanoTime() <= 0) {
                Timer next = timers.poll();
                if (next.task != null) {
                    run(next.task);
                }
            }
        }
    }

    /** Runs a task. If it fails, that is told, and the others go on. */
    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    /** Returns how long to wait at most, in ms; 0 for no limit. */
    private long untilNext() {
        while (!timers.isEmpty() && timers.peek().task == null) {
            timers.poll();
        }
        if (!tasks.isEmpty()) {
            return 1;
        }
        return timers.isEmpty()
                ? 0
                : Math.max(1, TimeUnit.NANOSECONDS.toMillis(timers.peek().at - System.nanoTime()) + 1);
    }
}
