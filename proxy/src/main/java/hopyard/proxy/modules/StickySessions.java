package hopyard.proxy.modules;

import hopyard.memory.ZoneMemory;
import hopyard.proxy.server.ZoneData;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The zone of a {@code sticky learn}: which server each session belongs to. A session that nobody has used for a while
 * is forgotten, and the one that was used least lately if there is no room. Used by all I/O threads.
 */
final class StickySessions implements ZoneData<StickySessions> {

    private record Session(String server, long usedAt) {}

    /** How large one of these is, in bytes. */
    private static final int SESSION = 24;

    /** The contents that the next configuration takes over; in the order of their use. */
    private static final class Contents {
        private final Map<String, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);
        private final ZoneMemory memory = new ZoneMemory(0);
    }

    private final long timeoutNanos;
    private long bound;
    private Contents contents = new Contents();

    /** @param timeout how long a session is remembered that nobody uses, in ms */
    StickySessions(long timeout) {
        timeoutNanos = timeout * 1_000_000;
    }

    @Override
    public void takeOver(StickySessions running) {
        contents = running.contents;
        bound(bound);
    }

    @Override
    public void bound(long bytes) {
        bound = bytes;
        contents.memory.bound(bytes);
    }

    /** Returns the server of a session; {@code null} if it is not known. */
    String find(String session) {
        Contents its = contents;
        synchronized (its) {
            dropOld(its);
            Session found = its.sessions.get(session);
            // one that was looked for and not used stands behind younger ones
            return found == null || isOld(found, System.nanoTime()) ? null : found.server;
        }
    }

    /** Notes that a session belongs to a server. */
    void learn(String session, String server) {
        Contents its = contents;
        synchronized (its) {
            dropOld(its);
            drop(its, session);
            long cost = cost(session, server);
            while (!its.memory.take(cost)) {
                if (its.sessions.isEmpty()) {
                    return;
                }
                drop(its, its.sessions.keySet().iterator().next());
            }
            its.sessions.put(session, new Session(server, System.nanoTime()));
        }
    }

    /** Notes that a server has answered for a session that is known already. */
    void use(String session, String server) {
        Contents its = contents;
        synchronized (its) {
            if (its.sessions.containsKey(session)) {
                learn(session, server);
            }
        }
    }

    private boolean isOld(Session session, long now) {
        return now - session.usedAt > timeoutNanos;
    }

    private void dropOld(Contents its) {
        long now = System.nanoTime();
        var oldest = its.sessions.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<String, Session> each = oldest.next();
            if (!isOld(each.getValue(), now)) {
                return;
            }
            its.memory.free(cost(each.getKey(), each.getValue().server));
            oldest.remove();
        }
    }

    private static void drop(Contents its, String session) {
        Session dropped = its.sessions.remove(session);
        if (dropped != null) {
            its.memory.free(cost(session, dropped.server));
        }
    }

    private static long cost(String session, String server) {
        return ZoneMemory.LINKED_ENTRY + SESSION + ZoneMemory.of(session) + ZoneMemory.of(server);
    }
}
