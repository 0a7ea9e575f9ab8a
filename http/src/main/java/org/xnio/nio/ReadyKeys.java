package org.xnio.nio;

import hopyard.threads.Computations;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Queue;
import java.util.Set;
import org.jboss.logging.Logger;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;

/**
 * The order in which an I/O thread serves its ready connections: the order in which the system reports them, first
 * come, first served. Connections that send a request a few bytes at a time, or are in the handshake of TLS, are served
 * after the others, and only {@value #MAX_LAST} of them before the thread looks at the others again. So a whole request
 * never waits for all of these pieces, however many there are. If there are more, half of those served are the ones
 * that became ready last: who has just come does not wait for thousands that came together.
 *
 * <p>A listening socket has its turn after the connections. It may be reported before one that became ready earlier:
 * the system keeps it among the ready ones while it looks whether more connections wait. A client that closes one
 * connection and opens another would find the first one still counted.
 *
 * <p>The JDK keeps ready keys in a hash set. Its order has nothing to do with arrival and is always the same: a
 * connection that comes last in it waits for all the others each time, which makes the slowest requests slower. There
 * is no public way to change that, so this class sets a field of the JDK. The jar's manifest opens the package for it
 * ({@code Add-Opens}).
 */
public final class ReadyKeys extends AbstractSet<SelectionKey> {

    /**
     * Few enough that the others hardly wait, but enough that serving them costs more than looking anew at those left
     * over.
     */
    private static final int MAX_LAST = 64;

    /** How many tasks that make others wait run before the selector is asked what else is ready. */
    private static final int MAX_TASKS = 8;

    /** For how many connections and tasks of a turn one more connection is accepted, and one more computed for. */
    private static final int SERVED_FOR_ONE = 16;

    private final Queue<Runnable> later = new ArrayDeque<>();
    private final Computations computations;
    private final WorkerThread thread;
    private int tasks;
    /**
     * Whether many are served after the others in this turn, or some have begun a handshake or were computed for since
     * the one before.
     */
    private boolean takesLong;

    private boolean handshakesBegan;
    /** How many connections, and tasks that make others wait, have their turn before the listening sockets. */
    private int served;
    /** Connections, listening sockets, and connections that are served after the others. */
    private final Line first = new Line();

    private final Line listening = new Line();
    private final Line last = new Line();

    private ReadyKeys(WorkerThread thread) {
        this.thread = thread;
        computations = new Computations(thread::queueTask, thread.getSelector()::wakeup);
    }

    /** Installs this order on each of a worker's I/O threads. Where the JDK's package is not open, nothing changes. */
    public static void serveInOrder(XnioWorker worker) {
        for (int i = 0; i < worker.getIoThreadCount(); i++) {
            WorkerThread thread = (WorkerThread) worker.getIoThread(i);
            thread.execute(() -> install(thread));
        }
    }

    /**
     * Sets whether a connection is served after the others. Must be called on the connection's I/O thread. It has no
     * effect on a connection that is not XNIO's own, such as one with TLS in between.
     */
    public static void serveLast(StreamConnection connection, boolean isLast) {
        if (connection instanceof NioSocketStreamConnection socket) {
            socket.getConduit().isLast = isLast;
        }
    }

    /**
     * Has a connection that begins with a handshake served after the others, until {@link #serveLast} says that it is
     * over. Must be called on the connection's I/O thread.
     */
    public static void beginHandshake(StreamConnection connection) {
        serveLast(connection, true);
        WorkerThread thread = (WorkerThread) connection.getIoThread();
        if (thread.getSelector().selectedKeys() instanceof ReadyKeys keys) {
            keys.handshakesBegan = true;
        }
    }

    /**
     * Runs a task soon on the current I/O thread, but only {@value #MAX_TASKS} such tasks before other connections have
     * had their turn. XNIO alone would run tasks until none is left, and look at no connection meanwhile: a client
     * whose requests came together, so that each task leads to the next, would keep all others waiting.
     */
    public static void executeInTurn(XnioIoThread current, Runnable task) {
        WorkerThread thread = (WorkerThread) current;
        if (thread.getSelector().selectedKeys() instanceof ReadyKeys keys) {
            keys.executeInTurn(task);
        } else {
            thread.execute(task);
        }
    }

    private void executeInTurn(Runnable task) {
        if (tasks < MAX_TASKS && later.isEmpty()) {
            tasks++;
            thread.queueTask(task);
        } else {
            later.add(task);
            // the next select does not block
            thread.getSelector().wakeup();
        }
    }

    /**
     * Runs a task that takes as long as serving many connections does, soon, on the current I/O thread: in turns with
     * the connections, and with its like.
     *
     * @param isLate whether it is for a client that took its time, or does not say what is expected: then those for
     *     others do not wait for it
     */
    public static void computeInTurn(XnioIoThread current, Runnable task, boolean isLate) {
        WorkerThread thread = (WorkerThread) current;
        if (thread.getSelector().selectedKeys() instanceof ReadyKeys keys) {
            keys.computations.add(task, isLate);
        } else {
            thread.execute(task);
        }
    }

    /** Runs some of the tasks that had to wait, after the other connections have had their turn. */
    private void turn() {
        computations.turn(served / SERVED_FOR_ONE);
        for (tasks = 0; tasks < MAX_TASKS && !later.isEmpty(); tasks++) {
            thread.queueTask(later.remove());
        }
        if (!later.isEmpty()) {
            thread.getSelector().wakeup();
        }
    }

    /**
     * Returns how many connections a listening socket may accept in its turn: one, and one more for each
     * {@value #SERVED_FOR_ONE} that have been served in it. A turn that serves hundreds takes long, and with one at a
     * time the system's queue of connections to accept would be full meanwhile: it drops those that come then, and
     * their clients ask again after a second.
     */
    static int acceptable(WorkerThread thread) {
        return thread.getSelector().selectedKeys() instanceof ReadyKeys keys ? 1 + keys.served / SERVED_FOR_ONE : 1;
    }

    /** Whether a turn takes long for its size: it has handshakes, or serves many after the others. */
    static boolean takesLong(WorkerThread thread) {
        return thread.getSelector().selectedKeys() instanceof ReadyKeys keys && keys.takesLong;
    }

    private static void install(WorkerThread thread) {
        Selector selector = thread.getSelector();
        try {
            Class<?> type = Class.forName("sun.nio.ch.SelectorImpl");
            Field own = type.getDeclaredField("selectedKeys");
            Field seen = type.getDeclaredField("publicSelectedKeys");
            own.setAccessible(true);
            seen.setAccessible(true);
            Set<SelectionKey> keys = new ReadyKeys(thread);
            own.set(selector, keys);
            seen.set(selector, keys);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            // the JDK has changed, or the start did without the manifest: the JDK's own set does the same work
            Logger.getLogger(ReadyKeys.class).debugf("Ready keys stay in the order of the JDK's set: %s", e);
        }
    }

    @Override
    public boolean add(SelectionKey key) {
        NioHandle handle = (NioHandle) key.attachment();
        if (handle == null) {
            first.add(key);
            return true;
        }
        if (handle.isListed) {
            return false;
        }
        handle.isListed = true;
        lineOf(handle).add(key);
        return true;
    }

    private Line lineOf(NioHandle handle) {
        return handle.isLast ? last : handle.isListening ? listening : first;
    }

    @Override
    public boolean contains(Object key) {
        NioHandle handle = (NioHandle) ((SelectionKey) key).attachment();
        return handle != null && handle.isListed;
    }

    /** Removes a key that was cancelled after it was found ready. The selector does so before it looks again. */
    @Override
    public boolean remove(Object key) {
        NioHandle handle = (NioHandle) ((SelectionKey) key).attachment();
        if (handle != null && !handle.isListed || !first.remove(key) && !listening.remove(key) && !last.remove(key)) {
            return false;
        }
        if (handle != null) {
            handle.isListed = false;
        }
        return true;
    }

    /** Returns how many keys are served now. */
    @Override
    public int size() {
        return first.size + listening.size + Math.min(last.size, MAX_LAST);
    }

    /** Returns the keys that are served now, in the order in which they are served. */
    @Override
    public <T> T[] toArray(T[] into) {
        int size = size();
        T[] keys = into.length < size ? Arrays.copyOf(into, size) : into;
        System.arraycopy(first.keys, 0, keys, 0, first.size);
        System.arraycopy(listening.keys, 0, keys, first.size, listening.size);
        int before = first.size + listening.size;
        served = size - listening.size + tasks;
        int lasts = size - before;
        takesLong = computations.haveRun() || handshakesBegan || lasts >= SERVED_FOR_ONE;
        handshakesBegan = false;
        int newest = last.size > lasts ? lasts / 2 : 0;
        System.arraycopy(last.keys, 0, keys, before, lasts - newest);
        System.arraycopy(last.keys, last.size - newest, keys, size - newest, newest);
        return keys;
    }

    /** Forgets all keys. The system reports those again that were not served. */
    @Override
    public void clear() {
        first.clear();
        listening.clear();
        last.clear();
        turn();
    }

    @Override
    public Iterator<SelectionKey> iterator() {
        return Arrays.asList(toArray(new SelectionKey[0])).iterator();
    }

    /** Keys in the order in which they were added. */
    private static final class Line {
        private SelectionKey[] keys = new SelectionKey[64];
        private int size;

        void add(SelectionKey key) {
            if (size == keys.length) {
                keys = Arrays.copyOf(keys, 2 * size);
            }
            keys[size++] = key;
        }

        boolean remove(Object key) {
            int at = Arrays.asList(keys).subList(0, size).indexOf(key);
            if (at < 0) {
                return false;
            }
            System.arraycopy(keys, at + 1, keys, at, size - at - 1);
            keys[--size] = null;
            return true;
        }

        void clear() {
            for (int i = 0; i < size; i++) {
                NioHandle handle = (NioHandle) keys[i].attachment();
                if (handle != null) {
                    handle.isListed = false;
                }
                keys[i] = null;
            }
            size = 0;
        }
    }
}
