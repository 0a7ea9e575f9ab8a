package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Recorder;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.upstream.HeadWriter;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.ResponseHead;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** The last exchanges, bounded in number and in memory, and the figures. Recording takes no lock. */
public final class ExchangeLog implements Recorder {

    /** More I/O threads than this share places, which then may lose a record but nothing else. */
    private static final int MAX_THREADS = 256;

    private static final PeerSettings[] NONE = {};

    private static final long POLL_NANOS = 2_000_000;

    private final int capacity;
    private final long memory;
    private final int memoryPerThread;
    private final AtomicLong ids;
    private final AtomicReferenceArray<Place> places = new AtomicReferenceArray<>(MAX_THREADS);
    private final Traffic traffic;

    /** What one I/O thread writes to. */
    private static final class Place {
        private final Ring ring;
        private final RecordWriter writer = new RecordWriter();
        private PeerSettings[] lastPeers = NONE;

        Place(int capacity, int memory) {
            ring = new Ring(capacity, memory);
        }

        /** The servers that were tried; mostly it is one, and the same as the last time. */
        PeerSettings[] peers(List<UpstreamTry> tries) {
            if (tries.isEmpty()) {
                return NONE;
            }
            if (tries.size() != 1
                    || lastPeers.length != 1
                    || lastPeers[0] != tries.get(0).peer()) {
                lastPeers = tries.stream().map(UpstreamTry::peer).toArray(PeerSettings[]::new);
            }
            return lastPeers;
        }
    }

    /**
     * @param capacity how many exchanges to keep
     * @param memory how many bytes they may take together
     * @param threads among how many I/O threads
     * @param previous whose numbering goes on here; {@code null} for none
     */
    public ExchangeLog(int capacity, long memory, int threads, ExchangeLog previous) {
        this.capacity = capacity;
        this.memory = memory;
        memoryPerThread = (int) Math.min(Integer.MAX_VALUE - 8, memory / threads);
        ids = previous == null ? new AtomicLong() : previous.ids;
        traffic = previous == null ? new Traffic() : previous.traffic;
    }

    public boolean hasSize(int exchanges, long bytes) {
        return capacity == exchanges && memory == bytes;
    }

    @Override
    public byte[] sent(Exchange exchange, HeadWriter head) {
        byte[] copy = head.toBytes();
        return Redaction.mayConcern(exchange) ? Redaction.head(copy) : copy;
    }

    @Override
    public byte[] received(ResponseHead head) {
        byte[] copy = head.toBytes();
        for (int i = 0; i < head.count(); i++) {
            if (Redaction.CONCERNED.contains(head.name(i))) {
                return Redaction.head(copy);
            }
        }
        return copy;
    }

    @Override
    public void finished(Exchange exchange) {
        long now = System.nanoTime();
        int number = exchange.http().getIoThread().getNumber() % MAX_THREADS;
        Place place = places.getPlain(number);
        if (place == null) {
            place = new Place(capacity, memoryPerThread);
            places.setRelease(number, place);
        }
        List<UpstreamTry> tries = exchange.tries();
        PeerSettings[] peers = place.peers(tries);
        place.writer.write(exchange, now);
        place.ring.add(place.writer, ids.incrementAndGet(), exchange.location().source(), peers);
        exchange.location().hits().increment();
        for (PeerSettings peer : peers) {
            if (peer != null) {
                peer.hits().increment();
            }
        }
        traffic.count(number, exchange, now);
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

    /** What is kept with an id above {@code id}, newest first. */
    public List<ExchangeRecord> since(long id) {
        return newest(id, capacity);
    }

    /** The newest {@code most} of what is kept with an id above {@code id}, newest first. */
    public List<ExchangeRecord> newest(long id, int most) {
        return newest(id, Long.MAX_VALUE, most);
    }

    /** The same, of those whose id is not above {@code upTo}. */
    public List<ExchangeRecord> newest(long id, long upTo, int most) {
        record Found(Ring ring, Ring.Entry entry) {}
        List<Found> found = new ArrayList<>();
        for (int p = 0; p < MAX_THREADS; p++) {
            Place place = places.getAcquire(p);
            for (int i = 0; place != null && i < capacity; i++) {
                Ring.Entry entry = place.ring.entry(i);
                if (entry != null && entry.id() > id && entry.id() <= upTo) {
                    found.add(new Found(place.ring, entry));
                }
            }
        }
        found.sort(Comparator.comparingLong((Found f) -> f.entry.id()).reversed());
        List<ExchangeRecord> records = new ArrayList<>();
        for (Found f : found) {
            ExchangeRecord record = records.size() < Math.min(most, capacity) ? f.ring.read(f.entry) : null;
            if (record != null) {
                records.add(record);
            }
        }
        return records;
    }

    /** The newest exchange with an id above {@code id} that is what is wanted; {@code null} if none is. */
    public ExchangeRecord find(long id, Predicate<ExchangeRecord> wanted) {
        return since(id).stream().filter(wanted).findFirst().orElse(null);
    }

    /**
     * The same; waits for one to end.
     *
     * @param millis how long at most
     */
    public ExchangeRecord await(long id, int millis, Predicate<ExchangeRecord> wanted) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (true) {
            ExchangeRecord found = find(id, wanted);
            if (found != null || System.nanoTime() >= end) {
                return found;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
