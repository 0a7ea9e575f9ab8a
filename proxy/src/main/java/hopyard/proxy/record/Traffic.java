package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.UpstreamTry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.HdrHistogram.Histogram;

/**
 * How many exchanges there were and how long their phases took. Each I/O thread counts for itself; once a second
 * somebody calls {@link #tick()}, which gathers.
 */
public final class Traffic {

    /** What is timed, in microseconds. */
    public enum Phase {
        TOTAL,
        CONNECT,
        WAIT,
        SEND,
        PROXY
    }

    /**
     * One second.
     *
     * @param time when it ended, in milliseconds since 1970
     * @param requests how many exchanges ended in it
     * @param errors how many of them with a status of 500 and above
     * @param p50 median of their total time in microseconds; 0 without any
     * @param p99 the 99th percentile
     */
    public record Second(long time, long requests, long errors, long p50, long p99) {}

    private static final int MAX_THREADS = 256;
    private static final int MAX_PEERS = 32;
    private static final int KEPT_SECONDS = 300;
    private static final int STATUSES = 1000;

    private final AtomicReferenceArray<Recorders> threads = new AtomicReferenceArray<>(MAX_THREADS);
    private final Map<Phase, Histogram> phases = new LinkedHashMap<>();
    private final Map<String, Histogram> peers = new LinkedHashMap<>();
    private final Deque<Second> seconds = new ArrayDeque<>();
    private long errorsBefore;

    /** What one thread records into. */
    private static final class Recorders {
        private final Latencies[] phases = new Latencies[Phase.values().length];
        private final Map<String, Latencies> peers = new ConcurrentHashMap<>();
        private final AtomicLongArray statuses = new AtomicLongArray(STATUSES);
        private final AtomicLong bytesSent = new AtomicLong();

        Recorders() {
            for (int i = 0; i < phases.length; i++) {
                phases[i] = new Latencies();
            }
        }

        void count(Exchange exchange, long now) {
            long started = exchange.startNanos();
            record(Phase.TOTAL, now - started);
            List<UpstreamTry> tries = exchange.tries();
            UpstreamTry last = tries.isEmpty() ? null : tries.get(tries.size() - 1);
            if (last != null && last.headerNanos() >= 0) {
                Phases spent = Phases.of(
                        started,
                        now,
                        tries.get(0).startedAt(),
                        last.startedAt(),
                        last.connectNanos(),
                        last.headerNanos());
                record(Phase.WAIT, spent.await());
                record(Phase.SEND, spent.send());
                if (!last.isReused()) {
                    record(Phase.CONNECT, spent.connect());
                }
                if (exchange.respondedNanos() > 0) {
                    record(
                            Phase.PROXY,
                            exchange.respondedNanos() - started - spent.await() - spent.connect() - spent.retry());
                }
                recordPeer(last.server(), spent.await());
            }
            add(bytesSent, exchange.bodyBytesSent());
            int status = exchange.status();
            statuses.lazySet(status < STATUSES ? status : 0, statuses.get(status < STATUSES ? status : 0) + 1);
        }

        private void record(Phase phase, long nanos) {
            phases[phase.ordinal()].add(nanos);
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
        for (Phase phase : Phase.values()) {
            phases.put(phase, newHistogram());
        }
    }

    private static Histogram newHistogram() {
        return new Histogram(1, Latencies.LONGEST, 2);
    }

    void count(int thread, Exchange exchange, long now) {
        Recorders recorders = threads.getPlain(thread);
        if (recorders == null) {
            recorders = new Recorders();
            threads.setRelease(thread, recorders);
        }
        recorders.count(exchange, now);
    }

    /** Gathers what the threads have recorded since the last call. */
    public synchronized void tick() {
        Histogram second = newHistogram();
        for (int i = 0; i < MAX_THREADS; i++) {
            Recorders recorders = threads.getAcquire(i);
            if (recorders == null) {
                continue;
            }
            for (Phase phase : Phase.values()) {
                recorders.phases[phase.ordinal()].moveTo(phase == Phase.TOTAL ? second : phases.get(phase));
            }
            recorders.peers.forEach(
                    (peer, recorder) -> recorder.moveTo(peers.computeIfAbsent(peer, p -> newHistogram())));
        }
        phases.get(Phase.TOTAL).add(second);
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

    /** The last five minutes, oldest first. */
    public synchronized List<Second> seconds() {
        return new ArrayList<>(seconds);
    }

    /** A copy of what a phase took, in microseconds, since the start. */
    public synchronized Histogram phase(Phase phase) {
        return phases.get(phase).copy();
    }

    /** Copies of how long each upstream server took until its response's head, in microseconds. */
    public synchronized Map<String, Histogram> peers() {
        Map<String, Histogram> copies = new LinkedHashMap<>();
        peers.forEach((peer, histogram) -> copies.put(peer, histogram.copy()));
        return copies;
    }

    /** How many responses there were with each status code. */
    public Map<Integer, Long> statuses() {
        Map<Integer, Long> sums = new TreeMap<>();
        for (int t = 0; t < MAX_THREADS; t++) {
            Recorders recorders = threads.getAcquire(t);
            for (int status = 0; recorders != null && status < STATUSES; status++) {
                long count = recorders.statuses.get(status);
                if (count > 0) {
                    sums.merge(status, count, Long::sum);
                }
            }
        }
        return sums;
    }

    public long bytesSent() {
        long sum = 0;
        for (int t = 0; t < MAX_THREADS; t++) {
            Recorders recorders = threads.getAcquire(t);
            sum += recorders == null ? 0 : recorders.bytesSent.get();
        }
        return sum;
    }
}
