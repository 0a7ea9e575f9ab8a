package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Watchers;
import hopyard.proxy.console.experiments.MeasuredRequest.Timing;
import hopyard.proxy.console.experiments.Targets.Way;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.redaction.Redaction;
import io.undertow.util.Headers;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** One comparison on its way: both ways by turns, until enough are done, the time is over, or somebody ends it. */
final class CompareRun {

    /** For each request: an app that hangs is not waited for time and again. */
    private static final int MAX_SECONDS_EACH = 10;

    /** Before the first one that counts, so that both ways have their connections and the code is warm. */
    private static final int WARM_UP = 5;

    /** Of an app that takes its time, fewer will do. */
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Watchers are told so often at most. */
    private static final long TELL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final Pace PACE = new Pace(0, 0, false, 0, MAX_SECONDS_EACH * 1000, false);

    /** Why it ended. */
    enum End {
        COMPLETE,
        TIME,
        CANCELLED,
        ASKER_LEFT,
        FAILED
    }

    /** What to compare: {@code times} each way, within so many seconds. */
    record Plan(long number, String path, int times, int seconds) {}

    private final ConsoleContext context;
    private final Watchers watchers;
    private final Send send;
    private final Plan plan;
    private final Exchange asker;
    private final CompareSide direct;
    private final CompareSide proxied;
    private final CallGroup calls = new CallGroup();
    private final long started = System.nanoTime();
    private long told = started;
    private volatile long ended;
    private volatile End end;

    CompareRun(
            ConsoleContext context,
            Watchers watchers,
            Send send,
            Plan plan,
            Exchange asker,
            CompareSide direct,
            CompareSide proxied) {
        this.context = context;
        this.watchers = watchers;
        this.send = send;
        this.plan = plan;
        this.asker = asker;
        this.direct = direct;
        this.proxied = proxied;
    }

    Plan plan() {
        return plan;
    }

    CompareSide direct() {
        return direct;
    }

    CompareSide proxied() {
        return proxied;
    }

    /** Why it ended; {@code null} as long as it goes on. */
    End end() {
        return end;
    }

    /** Ends it soon; what has been measured is still answered. */
    synchronized void stop(End why) {
        if (end == null) {
            end = why;
            calls.cancel();
        }
    }

    /** Does it all; takes its thread until the end. */
    CompareRun run() {
        ScheduledFuture<?> limit = context.ticker().schedule(() -> stop(End.TIME), plan.seconds, TimeUnit.SECONDS);
        try {
            show(direct);
            show(proxied);
            long warm = System.nanoTime() + WARM_UP_NANOS;
            for (int i = 0; i < Math.min(WARM_UP, plan.times) && (i == 0 || System.nanoTime() < warm); i++) {
                askBoth(false);
            }
            long before = context.exchangeLog().newestId();
            for (int i = 0; i < plan.times && end == null; i++) {
                askBoth(true);
            }
            countAnswerers(before);
            stop(End.COMPLETE);
        } finally {
            limit.cancel(false);
            stop(End.FAILED);
            ended = System.nanoTime();
            watchers.tell("compare", Json.compact(progress()));
        }
        return this;
    }

    private void show(CompareSide side) {
        long before = context.exchangeLog().newestId();
        OneShot one = send.send(side.message(), PACE);
        side.show(one, send.find(one, before).join());
    }

    private void askBoth(boolean counts) {
        for (CompareSide side : List.of(direct, proxied)) {
            Timing timing = end == null
                    ? MeasuredRequest.send(side.request(), System.nanoTime(), MAX_SECONDS_EACH, calls)
                    : null;
            if (timing != null && counts) {
                side.add(timing);
            }
        }
        if (!asker.lifetime().isConnected()) {
            stop(End.ASKER_LEFT);
        }
        tell();
    }

    /**
     * Who answered those that went through the proxy, as far as they are kept: the last may not have been recorded yet.
     */
    private void countAnswerers(long before) {
        if (proxied.record() == null) {
            return;
        }
        Iterator<ExchangeRecord> all = context.exchangeLog().since(before);
        String agent = proxied.message().first("User-Agent");
        while (all.hasNext()) {
            ExchangeRecord record = all.next();
            // those that were under way at the end have been given up here
            if (record.outcome() != Outcome.CLIENT_LEFT
                    && record.method().equals("GET")
                    && record.target().equals(proxied.record().target())
                    && agent.equals(record.fromClient().getFirst(Headers.USER_AGENT))) {
                proxied.answeredBy(record.who().toString());
            }
        }
    }

    private void tell() {
        long now = System.nanoTime();
        if (now - told > TELL_NANOS) {
            told = now;
            watchers.tell("compare", Json.compact(progress()));
        }
    }

    /** How far it is; everybody who watches gets this. */
    ObjectNode progress() {
        ObjectNode out = Json.object().put("run", plan.number).put("running", ended == 0);
        out.put("path", Redaction.text(plan.path)).put("asked", plan.times).put("limitSeconds", plan.seconds);
        out.put("elapsedMs", ((ended == 0 ? System.nanoTime() : ended) - started) / 1_000_000);
        out.put("ended", end == null ? null : end.name().toLowerCase(Locale.ROOT));
        for (CompareSide side : List.of(direct, proxied)) {
            out.set(side.target().way() == Way.DIRECT ? "direct" : "proxied", side.progress());
        }
        return out;
    }
}
