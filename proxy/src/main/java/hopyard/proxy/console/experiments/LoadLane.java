package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.exchanges.Stats;
import hopyard.proxy.console.experiments.MeasuredRequest.Timing;
import hopyard.proxy.console.experiments.Targets.Target;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The requests of one way of a load run. The threads of the run send them; its ticker takes in what they have recorded.
 */
final class LoadLane {

    private static final long MAX_MICROS = 120_000_000;
    private static final int MAX_SECONDS_EACH = 30;

    /** Who is sent later than that after it was due is late; less is what a thread needs to wake up. */
    private static final long ON_TIME_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Of fewer answers, the 99th percentile is just the longest. */
    private static final int ENOUGH_FOR_P99 = 100;

    private final Target target;
    private final okhttp3.Request request;
    private final CallGroup calls;
    private final Recorder recorder = new Recorder(1, MAX_MICROS, 3);
    private final Histogram fromDue = new Histogram(1, MAX_MICROS, 3);
    private final Histogram fromSent = new ConcurrentHistogram(1, MAX_MICROS, 2);
    private final Map<String, LongAdder> results = new ConcurrentHashMap<>();
    private final AtomicLong sent = new AtomicLong();
    private final LongAdder late = new LongAdder();
    private final LongAdder unfinished = new LongAdder();
    private Histogram interval;
    private long due;
    private long activeNanos;
    private long pointedNanos;
    private final long quota;

    /**
     * @param quota how many requests it makes at most
     * @param calls whose end is this one's, too
     */
    LoadLane(Target target, okhttp3.Request request, long quota, CallGroup calls) {
        this.target = target;
        this.request = request;
        this.quota = quota;
        this.calls = calls;
    }

    String name() {
        return target.way().name().toLowerCase(Locale.ROOT);
    }

    long left() {
        return quota - sent.get();
    }

    long sent() {
        return sent.get();
    }

    /** Sends a request that was due at a time, and waits for the answer. */
    void send(long dueAt) {
        sent.incrementAndGet();
        if (System.nanoTime() - dueAt > ON_TIME_NANOS) {
            late.increment();
        }
        Timing timing = MeasuredRequest.send(request, dueAt, MAX_SECONDS_EACH, calls);
        if (timing == null) {
            unfinished.increment();
            return;
        }
        results.computeIfAbsent(timing.result(), r -> new LongAdder()).increment();
        if (timing.isAnswered()) {
            recorder.recordValue(micros(timing.fromDueMillis()));
            fromSent.recordValue(micros(timing.totalMillis()));
        }
    }

    private static long micros(double millis) {
        return Math.min(MAX_MICROS, Math.max(1, (long) (millis * 1000)));
    }

    /**
     * Its turn is over.
     *
     * @param wereDue how many requests were due in it
     */
    void rest(long nanos, long wereDue) {
        activeNanos += nanos;
        due += wereDue;
    }

    /**
     * What has been recorded since the last time.
     *
     * @param current how long it has been its turn, beyond the turns that are over
     */
    ObjectNode point(long current) {
        interval = recorder.getIntervalHistogram(interval);
        fromDue.add(interval);
        long count = interval.getTotalCount();
        long active = activeNanos + current - pointedNanos;
        pointedNanos = activeNanos + current;
        ObjectNode out = Json.object().put("count", count);
        // an answer that comes after its turn counts, though no time does
        out.put("perSecond", active > 0 ? Json.round(count * 1e9 / active) : null);
        if (count > 0) {
            out.put("p50Ms", interval.getValueAtPercentile(50) / 1e3);
            out.put("p99Ms", count < ENOUGH_FOR_P99 ? null : interval.getValueAtPercentile(99) / 1e3);
            out.put("maxMs", interval.getMaxValue() / 1e3);
        }
        return out;
    }

    ObjectNode json(long current, boolean hasRate) {
        ObjectNode out = Stats.percentiles(fromDue).put("address", target.address());
        if (fromDue.getTotalCount() < ENOUGH_FOR_P99) {
            out.putNull("p99Ms").putNull("p99.9Ms");
        }
        if (fromDue.getTotalCount() == 0) {
            out.putNull("p50Ms").putNull("p90Ms").putNull("maxMs");
        }
        long active = activeNanos + current;
        out.put("activeMs", active / 1_000_000);
        out.put("perSecond", active > 0 ? Json.round(fromDue.getTotalCount() * 1e9 / active) : 0);
        out.put("sent", sent.get()).put("unfinished", unfinished.sum());
        if (hasRate) {
            out.put("due", due).put("late", late.sum()).put("dropped", Math.max(0, due - sent.get()));
            out.set(
                    "fromSent",
                    Json.object()
                            .put("p50Ms", fromSent.getValueAtPercentile(50) / 1e3)
                            .put("maxMs", fromSent.getMaxValue() / 1e3));
        }
        ObjectNode byResult = out.putObject("results");
        new TreeMap<>(results).forEach((result, count) -> byResult.put(result, count.sum()));
        return out;
    }
}
