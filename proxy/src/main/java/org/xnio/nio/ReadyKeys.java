package org.xnio.nio;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jboss.logging.Logger;
import org.xnio.XnioWorker;

/**
 * What a selector has found ready, in the order in which the system reports it: first come, first served.
 *
 * <p>The JDK keeps ready keys in a hash set, which brings them into an order of its own, and always the same: what comes
 * last in it waits for everything else each time, and the slowest requests are slower for that. There is no public way to
 * change it, so a field of the JDK is set, for which the jar's manifest opens the package ({@code Add-Opens}).
 */
public final class ReadyKeys extends AbstractSet<SelectionKey> {

    private SelectionKey[] keys = new SelectionKey[256];
    private int size;

    private ReadyKeys() {}

    /** Has a worker's I/O threads serve connections in the order of their events; where the JDK is closed, nothing changes. */
    public static void serveInOrder(XnioWorker worker) {
        for (int i = 0; i < worker.getIoThreadCount(); i++) {
            WorkerThread thread = (WorkerThread) worker.getIoThread(i);
            thread.execute(() -> install(thread.getSelector()));
        }
    }

    private static void install(Selector selector) {
        try {
            Class<?> type = Class.forName("sun.nio.ch.SelectorImpl");
            Field own = type.getDeclaredField("selectedKeys");
            Field seen = type.getDeclaredField("publicSelectedKeys");
            own.setAccessible(true);
            seen.setAccessible(true);
            ReadyKeys keys = new ReadyKeys();
            own.set(selector, keys);
            seen.set(selector, keys);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            // a JDK that has changed, or a start without the manifest: its own set does the same work
            Logger.getLogger(ReadyKeys.class).debugf("Ready keys stay in the order of the JDK's set: %s", e);
        }
    }

    /** The selector never offers a key twice before the set is cleared, so there is nothing to look for. */
    @Override
    public boolean add(SelectionKey key) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
        }
        keys[size++] = key;
        return true;
    }

    @Override
    public boolean contains(Object key) {
        return false;
    }

    @Override
    public boolean remove(Object key) {
        // a key that was cancelled is found out when its turn comes
        return false;
    }

    @Override
    public void clear() {
        Arrays.fill(keys, 0, size, null);
        size = 0;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T[] toArray(T[] into) {
        if (into.length < size) {
            return (T[]) Arrays.copyOf(keys, size, into.getClass());
        }
        System.arraycopy(keys, 0, into, 0, size);
        if (into.length > size) {
            into[size] = null;
        }
        return into;
    }

    @Override
    public Iterator<SelectionKey> iterator() {
        return List.of(Arrays.copyOf(keys, size)).iterator();
    }

    @Override
    public int size() {
        return size;
    }
}
