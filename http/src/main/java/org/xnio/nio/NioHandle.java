package org.xnio.nio;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;

/**
 * What an I/O thread knows of a channel. This class takes the place of XNIO's own class of the same name. XNIO's class
 * selects once more whenever a channel is closed. Each such select looks at everything that is ready, so closing a
 * thousand connections costs a million looks.
 *
 * <p>Here, the key is only cancelled; the thread's next select, which follows at once, removes it. This class also
 * knows whether the channel is served after the others: see {@link ReadyKeys}.
 *
 * <p>It is found because this module comes before XNIO on the class path.
 */
abstract class NioHandle {

    /** The version of XNIO that the classes here were made for. XNIO's own class has no such field. */
    static final String MADE_FOR = "3.8.16.Final";

    private final WorkerThread workerThread;
    private final SelectionKey selectionKey;

    /** Whether the channel is among the ready ones already. */
    boolean isListed;
    /** Whether the channel is served after the others. */
    boolean isLast;
    /** Whether it is a listening socket. */
    boolean isListening;

    protected NioHandle(WorkerThread workerThread, SelectionKey selectionKey) {
        this.workerThread = workerThread;
        this.selectionKey = selectionKey;
    }

    void resume(int ops) {
        try {
            if ((selectionKey.interestOps() & ops) != ops) {
                workerThread.setOps(selectionKey, ops);
            }
        } catch (CancelledKeyException e) {
            // the channel is closed, and nothing will be ready there any more
        }
    }

    void wakeup(int ops) {
        workerThread.queueTask(() -> handleReady(ops));
        resume(ops);
    }

    void suspend(int ops) {
        try {
            // every connection comes here when it is closed already, and an exception costs several µs
            if (selectionKey.isValid() && (selectionKey.interestOps() & ops) != 0) {
                workerThread.clearOps(selectionKey, ops);
            }
        } catch (CancelledKeyException e) {
            // the channel is closed meanwhile, and nothing will be ready there any more
        }
    }

    boolean isResumed(int ops) {
        return selectionKey.isValid() && (selectionKey.interestOps() & ops) == ops;
    }

    abstract void handleReady(int ops);

    abstract void forceTermination();

    abstract void terminated();

    WorkerThread getWorkerThread() {
        return workerThread;
    }

    SelectionKey getSelectionKey() {
        return selectionKey;
    }

    void cancelKey(boolean block) {
        if (Thread.currentThread() == workerThread) {
            selectionKey.cancel();
        } else {
            workerThread.cancelKey(selectionKey, block);
        }
    }
}
