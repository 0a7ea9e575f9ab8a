package hopyard.proxy.modules;

import hopyard.memory.ZoneMemory;
import hopyard.proxy.exchange.Template;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A {@code limit_conn_zone}: counts the requests of each key that are under way, for as many keys as the zone has room
 * for. Used by all I/O threads. No key is dropped to make room, since each has a request under way.
 */
final class LimitConnZone extends KeyedZone<LimitConnZone> {

    /** The result of {@link #enter}. */
    enum Entry {
        ENTERED,
        TOO_MANY,
        NO_ROOM
    }

    /** The memory that a key takes besides its text, in bytes: its entry and its count. */
    private static final int COUNT = ZoneMemory.CONCURRENT_ENTRY + 16;

    /** The contents that the next configuration takes over. */
    private record Contents(Map<String, Integer> counts, ZoneMemory memory) {}

    private long bound;
    private Contents contents = new Contents(new ConcurrentHashMap<>(), new ZoneMemory(0));

    LimitConnZone(Template key) {
        super("limit_conn_zone", key);
    }

    @Override
    public void takeOver(LimitConnZone running) {
        contents = running.contents;
        bound(bound);
    }

    @Override
    public void bound(long bytes) {
        bound = bytes;
        contents.memory.bound(bytes);
    }

    /** Counts one more request, unless {@code most} are counted already. */
    Entry enter(String value, int most) {
        Entry[] came = new Entry[1];
        contents.counts.compute(value, (v, count) -> {
            int now = count == null ? 0 : count;
            if (now >= most) {
                came[0] = Entry.TOO_MANY;
            } else if (count == null && !contents.memory.take(cost(v))) {
                came[0] = Entry.NO_ROOM;
            } else {
                came[0] = Entry.ENTERED;
                return now + 1;
            }
            return count;
        });
        return came[0];
    }

    void leave(String value) {
        contents.counts.computeIfPresent(value, (v, count) -> {
            if (count > 1) {
                return count - 1;
            }
            contents.memory.free(cost(v));
            return null;
        });
    }

    private static long cost(String value) {
        return COUNT + ZoneMemory.of(value);
    }
}
