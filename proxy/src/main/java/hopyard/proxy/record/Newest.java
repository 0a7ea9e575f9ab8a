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
 * Goes through what is kept, newest first, and reads a record only when it is asked for: however many there are, one is
 * there at a time.
 */
final class Newest implements Iterator<ExchangeRecord> {

    /** Of so many it is known at a time where they lie. */
    private static final int BATCH = 256;

    /** Everything that is kept. */
    interface Source {
        /** Shows what is kept and is wanted, in any order; what has just moved may be there twice. */
        void collect(LongPredicate wanted, Consumer<Kept> into);
    }

    private final Source source;
    private final LongPredicate wanted;
    private final Consumer<ExchangeRecord> complete;
    private final Queue<Kept> batch = new ArrayDeque<>();
    private int left;
    /** The next record is one of those with lower ids: the lowest id that was read, or is neither here nor anywhere else. */
    private long below = Long.MAX_VALUE;

    /** The id that could not be read where it was; it may have moved from there. */
    private long moved;

    private boolean isLastBatch;
    private ExchangeRecord next;

    /**
     * @param wanted which ids are
     * @param most how many records to give
     * @param complete gets each record before it is given
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

    private void read(Kept kept) {
        // a record that has moved is there twice, and may be readable at one of the places only
        if (kept.id() >= below) {
            return;
        }
        next = kept.read();
        if (next != null) {
            complete.accept(next);
            below = kept.id();
            left--;
        } else if (kept.id() == moved) {
            // it has been looked for again, and is gone
            below = isAnotherPlaceLeft(kept.id()) ? below : kept.id();
        } else if (!isAnotherPlaceLeft(kept.id())) {
            // where it was is another one now, and so may it be with those after it: all are looked for again
            moved = kept.id();
            batch.clear();
            isLastBatch = false;
        }
    }

    private boolean isAnotherPlaceLeft(long id) {
        return !batch.isEmpty() && batch.element().id() == id;
    }

    private void find() {
        PriorityQueue<Kept> found = new PriorityQueue<>(Comparator.comparingLong(Kept::id));
        long before = below;
        source.collect(id -> id < before && wanted.test(id), kept -> {
            found.add(kept);
            if (found.size() > BATCH) {
                found.remove();
            }
        });
        isLastBatch = found.size() < BATCH;
        found.stream().sorted(Comparator.comparingLong(Kept::id).reversed()).forEach(batch::add);
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
