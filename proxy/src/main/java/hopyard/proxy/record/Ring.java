package hopyard.proxy.record;

import hopyard.proxy.http.LocationSource;
import hopyard.proxy.upstream.PeerSettings;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The last records of one I/O thread: bytes in one array that is written round and round, and an entry for each record
 * that says where it lies. That thread writes without a lock; others copy a record out and then look whether it has been
 * written over meanwhile.
 */
final class Ring {

    /**
     * Where a record lies, and what is kept of it as references, since these objects live as long as their configuration.
     *
     * @param start its position, counted from the first byte ever written
     * @param peers the servers that were tried, in order
     */
    record Entry(
            long id,
            long start,
            int length,
            LocationSource.Server server,
            LocationSource location,
            PeerSettings[] peers) {}

    private final byte[] bytes;
    private final AtomicReferenceArray<Entry> entries;
    /** What lies before this position may be written over. */
    private final AtomicLong valid = new AtomicLong();

    private long end;
    private int next;

    Ring(int capacity, int memory) {
        bytes = new byte[memory];
        entries = new AtomicReferenceArray<>(capacity);
    }

    /** Keeps a record; one that is larger than the whole ring is not kept. */
    void add(RecordWriter record, long id, LocationSource location, PeerSettings[] peers) {
        int length = record.length();
        if (length > bytes.length) {
            return;
        }
        int at = (int) (end % bytes.length);
        Entry oldest = entries.getPlain(next);
        // what is still to be read is at the end of this; twice as much is enough, and stays in the processor's cache
        boolean isFar = oldest != null && at > 2 * (end - oldest.start) + length;
        if (isFar || at + length > bytes.length) {
            // in one piece: from the array's beginning
            end += bytes.length - at;
            at = 0;
        }
        valid.setPlain(end + length - bytes.length);
        // readers must see that a record is going before they can see it changed
        VarHandle.storeStoreFence();
        System.arraycopy(record.bytes(), 0, bytes, at, length);
        entries.setRelease(next, new Entry(id, end, length, location.server(), location, peers));
        next = next + 1 == entries.length() ? 0 : next + 1;
        end += length;
    }

    Entry entry(int i) {
        return entries.getAcquire(i);
    }

    boolean holds(Entry entry) {
        return valid.getOpaque() <= entry.start;
    }

    /** The record of an entry; {@code null} if it has been written over. */
    ExchangeRecord read(Entry entry) {
        if (!holds(entry)) {
            return null;
        }
        byte[] copy = new byte[entry.length];
        System.arraycopy(bytes, (int) (entry.start % bytes.length), copy, 0, copy.length);
        VarHandle.loadLoadFence();
        return holds(entry) ? new RecordReader(copy).read(entry) : null;
    }
}
