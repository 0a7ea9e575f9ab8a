package hopyard.otel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Exports spans in batches. A thread of its own makes them, loads what speaks OTLP, and sends; whoever offers a span
 * never waits. So many spans may wait or be on their way as {@link Settings} say. A batch that the endpoint does not
 * take is lost, as in nginx: it is not sent again.
 */
public final class SpanExporter implements AutoCloseable {

    /** How long {@link #close} waits for what is left, in ms. */
    private static final long CLOSE_MILLIS = 2000;

    /** The shortest time between two lines about failures if nothing has been exported in between, in ms. */
    private static final long LOG_MILLIS = 60_000;

    /** Something that spans are made of, by the thread. */
    private record Entry(int count, Supplier<List<Span>> spans) {}

    private final Settings settings;
    private final SpanSender.Provider provider;
    private final int batchSize;
    private final Consumer<String> log;
    private final SpanCounts counts;
    private volatile Thread thread;

    private final ConcurrentLinkedQueue<Entry> queue = new ConcurrentLinkedQueue<>();
    /** How many more spans may wait; the last ones that were taken may have made it negative. */
    private final AtomicInteger room;
    /** How many spans are in the queue. */
    private final AtomicInteger queued = new AtomicInteger();
    /** How many batches are on their way. */
    private final AtomicInteger sent = new AtomicInteger();

    /** Whether those that still come are few, and are sent at once. */
    private volatile boolean isRetired;
    /** Whether there is no thread because there is nothing to do; changes under the lock. */
    private volatile boolean isResting;

    private volatile boolean isEnding;
    /** Whether nobody is going to take from the queue any more. */
    private volatile boolean isOver;
    /** When to have ended, on the scale of {@link System#nanoTime()}; set before {@link #isEnding}. */
    private long endBy;
    /** Spans that have been made and not sent yet; the thread's. */
    private final List<Span> made = new ArrayList<>();

    private long lastLogged = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(LOG_MILLIS);

    private SpanExporter(Settings settings, SpanSender.Provider provider, SpanCounts counts, Consumer<String> log) {
        this.settings = settings;
        this.provider = provider;
        this.counts = counts;
        this.log = log;
        batchSize = Math.max(1, settings.batchSize());
        room = new AtomicInteger(settings.capacity());
    }

    /**
     * Starts an exporter.
     *
     * @param provider is asked by the exporter's thread, and may load what it needs
     * @param log gets a line when something fails, on any thread: at once, and then once a minute until a batch is
     *     taken
     */
    public static SpanExporter start(Settings settings, SpanSender.Provider provider, Consumer<String> log) {
        return start(settings, provider, new SpanCounts(), log);
    }

    /** Starts an exporter that goes on with the counts of another. */
    public static SpanExporter start(
            Settings settings, SpanSender.Provider provider, SpanCounts counts, Consumer<String> log) {
        SpanExporter exporter = new SpanExporter(settings, provider, counts, log);
        exporter.startThread();
        return exporter;
    }

    private void startThread() {
        Thread started = new Thread(this::run, "span-exporter");
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    /** Takes a span, unless too many are waiting. Never waits. Returns whether the span was taken. */
    public boolean offer(Span span) {
        return offer(1, () -> List.of(span));
    }

    /**
     * Takes what spans are to be made of, unless too many are waiting. Never waits.
     *
     * @param count how many spans that will be
     * @param spans makes the spans, on the exporter's thread
     * @return whether they were taken
     */
    public boolean offer(int count, Supplier<List<Span>> spans) {
        int left;
        do {
            left = room.get();
            if (left <= 0 || isEnding) {
                counts.dropped.add(count);
                return false;
            }
        } while (!room.compareAndSet(left, left - count));
        queue.add(new Entry(count, spans));
        if (isOver) {
            // the thread has ended meanwhile
            loseQueue();
            return false;
        }
        int now = queued.addAndGet(count);
        if (isResting) {
            wake();
        } else if (isRetired || now >= batchSize && now - count < batchSize) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    private synchronized void wake() {
        if (isResting) {
            isResting = false;
            startThread();
        }
    }

    /** Returns how many spans the endpoint has taken. */
    public long exported() {
        return counts.exported();
    }

    /** Returns how many spans were dropped, because too many were waiting already. */
    public long dropped() {
        return counts.dropped();
    }

    /** Returns how many spans were lost because the endpoint did not take their batch. */
    public long failed() {
        return counts.failed();
    }

    /**
     * Has the spans sent that are waiting, without the others of their batch, and then those that still come. Does not
     * wait. While there are none, there is no thread: of exporters that were replaced there may be many.
     */
    public void retire() {
        isRetired = true;
        LockSupport.unpark(thread);
    }

    /** Begins to end: takes no more spans, and sends those that it has, for up to two seconds. Does not wait. */
    public void end() {
        if (!isEnding) {
            endBy = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
            isEnding = true;
            LockSupport.unpark(thread);
        }
    }

    /** Sends what is left, and waits for it for up to two seconds. */
    @Override
    public void close() {
        end();
        try {
            // a little longer than the thread takes, so that it has counted
            thread.join(CLOSE_MILLIS + CLOSE_MILLIS / 4);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the thread

    private void run() {
        boolean rests = false;
        try (SpanSender sender = open()) {
            if (sender != null) {
                rests = serve(sender);
            }
        } finally {
            if (!rests) {
                // a failure of this thread must not keep others waiting
                lose();
            }
        }
    }

    private SpanSender open() {
        try {
            return provider.open(settings);
        } catch (IOException | RuntimeException | LinkageError e) {
            log.accept("OTel worker init error: " + (e.getMessage() == null ? e : e.getMessage()));
            if (e instanceof LinkageError broken) {
                // for who watches over threads
                throw broken;
            }
            return null;
        }
    }

    /** Sends what comes. Returns whether to go on as soon as something comes again. */
    private boolean serve(SpanSender sender) {
        long interval =
                Math.max(TimeUnit.MILLISECONDS.toNanos(1), settings.interval().toNanos());
        long due = System.nanoTime() + interval;
        while (true) {
            long now = System.nanoTime();
            boolean flushes = isEnding || isRetired || now - due >= 0;
            if (flushes) {
                due = now + interval;
            }
            // what comes meanwhile waits for the next time: else a steady few would each be a batch of their own
            int left = flushes ? waiting() : 0;
            while (waiting() >= batchSize || left > 0 && waiting() > 0) {
                if (!awaitTurn()) {
                    return false;
                }
                List<Span> batch = nextBatch();
                left -= Math.max(1, batch.size());
                send(sender, batch);
            }
            if (isEnding && waiting() == 0) {
                awaitAnswers();
                return false;
            }
            if (isRetired && !isEnding && rests()) {
                return true;
            }
            if (waiting() < batchSize && !isEnding && !(isRetired && waiting() > 0)) {
                LockSupport.parkNanos(this, due - System.nanoTime());
            }
        }
    }

    /** Whether there is nothing to do, from now on without this thread. */
    private synchronized boolean rests() {
        if (waiting() == 0 && sent.get() == 0) {
            isResting = true;
            // who has offered something meanwhile may not have seen that
            isResting = waiting() == 0;
        }
        return isResting;
    }

    private int waiting() {
        return made.size() + queued.get();
    }

    /** Waits until another batch may be sent. Returns false if it is time to have ended. */
    private boolean awaitTurn() {
        while (sent.get() >= settings.batchCount()) {
            if (isEnding && System.nanoTime() - endBy >= 0) {
                return false;
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(100));
        }
        return true;
    }

    private void awaitAnswers() {
        while (sent.get() > 0 && System.nanoTime() - endBy < 0) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private List<Span> nextBatch() {
        Entry entry;
        while (made.size() < batchSize && (entry = queue.poll()) != null) {
            queued.addAndGet(-entry.count);
            List<Span> spans = make(entry);
            made.addAll(spans);
            // more or fewer than was said
            room.addAndGet(entry.count - spans.size());
        }
        List<Span> first = made.subList(0, Math.min(batchSize, made.size()));
        List<Span> batch = List.copyOf(first);
        first.clear();
        return batch;
    }

    private List<Span> make(Entry entry) {
        try {
            return entry.spans.get();
        } catch (RuntimeException e) {
            counts.failed.add(entry.count);
            tell("OTel failed to add span: " + e);
            return List.of();
        }
    }

    private void send(SpanSender sender, List<Span> batch) {
        if (batch.isEmpty()) {
            return;
        }
        sent.incrementAndGet();
        try {
            sender.send(batch, (lost, reason) -> done(batch.size(), lost, reason));
        } catch (RuntimeException e) {
            done(batch.size(), batch.size(), e.toString());
        }
    }

    /** Counts a batch that the endpoint has taken, or not, or in part. */
    private void done(int size, int lost, String reason) {
        counts.exported.add(size - lost);
        counts.failed.add(lost);
        if (reason == null) {
            tellAtOnce();
        } else {
            tell("OTel export failure: " + reason);
        }
        room.addAndGet(size);
        sent.decrementAndGet();
        LockSupport.unpark(thread);
    }

    /** Ends for good: counts what is left as lost. */
    private void lose() {
        isEnding = true;
        isOver = true;
        counts.failed.add(made.size());
        made.clear();
        loseQueue();
    }

    /** Counts what is in the queue as lost; on any thread. */
    private void loseQueue() {
        Entry entry;
        while ((entry = queue.poll()) != null) {
            counts.failed.add(entry.count);
        }
    }

    private synchronized void tell(String line) {
        long now = System.nanoTime();
        if (now - lastLogged >= TimeUnit.MILLISECONDS.toNanos(LOG_MILLIS)) {
            lastLogged = now;
            log.accept(line + " (spans: " + counts.exported() + " exported, " + counts.failed() + " failed, "
                    + counts.dropped() + " dropped)");
        }
    }

    /** Has the next failure told, however short the time since the last. */
    private synchronized void tellAtOnce() {
        lastLogged = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(LOG_MILLIS);
    }
}
