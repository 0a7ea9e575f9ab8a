package org.xnio.nio;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * An I/O thread's tasks that each take as long as serving many connections does, such as the handshakes of TLS. A few
 * of them run before the connections have had their next turn. Those for clients that took their time stand in a line
 * of their own, which goes on slowly while there are others: thousands of clients that wait until all of them can be
 * computed for at once are in nobody's way.
 */
final class Computations {

    /** How many run in a turn for clients that took no time. */
    private static final int MAX = 2;

    private final WorkerThread thread;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final Queue<Runnable> late = new ArrayDeque<>();
    private boolean haveRun;

    Computations(WorkerThread thread) {
        this.thread = thread;
    }

    private boolean isEmpty() {
        return waiting.isEmpty() && late.isEmpty();
    }

    void add(Runnable task, boolean isLate) {
        if (isEmpty()) {
            thread.queueTask(this::run);
        }
        (isLate ? late : waiting).add(task);
    }

    private void run() {
        haveRun = true;
        for (int i = 0; i < MAX && !waiting.isEmpty(); i++) {
            waiting.remove().run();
        }
        if (!late.isEmpty()) {
            late.remove().run();
        }
        if (!isEmpty()) {
            // the next select does not block
            thread.getSelector().wakeup();
        }
    }

    /** A new turn begins: some of those that are left run when the connections have had theirs. */
    void turn() {
        if (!isEmpty()) {
            thread.queueTask(this::run);
        }
    }

    /** Whether some have run since this was asked last. */
    boolean haveRun() {
        boolean had = haveRun;
        haveRun = false;
        return had;
    }
}
