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
    private final Queue<Kept> batch = new ArrayDeque<>();
    private int left;
    /** The id of the last one that was read. */
    private long below = Long.MAX_VALUE;

    /** The lowest id of the batch: the next one is of those below it, also where nothing of this one could be read. */
    private long beneath = Long.MAX_VALUE;

    private boolean isLastBatch;
    private ExchangeRecord next;

    /**
     * @param wanted which ids are
     * @param most how many records to give
     */
    Newest(Source source, LongPredicate wanted, int most) {
        this.source = source;
        this.wanted = wanted;
        left = most;
    }

    @Override
    public boolean hasNext() {
        while (next == null && left > 0) {
            if (batch.isEmpty()) {
                if (isLastBatch) {
                    return false;
                }
                below = Math.min(below, beneath);
                find();
            } else {
                read(batch.remove());
            }
        }
        return next != null;
    }

    private void read(Kept kept) {
        // a record that has moved is there twice, and may be readable at one of the places only
        if (kept.id() < below) {
            next = kept.read();
            if (next != null) {
                below = kept.id();
                left--;
            }
        }
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
        beneath = isLastBatch ? below : found.element().id();
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
