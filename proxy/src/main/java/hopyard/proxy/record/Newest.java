package hopyard.proxy.record;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Iterates over the records that are kept, newest first. A record is read only when it is asked for, so only one is in
 * memory at a time.
 */
final class Newest implements Iterator<ExchangeRecord> {

    /** How many records are looked up at a time. */
    private static final int BATCH = 256;

    /** The place where records are kept. */
    interface Source {
        /** Passes on the records that are wanted, in any order. A record that has just moved may come twice. */
        void collect(LongPredicate wanted, Consumer<KeptRecord> into);
    }

    private final Source source;
    private final LongPredicate wanted;
    private final Consumer<ExchangeRecord> complete;
    private final Queue<KeptRecord> batch = new ArrayDeque<>();
    private int left;
    /** The next record must have an id below this: the lowest id that was read, or that is known to be gone. */
    private long below = Long.MAX_VALUE;

    /** The id of a record that could not be read, because it may have moved; it is looked for once more. */
    private long moved;

    private boolean isLastBatch;
    private ExchangeRecord next;

    /**
     * @param wanted tells whether an id is wanted
     * @param most how many records to return
     * @param complete gets each record before it is returned
     */
    Newest(Source source, LongPredicate wanted, int most, Consumer<ExchangeRecord> complete) {
        this.source = source;
        this.wanted = wanted;
        this.complete = complete;
        left = most;
    }

    @Override
    public boolean hasNext() {
        while (next == null && left > 0) {
            if (!batch.isEmpty()) {
                read(batch.remove());
            } else if (isLastBatch) {
                return false;
            } else {
                find();
            }
        }
        return next != null;
    }

    private void read(KeptRecord kept) {
        // a record that has moved is in two places, and may be readable in only one of them
        if (kept.id() >= below) {
            return;
        }
        next = kept.read();
        if (next != null) {
            complete.accept(next);
            below = kept.id();
            left--;
        } else if (kept.id() == moved) {
            // the record has been looked for again, and is gone
            below = isAnotherPlaceLeft(kept.id()) ? below : kept.id();
        } else if (!isAnotherPlaceLeft(kept.id())) {
            // Another record is in its place now. The same may be true of the records after it: look for all of them
            // again.
            moved = kept.id();
            batch.clear();
            isLastBatch = false;
        }
    }

    private boolean isAnotherPlaceLeft(long id) {
        return !batch.isEmpty() && batch.element().id() == id;
    }

    private void find() {
        PriorityQueue<KeptRecord> found = new PriorityQueue<>(Comparator.comparingLong(KeptRecord::id));
        long before = below;
        source.collect(id -> id < before && wanted.test(id), kept -> {
            found.add(kept);
            if (found.size() > BATCH) {
                found.remove();
            }
        });
        isLastBatch = found.size() < BATCH;
        found.stream()
                .sorted(Comparator.comparingLong(KeptRecord::id).reversed())
                .forEach(batch::add);
    }

    @Override
    public ExchangeRecord next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ExchangeRecord record = next;
        next = null;
        return record;
    }
}
