package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.Targets.Target;
import hopyard.proxy.record.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * One load run: a number of threads that each send the next request as soon as theirs is answered or, where a rate is
 * given, when it is due. A request that is sent late because the ones before it were slow counts from when it was due,
 * since a user would have waited that long (coordinated omission).
 */
final class LoadRun {

    private static final int TICK_MILLIS = 500;
    private static final long LONGEST_MICROS = 120_000_000;

    /**
     * What to do.
     *
     * @param rate requests per second of all ways together; 0 for as many as go
     * @param total when to end, in requests
     * @param seconds when to end, in seconds
     * @param timed whether the seconds, not the total, are what was asked for
     */
    record Plan(String path, String via, int concurrency, int rate, int total, int seconds, boolean timed) {}

    /** The requests of one way. */
    private static final class Lane {
        private final Target target;
        private final okhttp3.Request request;
        private final Recorder recorder = new Recorder(1, LONGEST_MICROS, 3);
        private final Histogram all = new Histogram(1, LONGEST_MICROS, 3);
        private final Map<String, LongAdder> results = new ConcurrentHashMap<>();

        Lane(Target target, okhttp3.Request request) {
            this.target = target;
            this.request = request;
        }

        String name() {
            return target.way().name().toLowerCase(Locale.ROOT);
        }

        void send(long intended) {
            Probe probe = Probe.sendDue(target, request.newBuilder(), intended);
            recorder.recordValue(Math.min(LONGEST_MICROS, Math.max(1, probe.totalNanos() / 1000)));
            results.computeIfAbsent(probe.result(), r -> new LongAdder()).increment();
        }
    }

    private final Plan plan;
    private final List<Lane> lanes = new ArrayList<>();
    private final Consumer<ObjectNode> progress;
    private final Runnable onEnd;
    private final AtomicLong next = new AtomicLong();
    private final AtomicInteger working;
    private final ArrayNode series = Json.array();
    private final long started = System.nanoTime();
    private ScheduledFuture<?> ticking;
    private long ended;
    private long lastTick = started;
    private volatile boolean stopped;

    /**
     * @param progress gets the state twice a second and at the end
     * @param onEnd runs when the last request is answered
     */
    LoadRun(Plan plan, List<Target> ways, okhttp3.Request[] requests, Consumer<ObjectNode> progress, Runnable onEnd) {
        this.plan = plan;
        this.progress = progress;
        this.onEnd = onEnd;
        working = new AtomicInteger(plan.concurrency);
        for (int i = 0; i < requests.length; i++) {
            lanes.add(new Lane(ways.get(i), requests[i]));
        }
    }

    synchronized void start(ScheduledExecutorService ticker) {
        ticking = ticker.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        int begun = 0;
        try {
            while (begun < plan.concurrency) {
                Thread worker = new Thread(this::work, "load-" + begun);
                worker.setDaemon(true);
                worker.start();
                begun++;
            }
        } finally {
            // without the threads that the system does not give, the others' end is the run's
            if (begun < plan.concurrency && working.addAndGet(begun - plan.concurrency) == 0) {
                end();
            }
        }
    }

    void stop() {
        stopped = true;
    }

    private void work() {
        try {
            long deadline = started + TimeUnit.SECONDS.toNanos(plan.seconds);
            for (long i = next.getAndIncrement(); i < plan.total && !stopped; i = next.getAndIncrement()) {
                long due = plan.rate == 0 ? System.nanoTime() : started + i * 1_000_000_000L / plan.rate;
                if (due >= deadline) {
                    return;
                }
                for (long early = due - System.nanoTime(); early > 0 && !stopped; early = due - System.nanoTime()) {
                    LockSupport.parkNanos(early);
                }
                lanes.get((int) (i % lanes.size())).send(due);
            }
        } finally {
            if (working.decrementAndGet() == 0) {
                end();
            }
        }
    }

    private synchronized void end() {
        ticking.cancel(false);
        ended = System.nanoTime();
        onEnd.run();
        tick();
    }

    /** Takes in what the threads have recorded since the last time, and tells. */
    private synchronized void tick() {
        long now = System.nanoTime();
        ObjectNode point = Json.object().put("atMs", (now - started) / 1_000_000);
        for (Lane lane : lanes) {
            Histogram interval = lane.recorder.getIntervalHistogram();
            lane.all.add(interval);
            ObjectNode values = point.putObject(lane.name());
            values.put("perSecond", Json.round(interval.getTotalCount() * 1e9 / Math.max(1, now - lastTick)));
            if (interval.getTotalCount() > 0) {
                values.put("p50Ms", interval.getValueAtPercentile(50) / 1e3);
                values.put("p99Ms", interval.getValueAtPercentile(99) / 1e3);
            }
        }
        lastTick = now;
        series.add(point);
        progress.accept(json());
    }

    synchronized ObjectNode json() {
        long until = ended == 0 ? System.nanoTime() : ended;
        ObjectNode out = Json.object().put("running", ended == 0).put("stopped", stopped);
        // everybody who watches gets this
        out.put("path", Redaction.text(plan.path)).put("via", plan.via).put("concurrency", plan.concurrency);
        out.put("rate", plan.rate).put("total", plan.timed ? 0 : plan.total);
        out.put("seconds", plan.timed ? plan.seconds : 0).put("elapsedMs", (until - started) / 1_000_000);
        out.put(
                "done",
                plan.timed
                        ? Math.min(1, (until - started) / 1e9 / plan.seconds)
                        : Math.min(1, (double) next.get() / plan.total));
        ObjectNode byLane = out.putObject("lanes");
        for (Lane lane : lanes) {
            ObjectNode values = Stats.percentiles(lane.all);
            values.put("address", lane.target.address());
            values.put("perSecond", Json.round(lane.all.getTotalCount() * 1e9 / Math.max(1, until - started)));
            ObjectNode results = values.putObject("results");
            new TreeMap<>(lane.results).forEach((result, count) -> results.put(result, count.sum()));
            byLane.set(lane.name(), values);
        }
        out.set("series", series.deepCopy());
        return out;
    }
}
