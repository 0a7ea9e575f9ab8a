package hopyard.proxy.record;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.server.LocationSource;
import hopyard.proxy.tls.TlsFacts;
import hopyard.proxy.upstream.PeerSettings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The place of one of the newest records. One thread writes it. Other threads copy the record, and then check whether
 * its version is still the same. The record may hold secrets; a reader's copy has none.
 */
final class Slot {

    /**
     * How often a reader tries while the record is being written or redacted. Both take microseconds, unless the thread
     * that writes has to wait for a processor.
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

    private record Content(Slot slot, long id) implements KeptRecord {
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
     * @param forReaders redacts the copies of readers, one at a time
     */
    Slot(int largest, Redactor forReaders) {
        writer = new RecordWriter(largest);
        this.forReaders = forReaders;
    }

    void write(Exchange exchange, long newId, long now, PeerSettings[] tried) {
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        // readers must see that the record is invalid before they can see it change
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

    /** Takes the secrets out of the record. Only for the thread that writes. */
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

    /** Drops a record that is half written, or could not be redacted. */
    private void forget() {
        id = 0;
        writer.clear();
    }

    /** Whether the record may hold secrets. Only for the thread that writes. */
    boolean isRaw() {
        return writer.isRaw();
    }

    /** Drops the record. */
    void clear() {
        int old = (int) VERSION.get(this);
        VERSION.setOpaque(this, old + 1);
        VarHandle.storeStoreFence();
        forget();
        writer.shrink();
        VERSION.setRelease(this, old + 2);
    }

    /** Returns the id of the exchange; 0 if there is none. Only for the thread that writes. */
    long id() {
        return id;
    }

    /** Returns when the exchange ended, on the scale of {@link System#nanoTime()}. Only for the thread that writes. */
    long ended() {
        return ended;
    }

    /**
     * Whether the exchange failed or had several attempts, so that people look for it. Only for the thread that writes.
     */
    boolean hasFailed() {
        return failed;
    }

    LocationSource location() {
        return location;
    }

    PeerSettings[] peers() {
        return peers;
    }

    /** See {@link RecordWriter#tls}. */
    TlsFacts[] tls() {
        return writer.tls();
    }

    byte[] bytes() {
        return writer.bytes();
    }

    int length() {
        return writer.length();
    }

    /** Returns the record that is here now, for another thread; {@code null} if there is none. */
    KeptRecord content() {
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
            TlsFacts[] tls = writer.tls();
            VarHandle.loadLoadFence();
            if ((now & 1) == 0 && now == (int) VERSION.getOpaque(this)) {
                return its == wanted ? read(copy, its, where, whom, tls) : null;
            }
            Thread.yield();
        }
        return null;
    }

    private ExchangeRecord read(
            RecordWriter copy, long its, LocationSource where, PeerSettings[] whom, TlsFacts[] tls) {
        synchronized (forReaders) {
            copy.redact(forReaders);
        }
        return new RecordReader(copy.bytes()).read(its, where, whom, tls);
    }
}
