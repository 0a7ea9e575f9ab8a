package hopyard.proxy.record;

import hopyard.proxy.exchange.Clock;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.MessageSizes;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.server.MainSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/**
 * Counts the exchanges, and measures how long their stages took. Each I/O thread counts for itself. {@link #tick()},
 * called once a second, gathers the counts.
 */
public final class Traffic {

    /**
     * The figures of one second.
     *
     * @param time when the second ended, in milliseconds since 1970
     * @param requests how many exchanges ended in this second
     * @param errors how many of these had a status of 500 or above
     * @param p50 the median of their total time, in microseconds; 0 if there were none
     * @param p99 the 99th percentile of their total time, in microseconds; 0 if there were none
     */
    public record Second(long time, long requests, long errors, long p50, long p99) {}

    private static final int MAX_PEERS = 32;
    private static final int KEPT_SECONDS = 300;
    private static final int STATUSES = 1000;
    private static final Stage[] STAGES = Stage.values();

    private final AtomicReferenceArray<Recorders> threads = new AtomicReferenceArray<>(MainSettings.MAX_WORKERS);
    private final Histogram totals = newHistogram();
    private final Map<Stage, Histogram> stages = new EnumMap<>(Stage.class);
    private final Map<String, Histogram> peers = new LinkedHashMap<>();
    private final Deque<Second> seconds = new ArrayDeque<>();
    private long errorsBefore;

    /** The counters of one thread. */
    private static final class Recorders {
        private final Latencies totals = new Latencies();
        private final Latencies[] stages = new Latencies[STAGES.length];
        private final Map<String, Latencies> peers = new ConcurrentHashMap<>();
        private final AtomicLongArray statuses = new AtomicLongArray(STATUSES);
        private final AtomicLongArray outcomes = new AtomicLongArray(Outcome.values().length);
        private final AtomicLongArray answerers = new AtomicLongArray(Who.values().length);
        private final AtomicLongArray reasons = new AtomicLongArray(Why.values().length);
        private final AtomicLong bytesSent = new AtomicLong();

        Recorders() {
            for (int i = 0; i < stages.length; i++) {
                stages[i] = new Latencies();
            }
        }

        void count(Exchange exchange) {
            Clock clock = exchange.clock();
            long total = 0;
            for (int i = 0; i < STAGES.length; i++) {
                long nanos = clock.nanos(STAGES[i]);
                total += nanos;
                if (nanos > 0) {
                    stages[i].add(nanos);
                }
            }
            totals.add(total);
            UpstreamTry last = exchange.upstream().last();
            if (last != null && last.headerNanos() >= 0) {
                recordPeer(last.server(), clock.nanos(Stage.WAIT));
            }
            add(bytesSent, MessageSizes.contentSent(exchange));
            int status = exchange.status();
            add(statuses, status < STATUSES ? status : 0);
            add(outcomes, exchange.ending().outcome().ordinal());
            add(answerers, exchange.ending().answeredBy().ordinal());
            Why reason = Why.of(
                    exchange.ending().answeredBy(),
                    exchange.ending().why(),
                    exchange.ending().interrupted());
            if (reason != null) {
                add(reasons, reason.ordinal());
            }
        }

        /** By the one thread that writes. */
        private static void add(AtomicLongArray counts, int which) {
            counts.lazySet(which, counts.getPlain(which) + 1);
        }

        private void recordPeer(String peer, long nanos) {
            Latencies recorder = peers.get(peer);
            if (recorder == null) {
                if (peers.size() >= MAX_PEERS) {
                    return;
                }
                recorder = new Latencies();
                peers.put(peer, recorder);
            }
            recorder.add(nanos);
        }

        /** By the one thread that writes. */
        private static void add(AtomicLong sum, long more) {
            sum.lazySet(sum.getPlain() + more);
        }
    }

    public Traffic() {
        for (Stage stage : STAGES) {
            stages.put(stage, newHistogram());
        }
    }

    private static Histogram newHistogram() {
        return new Histogram(1, Latencies.LONGEST, 2);
    }

    void count(int thread, Exchange exchange) {
        Recorders recorders = threads.getPlain(thread);
        if (recorders == null) {
            recorders = new Recorders();
            threads.setRelease(thread, recorders);
        }
        recorders.count(exchange);
    }

    /** Gathers what the threads have recorded since the last call. */
    public synchronized void tick() {
        Histogram second = newHistogram();
        for (int i = 0; i < threads.length(); i++) {
            Recorders recorders = threads.getAcquire(i);
            if (recorders == null) {
                continue;
            }
            recorders.totals.moveTo(second);
            for (Stage stage : STAGES) {
                recorders.stages[stage.ordinal()].moveTo(stages.get(stage));
            }
            recorders.peers.forEach(
                    (peer, recorder) -> recorder.moveTo(peers.computeIfAbsent(peer, p -> newHistogram())));
        }
        totals.add(second);
        long errors = errors();
        seconds.addLast(new Second(
                System.currentTimeMillis(),
                second.getTotalCount(),
                errors - errorsBefore,
                second.getValueAtPercentile(50),
                second.getValueAtPercentile(99)));
        errorsBefore = errors;
        if (seconds.size() > KEPT_SECONDS) {
            seconds.removeFirst();
        }
    }

    private long errors() {
        return statuses().entrySet().stream()
                .filter(e -> e.getKey() >= 500)
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Returns the seconds of the last five minutes, oldest first. */
    public synchronized List<Second> seconds() {
        return new ArrayList<>(seconds);
    }

    /** Returns a copy of the total times of exchanges since the start, in microseconds. */
    public synchronized Histogram totals() {
        return totals.copy();
    }

    /**
     * Returns a copy of each stage's times since the start, in microseconds. Exchanges without the stage do not count.
     */
    public synchronized Map<Stage, Histogram> stages() {
        Map<Stage, Histogram> copies = new EnumMap<>(Stage.class);
        stages.forEach((stage, histogram) -> copies.put(stage, histogram.copy()));
        return copies;
    }

    /** Returns, by upstream server, a copy of the times until the head of its response, in microseconds. */
    public synchronized Map<String, Histogram> peers() {
        Map<String, Histogram> copies = new LinkedHashMap<>();
        peers.forEach((peer, histogram) -> copies.put(peer, histogram.copy()));
        return copies;
    }

    /** Returns how many responses had each status code. */
    public Map<Integer, Long> statuses() {
        Map<Integer, Long> sums = new TreeMap<>();
        sum(each -> each.statuses, sums::put);
        return sums;
    }

    /** Returns how many exchanges ended in each way. */
    public Map<Outcome, Long> outcomes() {
        Map<Outcome, Long> sums = new EnumMap<>(Outcome.class);
        sum(each -> each.outcomes, (i, n) -> sums.put(Outcome.values()[i], n));
        return sums;
    }

    /** Returns how many exchanges were answered by whom. */
    public Map<Who, Long> answerers() {
        Map<Who, Long> sums = new EnumMap<>(Who.class);
        sum(each -> each.answerers, (i, n) -> sums.put(Who.values()[i], n));
        return sums;
    }

    /** Returns how many exchanges had each reason. An upstream's whole response that is passed on has no reason. */
    public Map<Why, Long> reasons() {
        Map<Why, Long> sums = new EnumMap<>(Why.class);
        sum(each -> each.reasons, (i, n) -> sums.put(Why.values()[i], n));
        return sums;
    }

    private void sum(Function<Recorders, AtomicLongArray> which, BiConsumer<Integer, Long> into) {
        Map<Integer, Long> sums = new TreeMap<>();
        for (int t = 0; t < threads.length(); t++) {
            Recorders recorders = threads.getAcquire(t);
            AtomicLongArray counts = recorders == null ? null : which.apply(recorders);
            for (int i = 0; counts != null && i < counts.length(); i++) {
                if (counts.get(i) > 0) {
                    sums.merge(i, counts.get(i), Long::sum);
                }
            }
        }
        sums.forEach(into);
    }

    public long bytesSent() {
        long sum = 0;
        for (int t = 0; t < threads.length(); t++) {
            Recorders recorders = threads.getAcquire(t);
            sum += recorders == null ? 0 : recorders.bytesSent.get();
        }
        return sum;
    }
}
