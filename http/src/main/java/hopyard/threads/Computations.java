package hopyard.threads;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * An I/O thread's tasks that each take as long as serving many connections does, such as the handshakes of TLS. A few
 * of them run before the connections have had their next turn: by turns the one that has waited longest, and the one
 * that was added last, so that who has just come does not wait for thousands that came together. Those for clients that
 * took their time, or do not say what is expected, stand in a line of their own, which has one in a turn: thousands of
 * clients that wait until all of them can be computed for at once are in nobody's way.
 */
public final class Computations {

    /** How many may run in a turn that serves few connections. */
    private static final int MIN = 2;

    private final Consumer<Runnable> soon;
    private final Runnable wakeup;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Queue<Runnable> late = new ArrayDeque<>();
    private int most = MIN;
    private boolean haveRun;

    /**
     * @param soon has a task run by the thread before it waits for connections again
     * @param wakeup has the thread not wait when it looks for connections next
     */
    public Computations(Consumer<Runnable> soon, Runnable wakeup) {
        this.soon = soon;
        this.wakeup = wakeup;
    }

    private boolean isEmpty() {
        return waiting.isEmpty() && late.isEmpty();
    }

    /**
     * Adds a task.
     *
     * @param isLate whether it is for a client that took its time, or does not say what is expected
     */
    public void add(Runnable task, boolean isLate) {
        if (isEmpty()) {
            soon.accept(this::run);
        }
        (isLate ? late : waiting).add(task);
    }

    private void run() {
        haveRun = true;
        try {
            for (int i = 0; i < most && !waiting.isEmpty(); i++) {
                (i % 2 == 0 ? waiting.removeFirst() : waiting.removeLast()).run();
            }
            if (!late.isEmpty()) {
                late.remove().run();
            }
        } finally {
            if (!isEmpty()) {
                wakeup.run();
            }
        }
    }

    /**
     * A new turn begins: some of those that are left run when the connections have had theirs.
     *
     * @param more how many more run as it takes long anyway
     */
    public void turn(int more) {
        most = MIN + more;
        if (!isEmpty()) {
            soon.accept(this::run);
        }
    }

    /** Whether some have run since this was asked last. */
    public boolean haveRun() {
        boolean had = haveRun;
        haveRun = false;
        return had;
    }
}
