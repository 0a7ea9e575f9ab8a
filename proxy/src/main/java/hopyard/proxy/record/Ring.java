package hopyard.proxy.record;

import hopyard.proxy.http.LocationSource;
import hopyard.proxy.upstream.PeerSettings;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Records of one I/O thread that are kept for longer: bytes in one array that is written round and round, and an entry
 * for each record that says where it lies. That thread writes without a lock; others copy a record out and then look
 * whether it has been written over meanwhile.
 */
final class Ring {

    /**
     * Where a record lies, and what is kept of it as references, since these objects live as long as their configuration.
     *
     * @param start its position, counted from the first byte ever written
     * @param peers the servers that were tried, in order
     */
    private record Entry(Ring ring, long id, long start, int length, LocationSource location, PeerSettings[] peers)
            implements Kept {

        @Override
        public ExchangeRecord read() {
            return ring.read(this);
        }
    }

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

    /** Keeps what the slot holds, which has no secrets any more; what is larger than the whole ring is not kept. */
    void add(Slot slot) {
        int length = slot.length();
        if (length > bytes.length) {
            return;
        }
        int at = (int) (end % bytes.length);
        if (at + length > bytes.length) {
            // in one piece: from the array's beginning
            end += bytes.length - at;
            at = 0;
        }
        valid.setPlain(end + length - bytes.length);
        // readers must see that a record is going before they can see it changed
        VarHandle.storeStoreFence();
        System.arraycopy(slot.bytes(), 0, bytes, at, length);
        entries.setRelease(next, new Entry(this, slot.id(), end, length, slot.location(), slot.peers()));
        next = next + 1 == entries.length() ? 0 : next + 1;
        end += length;
    }

    int capacity() {
        return entries.length();
    }

    /** What is kept there; {@code null} for nothing. */
    Kept entry(int i) {
        Entry entry = entries.getAcquire(i);
        return entry != null && holds(entry) ? entry : null;
    }

    private boolean holds(Entry entry) {
        return valid.getOpaque() <= entry.start;
    }

    private ExchangeRecord read(Entry entry) {
        if (!holds(entry)) {
            return null;
        }
        byte[] copy = new byte[entry.length];
        System.arraycopy(bytes, (int) (entry.start % bytes.length), copy, 0, copy.length);
        VarHandle.loadLoadFence();
        return holds(entry) ? new RecordReader(copy).read(entry.id, entry.location, entry.peers) : null;
    }
}
