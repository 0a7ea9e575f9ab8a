package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.LocationSource;
import hopyard.proxy.http.Outcome;
import hopyard.proxy.upstream.PeerSettings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The place of one of the newest records. One thread writes; others copy what is there, and then look whether its version
 * is still the one that they began with. What is here may hold secrets; who reads it gets none.
 */
final class Slot {

    /** What a slot may keep allocated for the next record, in bytes. */
    static final int MAX_KEPT = 4096;

    /**
     * How often a reader tries when something is being written, or secrets are being taken out: both take microseconds, unless the
     * thread that writes has to wait for a processor.
     */
    private static final int MAX_TRIES = 100;

    private static final VarHandle VERSION;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(Slot.class, "version", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private record Content(Slot slot, long id) implements Kept {
        @Override
        public ExchangeRecord read() {
            return slot.read(id);
        }
    }

    private final RecordWriter writer;
    private final Redactor forReaders;
    /** Odd while the slot is being written. */
    private int version;

    private long id;
    private long ended;
    private boolean failed;
    private LocationSource location;
    private PeerSettings[] peers;

    /**
     * @param largest how long a record may be, in bytes
     * @param forReaders is used by other threads than the one that writes, one at a time
     */
    Slot(int largest, Redactor forReaders) {
        writer = new RecordWriter(largest);
        this.forReaders = forReaders;
    }

    void write(Exchange exchange, long newId, long now, PeerSettings[] tried) {
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        // readers must see that the record is going before they can see it changed
        VarHandle.storeStoreFence();
        id = newId;
        ended = now;
        failed = exchange.status() >= 400
                || tried.length > 1
                || exchange.ending().outcome() != Outcome.OK;
        location = exchange.location().source();
        peers = tried;
        try {
            writer.write(exchange);
        } catch (RuntimeException | Error e) {
            forget();
            throw e;
        } finally {
            VERSION.setRelease(this, old + 2);
        }
    }

    /** For the thread that writes: takes secrets out of the record. */
    void redact(Redactor redactor) {
        if (!writer.isRaw()) {
            return;
        }
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        VarHandle.storeStoreFence();
        try {
            writer.redact(redactor);
        } catch (RuntimeException | Error e) {
            forget();
            throw e;
        } finally {
            VERSION.setRelease(this, old + 2);
        }
    }

    /** What is half written, or still has secrets, is no record. */
    private void forget() {
        id = 0;
        writer.clear();
    }

    /** For the thread that writes: whether there may be secrets in the record. */
    boolean isRaw() {
        return writer.isRaw();
    }

    /** Holds nothing any more. */
    void clear() {
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        VarHandle.storeStoreFence();
        forget();
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
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            int now = (int) VERSION.getAcquire(this);
            long its = id;
            VarHandle.loadLoadFence();
            if ((now & 1) == 0 && now == (int) VERSION.getOpaque(this)) {
                return its == 0 ? null : new Content(this, its);
            }
            Thread.yield();
        }
        return null;
    }

    private ExchangeRecord read(long wanted) {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            int now = (int) VERSION.getAcquire(this);
            RecordWriter copy = writer.copy();
            long its = id;
            LocationSource where = location;
            PeerSettings[] whom = peers;
            VarHandle.loadLoadFence();
            if ((now & 1) == 0 && now == (int) VERSION.getOpaque(this)) {
                return its == wanted ? read(copy, its, where, whom) : null;
            }
            Thread.yield();
        }
        return null;
    }

    private ExchangeRecord read(RecordWriter copy, long its, LocationSource where, PeerSettings[] whom) {
        synchronized (forReaders) {
            copy.redact(forReaders);
        }
        return new RecordReader(copy.bytes()).read(its, where, whom);
    }
}
