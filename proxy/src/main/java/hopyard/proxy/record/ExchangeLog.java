package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Recorder;
import hopyard.proxy.http.UpstreamTry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xnio.XnioIoThread;

/**
 * The last exchanges, bounded in number and in memory. Every I/O thread writes to a ring of its own, so that recording
 * takes no lock; a reader looks at all of them.
 */
public final class ExchangeLog implements Recorder {

    /** More I/O threads than this share rings, which then may lose a record but nothing else. */
    private static final int MAX_THREADS = 256;

    private final int capacity;
    private final long memory;
    private final long memoryPerThread;
    private final AtomicLong ids;
    private final AtomicReferenceArray<Ring> rings = new AtomicReferenceArray<>(MAX_THREADS);
    private final Traffic traffic;

    /** Written by one thread. */
    private static final class Ring {
        private final AtomicReferenceArray<ExchangeRecord> slots;
        private final long[] weights;
        private final long memory;
        private long held;
        private int next;
        private int oldest;

        Ring(int capacity, long memory) {
            slots = new AtomicReferenceArray<>(capacity);
            weights = new long[capacity];
            this.memory = memory;
        }

        void add(ExchangeRecord record) {
            if (slots.getPlain(next) != null) {
                dropOldest();
            }
            weights[next] = record.weight();
            held += weights[next];
            slots.setRelease(next, record);
            next = (next + 1) % weights.length;
            while (held > memory && oldest != next) {
                dropOldest();
            }
        }

        private void dropOldest() {
            held -= weights[oldest];
            slots.setRelease(oldest, null);
            oldest = (oldest + 1) % weights.length;
        }
    }

    /**
     * @param capacity how many exchanges to keep
     * @param memory how many bytes they may take together, roughly
     * @param threads among how many I/O threads
     * @param previous whose numbering goes on here; {@code null} for none
     */
    public ExchangeLog(int capacity, long memory, int threads, ExchangeLog previous) {
        this.capacity = capacity;
        this.memory = memory;
        memoryPerThread = memory / threads;
        ids = previous == null ? new AtomicLong() : previous.ids;
        traffic = previous == null ? new Traffic() : previous.traffic;
    }

    public boolean hasSize(int exchanges, long bytes) {
        return capacity == exchanges && memory == bytes;
    }

    @Override
    public void finished(Exchange exchange) {
        long now = System.nanoTime();
        ExchangeRecord record = ExchangeRecord.of(ids.incrementAndGet(), exchange, now);
        XnioIoThread thread = exchange.http().getIoThread();
        int number = thread.getNumber() % MAX_THREADS;
        Ring ring = rings.getPlain(number);
        if (ring == null) {
            ring = new Ring(capacity, memoryPerThread);
            rings.setRelease(number, ring);
        }
        ring.add(record);
        exchange.location().hits().increment();
        for (UpstreamTry attempt : exchange.tries()) {
            if (attempt.peer() != null) {
                attempt.peer().hits().increment();
            }
        }
        traffic.count(number, record);
    }

    public int capacity() {
        return capacity;
    }

    public Traffic traffic() {
        return traffic;
    }

    /** The id of the newest exchange. */
    public long newestId() {
        return ids.get();
    }

    /** What is kept, newest first. */
    public List<ExchangeRecord> newestFirst() {
        return since(0);
    }

    /** What is kept with an id above {@code id}, newest first. */
    public List<ExchangeRecord> since(long id) {
        List<ExchangeRecord> all = new ArrayList<>();
        for (int r = 0; r < MAX_THREADS; r++) {
            Ring ring = rings.getAcquire(r);
            for (int i = 0; ring != null && i < capacity; i++) {
                ExchangeRecord record = ring.slots.getAcquire(i);
                if (record != null && record.id() > id) {
                    all.add(record);
                }
            }
        }
        all.sort(Comparator.comparingLong(ExchangeRecord::id).reversed());
        return all.size() > capacity ? all.subList(0, capacity) : all;
    }

    /** The exchange with that id or {@code $request_id}; {@code null} if it is not kept any more. */
    public ExchangeRecord find(String id) {
        for (ExchangeRecord record : newestFirst()) {
            if (Long.toString(record.id()).equals(id) || id.equals(record.requestId())) {
                return record;
            }
        }
        return null;
    }
}
