package hopyard.proxy.console.exchanges;

import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Who waits for an exchange to end. Waiting takes no thread: while anybody waits, what is new is looked at now and
 * then, once for all of them.
 */
public final class AwaitedExchanges {

    private static final int MAX_WAITING = 64;

    private static final long LOOK_MILLIS = 5;

    /** An exchange has its number a moment before it can be read; after this time it will not appear any more. */
    private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** So many of the newest exchanges are looked at again by who begins to wait. */
    private static final int OVERLAP = 256;

    /** Of what is new, so many are looked at in one go. */
    private static final int MAX_LOOKS = 1000;

    private record Waiter(Predicate<ExchangeRecord> wanted, long until, CompletableFuture<ExchangeRecord> found) {}

    private final ConsoleContext context;
    private final List<Waiter> waiters = new ArrayList<>();
    private ScheduledFuture<?> looking;
    /** What has an id up to this one is not looked at any more. */
    private long settled;

    /** The newest id at {@link #marked}: what is settled when that is long enough ago. */
    private long mark;

    private long marked;
    /** Which of those above {@link #settled} have been looked at. */
    private BitSet seen = new BitSet();

    public AwaitedExchanges(ConsoleContext context) {
        this.context = context;
    }

    /**
     * The newest exchange above an id that is what is wanted, or the first one that ends within a time.
     *
     * @param millis how long to wait at most; 0 for not at all
     * @return {@code null} in the end if there is none
     * @throws Refusal if too many wait already
     */
    public CompletableFuture<ExchangeRecord> find(long above, int millis, Predicate<ExchangeRecord> wanted)
            throws Refusal {
        if (millis == 0) {
            return CompletableFuture.completedFuture(kept(above, wanted));
        }
        // first wait, then look, so that nothing falls in between
        CompletableFuture<ExchangeRecord> found = add(new Waiter(
                r -> r.id() > above && wanted.test(r),
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis),
                new CompletableFuture<>()));
        ExchangeRecord kept = kept(above, wanted);
        if (kept != null) {
            found.complete(kept);
        }
        return found;
    }

    private ExchangeRecord kept(long above, Predicate<ExchangeRecord> wanted) {
        Iterator<ExchangeRecord> all = context.exchangeLog().since(above);
        while (all.hasNext()) {
            ExchangeRecord record = all.next();
            if (wanted.test(record)) {
                return record;
            }
        }
        return null;
    }

    private synchronized CompletableFuture<ExchangeRecord> add(Waiter waiter) throws Refusal {
        waiters.removeIf(w -> w.found.isDone());
        if (waiters.size() >= MAX_WAITING) {
            throw Refusal.busy(MAX_WAITING + " others wait for exchanges");
        }
        if (waiters.isEmpty()) {
            mark = context.exchangeLog().newestId();
            marked = System.nanoTime();
            settled = Math.max(0, mark - OVERLAP);
            seen = new BitSet();
        }
        waiters.add(waiter);
        if (looking == null) {
            looking = context.ticker().every(LOOK_MILLIS, this::look);
        }
        return waiter.found;
    }

    private synchronized void look() {
        waiters.removeIf(w -> w.found.isDone());
        ExchangeLog log = context.exchangeLog();
        long now = System.nanoTime();
        if (log != null && !waiters.isEmpty()) {
            long newest = log.newestId();
            long oldest = Math.max(settled, newest - MAX_LOOKS);
            Iterator<ExchangeRecord> news = log.since(oldest, id -> id > newest || !seen.get((int) (id - settled)));
            news.forEachRemaining(this::show);
            if (now - marked > SETTLED_NANOS) {
                settle();
                mark = newest;
                marked = now;
            }
        }
        for (Waiter waiter : waiters) {
            if (log == null || now >= waiter.until) {
                waiter.found.complete(null);
            }
        }
        if (waiters.stream().allMatch(w -> w.found.isDone())) {
            waiters.clear();
            looking.cancel(false);
            looking = null;
        }
    }

    private void show(ExchangeRecord record) {
        seen.set((int) (record.id() - settled));
        for (Waiter waiter : waiters) {
            if (!waiter.found.isDone() && waiter.wanted.test(record)) {
                waiter.found.complete(record);
            }
        }
    }

    private void settle() {
        int gone = (int) (mark - settled);
        seen = seen.get(gone, Math.max(gone, seen.length()));
        settled = mark;
    }
}
