package org.xnio.nio;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jboss.logging.Logger;
import org.xnio.XnioWorker;

/**
 * Has I/O threads serve connections in the order in which the system reports their events: first come, first served.
 *
 * <p>The JDK keeps ready keys in a hash set, which brings them into an order of its own, and always the same: what comes
 * last in it waits for everything else each time, and the slowest requests are slower for that. There is no public way to
 * change it, so a field of the JDK is set, for which the jar's manifest opens the package ({@code Add-Opens}).
 */
public final class ReadyKeys {

    private ReadyKeys() {}

    /** Does so on each of a worker's I/O threads; where the JDK is closed, nothing changes. */
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
            Set<SelectionKey> keys = new LinkedHashSet<>();
            own.set(selector, keys);
            seen.set(selector, keys);
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            // a JDK that has changed, or a start without the manifest: its own set does the same work
            Logger.getLogger(ReadyKeys.class).debugf("Ready keys stay in the order of the JDK's set: %s", e);
        }
    }
}
