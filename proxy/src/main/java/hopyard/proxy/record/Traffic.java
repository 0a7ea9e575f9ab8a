package hopyard.proxy.record;

import hopyard.proxy.http.UpstreamTry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

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
    private static final long LONGEST_MICROS = 3_600_000_000L;

    private final AtomicReferenceArray<Recorders> threads = new AtomicReferenceArray<>(MAX_THREADS);
    private final Map<Phase, Histogram> phases = new LinkedHashMap<>();
    private final Map<String, Histogram> peers = new LinkedHashMap<>();
    private final Map<Integer, LongAdder> statuses = new ConcurrentHashMap<>();
    private final LongAdder bytesSent = new LongAdder();
    private final Deque<Second> seconds = new ArrayDeque<>();
    private long errorsBefore;

    /** What one thread records into. */
    private static final class Recorders {
        private final SingleWriterRecorder[] phases = new SingleWriterRecorder[Phase.values().length];
        private final Map<String, SingleWriterRecorder> peers = new ConcurrentHashMap<>();

        Recorders() {
            for (int i = 0; i < phases.length; i++) {
                phases[i] = recorder();
            }
        }

        void record(Phase phase, double millis) {
            phases[phase.ordinal()].recordValue(micros(millis));
        }

        void recordPeer(String peer, double millis) {
            SingleWriterRecorder recorder = peers.get(peer);
            if (recorder == null) {
                if (peers.size() >= MAX_PEERS) {
                    return;
                }
                recorder = recorder();
                peers.put(peer, recorder);
            }
            recorder.recordValue(micros(millis));
        }

        private static long micros(double millis) {
            return Math.min(LONGEST_MICROS, Math.max(0, Math.round(millis * 1000)));
        }

        private static SingleWriterRecorder recorder() {
            return new SingleWriterRecorder(1, LONGEST_MICROS, 2);
        }
    }

    public Traffic() {
        for (Phase phase : Phase.values()) {
            phases.put(phase, newHistogram());
        }
    }

    private static Histogram newHistogram() {
        return new Histogram(1, LONGEST_MICROS, 2);
    }

    void count(int thread, ExchangeRecord record) {
        Recorders recorders = threads.getPlain(thread);
        if (recorders == null) {
            recorders = new Recorders();
            threads.setRelease(thread, recorders);
        }
        double total = record.totalMillis();
        recorders.record(Phase.TOTAL, total);
        UpstreamTry last = record.lastTry();
        if (last != null && last.headerNanos() >= 0) {
            double wait = record.waitMillis();
            recorders.record(Phase.WAIT, wait);
            recorders.record(Phase.SEND, record.sendMillis());
            if (!last.isReused()) {
                recorders.record(Phase.CONNECT, record.connectMillis());
            }
            if (record.responded() > 0) {
                recorders.record(
                        Phase.PROXY,
                        (record.responded() - record.started()) / 1e6
                                - wait
                                - record.connectMillis()
                                - record.retryMillis());
            }
            recorders.recordPeer(last.server(), wait);
        }
        bytesSent.add(record.bytesSent());
        statuses.computeIfAbsent(record.status(), s -> new LongAdder()).increment();
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
                Histogram interval = recorders.phases[phase.ordinal()].getIntervalHistogram();
                phases.get(phase).add(interval);
                if (phase == Phase.TOTAL) {
                    second.add(interval);
                }
            }
            recorders.peers.forEach((peer, recorder) ->
                    peers.computeIfAbsent(peer, p -> newHistogram()).add(recorder.getIntervalHistogram()));
        }
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
        return statuses.entrySet().stream()
                .filter(e -> e.getKey() >= 500)
                .mapToLong(e -> e.getValue().sum())
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
        Map<Integer, Long> sums = new LinkedHashMap<>();
        statuses.keySet().stream()
                .sorted()
                .forEach(s -> sums.put(s, statuses.get(s).sum()));
        return sums;
    }

    public long bytesSent() {
        return bytesSent.sum();
    }
}
