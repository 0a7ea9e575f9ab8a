package hopyard.proxy.record;

import hopyard.proxy.exchange.Capture;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Recorder;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.MainSettings;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.ResponseHead;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.xnio.XnioIoThread;

/**
 * The newest exchanges, bounded in number and in memory, and the figures. Recording takes no lock.
 *
 * <p>Writing a record far away in memory from the one before costs the processor more than all the rest. So each thread
 * writes its newest records into a few places that it uses again and again. From there a record moves on to be kept for
 * longer, unless exchanges come in a flood. Nobody could look at more than the newest of a flood, and it would push out
 * the exchanges that somebody wants to find. An exchange that has failed is always kept for longer.
 *
 * <p>Secrets are taken out of a record when it is read or moves on, or else {@value #SETTLE_MILLIS} ms later. So a
 * flood costs no more than the writing.
 */
public final class ExchangeLog implements Recorder {

    private static final PeerSettings[] NONE = {};

    /** What stands in the place of the protocol's name where there was no status line. */
    private static final byte[] CGI = {'C', 'G', 'I'};

    /** Where the numbers of a version are in a head. */
    private static final int MAJOR_VERSION = 5;

    private static final int MINOR_VERSION = 7;

    /** One record may take this fraction of a thread's memory, an eighth; what is longer is cut. */
    private static final int SHARE = 8;

    /** The longest record, in bytes. Heads of the usual sizes fit. */
    private static final int MAX_RECORD = 256 << 10;

    /** How many records a thread keeps in the places that it writes to. */
    private static final int MAX_NEWEST = 128;

    /** Exchanges are a flood if they end at shorter intervals, on average over a thread's newest: 10,000 a second. */
    private static final long FLOOD_NANOS = 100_000;

    /** The time after which secrets are taken out of a record that stays where it was written, in ms. */
    private static final long SETTLE_MILLIS = 1000;

    /** From how many records the secrets are taken out at a time, so that requests do not wait. */
    private static final int MAX_AT_ONCE = 16;

    /** The moment from which ids are counted: the beginning of 2026, so that ids have fewer digits. */
    private static final long EPOCH_MILLIS = 1_767_225_600_000L;

    /** No server ends more exchanges than this per millisecond, on average over its life. */
    private static final long IDS_PER_MILLI = 100;

    private final int capacity;
    private final long memory;
    private final int memoryPerThread;
    /** All ids are above this. It depends on the time, so that a server that is started again has higher ids. */
    private final long firstId;

    private final AtomicLong ids;
    private final AtomicReferenceArray<Place> places = new AtomicReferenceArray<>(MainSettings.MAX_WORKERS);
    private final Traffic traffic;
    private final ContentStore contents;
    private final LateLines late;

    /** The memory that one I/O thread writes to. */
    private static final class Place {
        private final Slot[] newest;
        private final Ring ring;
        private final Redactor redactor = new Redactor();
        private final XnioIoThread thread;
        private final long soon;
        /** Whether {@link #settle} is going to run. */
        private boolean settles;

        private PeerSettings[] lastPeers = NONE;
        private int next;

        Place(XnioIoThread thread, int capacity, int memory) {
            this.thread = thread;
            int slots = Math.min(MAX_NEWEST, Math.min(capacity / 8, memory / 2 / RecordWriter.MAX_KEPT));
            newest = new Slot[Math.max(1, slots)];
            int largest = Math.max(RecordWriter.MAX_KEPT, Math.min(MAX_RECORD, memory / SHARE));
            Redactor forReaders = new Redactor();
            for (int i = 0; i < newest.length; i++) {
                newest[i] = new Slot(largest, forReaders);
            }
            ring = new Ring(capacity, memory - slots * RecordWriter.MAX_KEPT);
            soon = newest.length * FLOOD_NANOS;
        }

        void add(Exchange exchange, long id, long now) {
            Slot slot = newest[next];
            if (slot.id() > 0 && (slot.hasFailed() || now - slot.ended() > soon)) {
                moveOn(slot);
            }
            slot.write(exchange, id, now, peers(exchange.upstream().tries()));
            if (slot.length() > RecordWriter.MAX_KEPT) {
                moveOn(slot);
                slot.clear();
                redactor.shrink();
            }
            next = next + 1 == newest.length ? 0 : next + 1;
            if (!settles) {
                settleIn(SETTLE_MILLIS);
            }
        }

        private void moveOn(Slot slot) {
            slot.redact(redactor);
            ring.add(slot);
        }

        private void settleIn(long millis) {
            try {
                thread.executeAfter(this::settle, millis, TimeUnit.MILLISECONDS);
                settles = true;
            } catch (RejectedExecutionException e) {
                // the server is ending, and the records go with it
                settles = false;
            }
        }

        private void settle() {
            settles = false;
            // a record that fails is dropped; then the records behind it still have their turn, so wait is not 0
            long wait = 1;
            try {
                wait = settleSome(System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS));
            } finally {
                if (wait > 0) {
                    settleIn(wait);
                }
            }
        }

        /**
         * Takes secrets out of some records that ended before this time. Returns when to go on, in ms; 0 if none are
         * left.
         */
        private long settleSome(long endedBefore) {
            int done = 0;
            long wait = 0;
            for (Slot slot : newest) {
                if (!slot.isRaw()) {
                    continue;
                }
                if (slot.ended() - endedBefore > 0) {
                    wait = SETTLE_MILLIS;
                } else if (done++ < MAX_AT_ONCE) {
                    slot.redact(redactor);
                } else {
                    return 1;
                }
            }
            return wait;
        }

        /** Passes on the records that are wanted, in any order. A record that has just moved may come twice. */
        void collect(LongPredicate wanted, Consumer<KeptRecord> into) {
            // in the order in which records move, so that none is missed
            for (Slot slot : newest) {
                collect(slot.content(), wanted, into);
            }
            for (int i = 0; i < ring.capacity(); i++) {
                collect(ring.entry(i), wanted, into);
            }
        }

        private static void collect(KeptRecord kept, LongPredicate wanted, Consumer<KeptRecord> into) {
            if (kept != null && wanted.test(kept.id())) {
                into.accept(kept);
            }
        }

        /** Returns the servers that were tried. Mostly it is one, the same as the last time, and so is the array. */
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
     * @param memory how many bytes all records may take together
     * @param threads how many I/O threads share the memory
     * @param previous the log whose ids, figures and contents this one goes on with; {@code null} for none
     */
    public ExchangeLog(int capacity, long memory, int threads, ExchangeLog previous) {
        this.capacity = capacity;
        this.memory = memory;
        memoryPerThread = (int) Math.min(Integer.MAX_VALUE - 8, memory / threads);
        firstId = previous == null ? firstIdNow() : previous.firstId;
        ids = previous == null ? new AtomicLong(firstId) : previous.ids;
        traffic = previous == null ? new Traffic() : previous.traffic;
        contents = previous == null ? new ContentStore() : previous.contents;
        late = previous == null ? new LateLines() : previous.late;
    }

    private static long firstIdNow() {
        return Math.max(0, System.currentTimeMillis() - EPOCH_MILLIS) * IDS_PER_MILLI;
    }

    public boolean hasSize(int exchanges, long bytes) {
        return capacity == exchanges && memory == bytes;
    }

    @Override
    public byte[] sent(Exchange exchange, HeadWriter head) {
        return head.toBytes();
    }

    @Override
    public byte[] received(ResponseHead head) {
        byte[] bytes = head.toBytes();
        if (head.isHttp2()) {
            // HTTP/2.0 in the place of HTTP/1.1
            bytes[MAJOR_VERSION] = '2';
            bytes[MINOR_VERSION] = '0';
        }
        if (!head.isCgi()) {
            return bytes;
        }
        // CGI/1.1 in the place of HTTP/1.1
        byte[] shown = Arrays.copyOfRange(bytes, 1, bytes.length);
        System.arraycopy(CGI, 0, shown, 0, CGI.length);
        return shown;
    }

    @Override
    public void finished(Exchange exchange) {
        long now = System.nanoTime();
        exchange.clock().stop(now);
        int number = exchange.ioThread().getNumber();
        Place place = places.getPlain(number);
        if (place == null) {
            place = new Place(exchange.ioThread(), capacity, memoryPerThread);
            places.setRelease(number, place);
        }
        long id = ids.incrementAndGet();
        Capture capture = Capture.ifAny(exchange);
        if (capture != null) {
            contents.add(id, exchange, capture, memory / 2);
        }
        place.add(exchange, id, now);
        exchange.requestLog().recordedAs(id);
        PeerSettings[] peers = place.peers(exchange.upstream().tries());
        exchange.location().hits().increment();
        for (PeerSettings peer : peers) {
            if (peer != null) {
                peer.hits().increment();
            }
        }
        traffic.count(number, exchange);
    }

    @Override
    public void logged(long id, String line) {
        late.add(id, line);
    }

    public int capacity() {
        return capacity;
    }

    /** Returns how many bytes all records together may take. */
    public long memory() {
        return memory;
    }

    public Traffic traffic() {
        return traffic;
    }

    /** Returns a number that all ids since the server was started are above; the ids of earlier runs are not. */
    public long firstId() {
        return firstId;
    }

    /** How many exchanges have ended since the server was started. */
    public long count() {
        return newestId() - firstId;
    }

    /** The id of the newest exchange; {@link #firstId} if there is none. */
    public long newestId() {
        return ids.get();
    }

    /**
     * Returns what is kept of an exchange's contents; {@code null} for nothing. May wait until secrets are taken out.
     */
    public KeptContents contents(long id) {
        return contents.get(id);
    }

    /** Drops all contents, for a server in which nobody can look at them. */
    public void forgetContents() {
        contents.clear();
    }

    /** Returns the records with an id above {@code id}, newest first. Each is read when it is asked for. */
    public Iterator<ExchangeRecord> since(long id) {
        return since(id, i -> true);
    }

    /** Returns the records with an id above {@code id} that is also wanted. */
    public Iterator<ExchangeRecord> since(long id, LongPredicate wanted) {
        long above = newestId() - id <= capacity ? id : Math.max(id, floor());
        return new Newest(this::collect, i -> i > above && wanted.test(i), capacity, late::addTo);
    }

    /**
     * Returns a number that the ids of the newest {@link #capacity} records are above. All threads together may keep
     * more records: each has room for that many, since nobody knows which thread the exchanges come to.
     */
    private long floor() {
        LongStream.Builder all = LongStream.builder();
        collect(id -> true, kept -> all.add(kept.id()));
        long[] kept = all.build().sorted().distinct().toArray();
        return kept.length <= capacity ? 0 : kept[kept.length - capacity] - 1;
    }

    private void collect(LongPredicate wanted, Consumer<KeptRecord> into) {
        for (int p = 0; p < places.length(); p++) {
            Place place = places.getAcquire(p);
            if (place != null) {
                place.collect(wanted, into);
            }
        }
    }
}
