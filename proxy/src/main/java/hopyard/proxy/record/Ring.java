package hopyard.proxy.record;

import hopyard.proxy.server.LocationSource;
import hopyard.proxy.tls.TlsFacts;
import hopyard.proxy.upstream.PeerSettings;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The records of one I/O thread that are kept for longer. The bytes are in one array, which is written round and round.
 * An entry for each record says where it lies. The I/O thread writes without a lock. Another thread copies a record,
 * and then checks whether it has been written over meanwhile.
 */
final class Ring {

    /**
     * Where a record lies. The location and the servers are kept as references: they live as long as their
     * configuration. So is what connections share of TLS.
     *
     * @param start the record's position, counted from the first byte ever written
     * @param peers the servers that were tried, in order
     * @param tls see {@link RecordWriter#tls}
     */
    private record Entry(
            Ring ring, long id, long start, int length, LocationSource location, PeerSettings[] peers, TlsFacts[] tls)
            implements KeptRecord {

        @Override
        public ExchangeRecord read() {
            return ring.read(this);
        }
    }

    private final byte[] bytes;
    private final AtomicReferenceArray<Entry> entries;
    /** Records that start before this position may have been written over. */
    private final AtomicLong valid = new AtomicLong();

    private long end;
    private int next;

    Ring(int capacity, int memory) {
        bytes = new byte[memory];
        entries = new AtomicReferenceArray<>(capacity);
    }

    /**
     * Keeps the slot's record, which must have no secrets any more. A record longer than the whole ring is not kept.
     */
    void add(Slot slot) {
        int length = slot.length();
        if (length > bytes.length) {
            return;
        }
        int at = (int) (end % bytes.length);
        if (at + length > bytes.length) {
            // a record lies in one piece: this one goes to the beginning of the array
            end += bytes.length - at;
            at = 0;
        }
        valid.setPlain(end + length - bytes.length);
        // readers must see that a record is invalid before they can see it change
        VarHandle.storeStoreFence();
        System.arraycopy(slot.bytes(), 0, bytes, at, length);
        entries.setRelease(next, new Entry(this, slot.id(), end, length, slot.location(), slot.peers(), slot.tls()));
        next = next + 1 == entries.length() ? 0 : next + 1;
        end += length;
    }

    int capacity() {
        return entries.length();
    }

    /** Returns the record at an index; {@code null} if there is none. */
    KeptRecord entry(int i) {
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
        return holds(entry) ? new RecordReader(copy).read(entry.id, entry.location, entry.peers, entry.tls) : null;
    }
}
