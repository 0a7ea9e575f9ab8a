package org.xnio.nio;

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
 * The order in which an I/O thread serves connections that have something for it: that in which the system reports them,
 * first come, first served. But those that send a request by a few bytes at a time have their turn after the others, and only
 * {@value #MAX_LAST} of them before the others are looked at again: however many there are, a whole request does not
 * wait for all of their pieces.
 *
 * <p>The JDK keeps ready keys in a hash set, which brings them into an order of its own, and always the same: what comes
 * last in it waits for everything else each time, and the slowest requests are slower for that. There is no public way to
 * change it, so a field of the JDK is set, for which the jar's manifest opens the package ({@code Add-Opens}).
 */
public final class ReadyKeys extends AbstractSet<SelectionKey> {

    /** Few enough that the others hardly wait; so many that looking anew at all that are left costs less than serving them. */
    private static final int MAX_LAST = 64;

    /** How many tasks that make others wait are run before the selector is asked what else is ready. */
    private static final int MAX_TASKS = 8;

    private final Queue<Runnable> later = new ArrayDeque<>();
    private final WorkerThread thread;
    private int tasks;
    private SelectionKey[] first = new SelectionKey[64];
    private int firsts;
    private SelectionKey[] last = new SelectionKey[64];
    private int lasts;

    private ReadyKeys(WorkerThread thread) {
        this.thread = thread;
    }

    /** Does so on each of a worker's I/O threads; where the JDK is closed, nothing changes. */
    public static void serveInOrder(XnioWorker worker) {
        for (int i = 0; i < worker.getIoThreadCount(); i++) {
            WorkerThread thread = (WorkerThread) worker.getIoThread(i);
            thread.execute(() -> install(thread));
        }
    }

    /**
     * Whether a connection's events are looked at after the others'. To be called on its I/O thread; a connection that is
     * none of XNIO's own, as with TLS in between, has its turn as always.
     */
    public static void serveLast(StreamConnection connection, boolean isLast) {
        if (connection instanceof NioSocketStreamConnection socket) {
            socket.getConduit().isLast = isLast;
        }
    }

    /**
     * Runs a task soon on the current I/O thread, but only so many of them before other connections have had their turn: XNIO runs
     * what is to be executed until nothing is left, and looks at no connection meanwhile. Who brings about one task by
     * another, as by requests that have come together, would keep all others waiting.
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
            // the next look does not wait
            thread.getSelector().wakeup();
        }
    }

    /** The others have their turn now; after them come those that had to wait. */
    private void turn() {
        for (tasks = 0; tasks < MAX_TASKS && !later.isEmpty(); tasks++) {
            thread.queueTask(later.remove());
        }
        if (!later.isEmpty()) {
            thread.getSelector().wakeup();
        }
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
            // a JDK that has changed, or a start without the manifest: its own set does the same work
            Logger.getLogger(ReadyKeys.class).debugf("Ready keys stay in the order of the JDK's set: %s", e);
        }
    }

    @Override
    public boolean add(SelectionKey key) {
        NioHandle handle = (NioHandle) key.attachment();
        if (handle != null) {
            if (handle.isListed) {
                return false;
            }
            handle.isListed = true;
            if (handle.isLast) {
                last = withRoom(last, lasts);
                last[lasts++] = key;
                return true;
            }
        }
        first = withRoom(first, firsts);
        first[firsts++] = key;
        return true;
    }

    private static SelectionKey[] withRoom(SelectionKey[] keys, int used) {
        return used < keys.length ? keys : Arrays.copyOf(keys, 2 * used);
    }

    @Override
    public boolean contains(Object key) {
        NioHandle handle = (NioHandle) ((SelectionKey) key).attachment();
        return handle != null && handle.isListed;
    }

    /** Takes off a key that has been cancelled since it was found ready: the selector does so before it looks again. */
    @Override
    public boolean remove(Object key) {
        NioHandle handle = (NioHandle) ((SelectionKey) key).attachment();
        if (handle != null && !handle.isListed) {
            return false;
        }
        int at = Arrays.asList(first).subList(0, firsts).indexOf(key);
        if (at >= 0) {
            take(first, at, firsts--);
        } else {
            at = Arrays.asList(last).subList(0, lasts).indexOf(key);
            if (at < 0) {
                return false;
            }
            take(last, at, lasts--);
        }
        if (handle != null) {
            handle.isListed = false;
        }
        return true;
    }

    private static void take(SelectionKey[] keys, int at, int used) {
        System.arraycopy(keys, at + 1, keys, at, used - at - 1);
        keys[used - 1] = null;
    }

    /** How many have their turn now. */
    @Override
    public int size() {
        return firsts + Math.min(lasts, MAX_LAST);
    }

    /** Those that have their turn now, in its order. */
    @Override
    public <T> T[] toArray(T[] into) {
        int size = size();
        T[] keys = into.length < size ? Arrays.copyOf(into, size) : into;
        System.arraycopy(first, 0, keys, 0, firsts);
        System.arraycopy(last, 0, keys, firsts, size - firsts);
        return keys;
    }

    /** Forgets them all: of those that had no turn, the system tells again. */
    @Override
    public void clear() {
        forget(first, firsts);
        forget(last, lasts);
        firsts = 0;
        lasts = 0;
        turn();
    }

    private static void forget(SelectionKey[] keys, int used) {
        for (int i = 0; i < used; i++) {
            NioHandle handle = (NioHandle) keys[i].attachment();
            if (handle != null) {
                handle.isListed = false;
            }
            keys[i] = null;
        }
    }

    @Override
    public Iterator<SelectionKey> iterator() {
        return Arrays.asList(toArray(new SelectionKey[0])).iterator();
    }
}
