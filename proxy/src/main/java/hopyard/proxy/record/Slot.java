package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.LocationSource;
import hopyard.proxy.http.Outcome;
import hopyard.proxy.upstream.PeerSettings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The place of one of the newest records. One thread writes; others copy what is there, and then look whether its version
 * is still the one that they began with.
 */
final class Slot {

    /** What a slot may keep allocated for the next record, in bytes. */
    static final int MOST_KEPT = 4096;

    private static final VarHandle VERSION;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(Slot.class, "version", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private record Version(Slot slot, int version, long id) implements Kept {
        @Override
        public ExchangeRecord read() {
            return slot.read(version);
        }
    }

    private final RecordWriter writer;
    /** Odd while the slot is being written. */
    private int version;

    private long id;
    private long ended;
    private boolean failed;
    private LocationSource location;
    private PeerSettings[] peers;

    /**
     * @param largest how long a record may be, in bytes
     */
    Slot(int largest) {
        writer = new RecordWriter(largest);
    }

    void write(Exchange exchange, long newId, long now, PeerSettings[] tried, Redactor redactor) {
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        // readers must see that the record is going before they can see it changed
        VarHandle.storeStoreFence();
        id = newId;
        ended = now;
        failed = exchange.status() >= 400 || tried.length > 1 || exchange.outcome() != Outcome.OK;
        location = exchange.location().source();
        peers = tried;
        writer.write(exchange, redactor);
        VERSION.setRelease(this, old + 2);
    }

    /** Holds nothing any more. */
    void clear() {
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        VarHandle.storeStoreFence();
        id = 0;
        writer.shrink();
        VERSION.setRelease(this, old + 2);
    }

    /** For the thread that writes: the number of the exchange, 0 for none. */
    long id() {
        return id;
    }

    /** For the thread that writes: when the exchange ended, on the scale of {@link System#nanoTime()}. */
    long ended() {
        return ended;
    }

    /** For the thread that writes: whether somebody is likely to look for the exchange. */
    boolean hasFailed() {
        return failed;
    }

    LocationSource location() {
        return location;
    }

    PeerSettings[] peers() {
        return peers;
    }

    byte[] bytes() {
        return writer.bytes();
    }

    int length() {
        return writer.length();
    }

    /** What is here now, for another thread; {@code null} for nothing. */
    Kept content() {
        int now = (int) VERSION.getAcquire(this);
        long its = id;
        VarHandle.loadLoadFence();
        return (now & 1) == 1 || its == 0 || now != (int) VERSION.getOpaque(this) ? null : new Version(this, now, its);
    }

    private ExchangeRecord read(int wanted) {
        if ((int) VERSION.getAcquire(this) != wanted) {
            return null;
        }
        byte[] bytes = writer.bytes();
        byte[] copy = Arrays.copyOf(bytes, Math.min(bytes.length, writer.length()));
        long its = id;
        LocationSource where = location;
        PeerSettings[] whom = peers;
        VarHandle.loadLoadFence();
        return (int) VERSION.getOpaque(this) == wanted ? new RecordReader(copy).read(its, where, whom) : null;
    }
}
