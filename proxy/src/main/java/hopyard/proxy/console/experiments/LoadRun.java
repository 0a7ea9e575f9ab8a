package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.proxy.console.experiments.Targets.Target;
import hopyard.proxy.record.redaction.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * One load run: a number of threads that each send the next request as soon as theirs is answered or, where a rate is
 * given, when it is due. A request that is sent late because the ones before it were slow counts from when it was due,
 * since a user would have waited that long (coordinated omission); what was due and could not be sent before the end is
 * dropped, and counted.
 *
 * <p>Two ways take turns, and have all the threads in theirs: so each has a rate of its own, and neither slows the
 * other down.
 */
final class LoadRun {

    /** Where two ways take turns, and the run is one of some seconds, this long each. */
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Where it is one of some requests, each way has so many turns. */
    private static final int TURNS = 5;

    private static final long TELL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * What to do.
     *
     * @param number the run's number
     * @param rate requests per second of a way whose turn it is; 0 for as many as go
     * @param total when to end, in requests
     * @param seconds when to end, in seconds
     * @param timed whether the seconds, not the total, are what was asked for
     */
    record Plan(
            long number, String path, String via, int concurrency, int rate, int total, int seconds, boolean timed) {}

    /**
     * The time of one way.
     *
     * @param until when nothing more is sent in it
     * @param quota how many requests there are for it
     */
    private record Turn(LoadLane lane, long started, long until, long quota, AtomicLong next) {}

    private final Plan plan;
    private final List<LoadLane> lanes = new ArrayList<>();
    private final Consumer<ObjectNode> progress;
    private final Runnable onEnd;
    private final CallGroup calls = new CallGroup();
    private final AtomicInteger working;
    private final List<Thread> threads = new ArrayList<>();
    private final ArrayNode series = Json.array();
    private final long started = System.nanoTime();
    private final long deadline;
    private final Phaser turns;
    private Turn turn;
    private Ticker ticker;
    private ScheduledFuture<?> ticking;
    private ScheduledFuture<?> limit;
    private long told = started;
    private long lastPoint = started;
    private long states;
    private long ended;
    private String end;

    /**
     * @param progress gets the state twice a second and at the end
     * @param onEnd runs when the last request is answered
     */
    LoadRun(Plan plan, List<Target> ways, okhttp3.Request[] requests, Consumer<ObjectNode> progress, Runnable onEnd) {
        this.plan = plan;
        this.progress = progress;
        this.onEnd = onEnd;
        working = new AtomicInteger(plan.concurrency);
        deadline = started + TimeUnit.SECONDS.toNanos(plan.seconds);
        for (int i = 0; i < requests.length; i++) {
            // one more for the first if they cannot be shared out
            long quota = (plan.total + requests.length - 1 - i) / requests.length;
            lanes.add(new LoadLane(ways.get(i), requests[i], quota, calls));
        }
        turn = turn(lanes.get(0), started);
        turns = new Phaser(plan.concurrency) {
            @Override
            protected boolean onAdvance(int phase, int parties) {
                return parties == 0 || !nextTurn();
            }
        };
    }

    private Turn turn(LoadLane lane, long now) {
        long until = lanes.size() > 1 && plan.timed ? Math.min(deadline, now + TURN_NANOS) : deadline;
        long portion = (plan.total / lanes.size() + TURNS - 1) / TURNS;
        long quota = lanes.size() > 1 && !plan.timed
                ? Math.min(lane.left(), Math.max(plan.concurrency, portion))
                : lane.left();
        return new Turn(lane, now, until, quota, new AtomicLong());
    }

    /** Begins: the number of threads that was asked for, or as many as there are. */
    synchronized void start(Ticker by) {
        ticker = by;
        limit = ticker.schedule(() -> stop("time"), plan.seconds, TimeUnit.SECONDS);
        schedulePoint();
        int begun = 0;
        try {
            while (begun < plan.concurrency) {
                Thread worker = new Thread(this::work, "load-" + begun);
                worker.setDaemon(true);
                worker.start();
                threads.add(worker);
                begun++;
            }
        } finally {
            // without the threads that the system does not give, the others' end is the run's
            for (int i = begun; i < plan.concurrency; i++) {
                leave();
            }
        }
    }

    /** Ends it: what is under way is not waited for. */
    void stop() {
        stop("stopped");
    }

    private synchronized void stop(String why) {
        if (end == null) {
            end = why;
            calls.cancel();
            threads.forEach(LockSupport::unpark);
        }
    }

    private void work() {
        try {
            do {
                take(turn);
                turns.arriveAndAwaitAdvance();
            } while (!turns.isTerminated());
        } finally {
            leave();
        }
    }

    private void leave() {
        turns.arriveAndDeregister();
        if (working.decrementAndGet() == 0) {
            end();
        }
    }

    private void take(Turn now) {
        for (long i = now.next.getAndIncrement(); i < now.quota; i = now.next.getAndIncrement()) {
            long due = plan.rate == 0 ? System.nanoTime() : now.started + i * 1_000_000_000L / plan.rate;
            if (due >= now.until) {
                return;
            }
            for (long early = due - System.nanoTime();
                    early > 0 && !calls.isCancelled();
                    early = due - System.nanoTime()) {
                LockSupport.parkNanos(early);
            }
            if (calls.isCancelled() || System.nanoTime() >= now.until) {
                return;
            }
            now.lane.send(due);
        }
    }

    /**
     * Ends a turn, when its last request is answered, and begins the next.
     *
     * @return whether there is one
     */
    private synchronized boolean nextTurn() {
        long now = System.nanoTime();
        turn.lane.rest(now - turn.started, due(now));
        int at = lanes.indexOf(turn.lane);
        for (int i = 1; i <= lanes.size() && !calls.isCancelled() && now < deadline; i++) {
            LoadLane next = lanes.get((at + i) % lanes.size());
            if (next.left() > 0) {
                turn = turn(next, now);
                return true;
            }
        }
        turn = null;
        return false;
    }

    /** How many requests of the turn have been due. */
    private long due(long now) {
        long nanos = Math.max(0, Math.min(now, turn.until) - turn.started);
        // the first is due at once
        return plan.rate == 0 ? 0 : Math.min(turn.quota, (nanos - 1) * plan.rate / 1_000_000_000L + 1);
    }

    private synchronized void end() {
        ticking.cancel(false);
        limit.cancel(false);
        end = end != null ? end : plan.timed && sent() == plan.total ? "requests" : "complete";
        ended = System.nanoTime();
        onEnd.run();
        point();
    }

    private void schedulePoint() {
        long elapsed = System.nanoTime() - started;
        // a run that is over in no time has a chart, and a long one does not send long ones
        int millis = elapsed < 500_000_000L ? 20 : elapsed < 6_000_000_000L ? 100 : 500;
        ticking = ticker.schedule(this::tick, millis, TimeUnit.MILLISECONDS);
    }

    private synchronized void tick() {
        if (ended == 0) {
            point();
            schedulePoint();
        }
    }

    /** Takes in what the threads have recorded since the last time, and tells. */
    private void point() {
        long now = System.nanoTime();
        ObjectNode point = Json.object().put("atMs", (now - started) / 1_000_000);
        point.put("widthMs", Json.round((now - lastPoint) / 1e6));
        lastPoint = now;
        for (LoadLane lane : lanes) {
            point.set(lane.name(), lane.point(current(lane, now)));
        }
        series.add(point);
        if (ended != 0 || now - told >= TELL_NANOS) {
            told = now;
            progress.accept(json());
        }
    }

    private long sent() {
        return lanes.stream().mapToLong(LoadLane::sent).sum();
    }

    /** How long it has been a way's turn. */
    private long current(LoadLane lane, long now) {
        return turn != null && turn.lane == lane ? now - turn.started : 0;
    }

    /** The state: of two with the same {@code run}, the one with the higher {@code state} is newer. */
    synchronized ObjectNode json() {
        long now = System.nanoTime();
        long until = ended == 0 ? now : ended;
        ObjectNode out = Json.object().put("run", plan.number).put("state", ++states);
        out.put("running", ended == 0).put("ended", ended == 0 ? null : end);
        out.put("stopped", "stopped".equals(end));
        // everybody who watches gets this
        out.put("path", Redaction.text(plan.path)).put("via", plan.via).put("concurrency", plan.concurrency);
        out.put("rate", plan.rate).put("total", plan.timed ? 0 : plan.total);
        out.put("seconds", plan.timed ? plan.seconds : 0).put("elapsedMs", (until - started) / 1_000_000);
        out.put(
                "done",
                Math.min(1, plan.timed ? (until - started) / 1e9 / plan.seconds : (double) sent() / plan.total));
        out.put("latencyFrom", plan.rate > 0 ? "due" : "sent").put("turns", lanes.size() > 1);
        ObjectNode byLane = out.putObject("lanes");
        lanes.forEach(lane -> byLane.set(lane.name(), lane.json(current(lane, now), plan.rate > 0)));
        out.set("series", series.deepCopy());
        return out;
    }
}
