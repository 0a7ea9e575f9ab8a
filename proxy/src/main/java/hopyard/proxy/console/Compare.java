package hopyard.proxy.console;

import static hopyard.proxy.console.Text.line;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.Fields.Field;
import hopyard.proxy.console.Probe.Timing;
import hopyard.proxy.console.Targets.Target;
import hopyard.proxy.console.Targets.Way;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * {@code compare}: one path, a number of times direct and as often through the proxy, alternating. What differs for the
 * app, what differs for the client, and how much time the proxy adds.
 */
final class Compare {

    private static final int MAX_TIMES = 1000;
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** For each request: an app that hangs is not waited for time and again. */
    private static final int LONGEST_SECONDS_EACH = 10;

    /** Before the first one that counts, so that both ways have their connections and the code is warm. */
    private static final int WARM_UP = 5;

    private static final int KEPT = 16 << 10;

    private final Console console;
    private final Targets targets;
    private final Send send;

    /** All requests of one way. */
    private static final class Side {
        private final Target target;
        private final okhttp3.Request request;
        private final List<Timing> probes = new ArrayList<>();
        private Probe shown;
        private ExchangeRecord record;

        Side(Target target, okhttp3.Request.Builder request) {
            this.target = target;
            this.request = request.build();
        }

        Probe send(int keep) {
            return Probe.send(target, request.newBuilder(), keep, LONGEST_SECONDS_EACH);
        }

        double percentile(double percent) {
            return percentile(percent, Timing::totalMillis);
        }

        double percentile(double percent, ToDoubleFunction<Timing> of) {
            double[] sorted = probes.stream().mapToDouble(of).sorted().toArray();
            return sorted[(int) Math.max(0, Math.ceil(percent / 100 * sorted.length) - 1)];
        }

        Map<String, Integer> results() {
            Map<String, Integer> results = new TreeMap<>();
            probes.forEach(probe -> results.merge(probe.result(), 1, Integer::sum));
            return results;
        }

        /** The fields that the app got. */
        List<Field> seenByApp() {
            return record == null || record.lastTry() == null
                    ? shown.requestFields()
                    : Fields.of(record.lastTry().sentHead());
        }
    }

    /** Both sides, and what differs. */
    private record Result(String path, int asked, Side direct, Side proxied, ArrayNode seenDiff, ArrayNode gotDiff) {}

    Compare(Console console, Targets targets, Send send) {
        this.console = console;
        this.targets = targets;
        this.send = send;
    }

    CompletionStage<Answer> answer(Request request) throws Refusal {
        ObjectNode body = request.json();
        String path = Targets.path(request.parameter(body, "path", "/whoami"));
        int times = request.integer(body, "n", 50, 1, MAX_TIMES);
        Map<Way, Side> sides = new EnumMap<>(Way.class);
        for (Target target : targets.ways(request, "both", path)) {
            sides.put(target.way(), new Side(target, Send.builder(request, target, path)));
        }
        targets.beginMeasuring();
        CompletableFuture<Result> result;
        try {
            result = Probe.start(() -> run(request.exchange(), path, times, sides));
        } catch (Refusal e) {
            targets.endMeasuring();
            throw e;
        }
        return result.whenComplete((r, e) -> targets.endMeasuring())
                .thenApply(r -> Answer.of(request, () -> json(r), () -> text(r)));
    }

    private Result run(Exchange asker, String path, int times, Map<Way, Side> sides) {
        long end = System.nanoTime() + LONGEST_NANOS;
        int warmUp = Math.min(WARM_UP, times);
        for (int i = 0; i < warmUp && System.nanoTime() < end; i++) {
            sides.values().forEach(side -> side.send(0));
        }
        for (int i = 0; i < times && (i == 0 || System.nanoTime() < end && isThere(asker)); i++) {
            sides.values().forEach(side -> side.probes.add(side.send(0).timing()));
        }
        for (Side side : sides.values()) {
            long before = console.log().newestId();
            side.shown = side.send(KEPT);
            side.record = send.find(side.shown, before).join();
        }
        Side direct = sides.get(Way.DIRECT);
        Side proxied = sides.get(Way.PROXIED);
        ExchangeRecord record = proxied.record;
        return new Result(
                path,
                times,
                direct,
                proxied,
                HeaderChanges.between(
                        direct.seenByApp(),
                        proxied.seenByApp(),
                        record == null ? Map.of() : record.location().requestHeaders()),
                HeaderChanges.between(
                        direct.shown.responseFields(),
                        proxied.shown.responseFields(),
                        record == null ? Map.of() : record.location().responseHeaders()));
    }

    /** Whether whoever asked still waits for the answer. */
    private static boolean isThere(Exchange asker) {
        return asker.http().getConnection().isOpen();
    }

    private static ObjectNode json(Result result) {
        ObjectNode out = Json.object().put("path", result.path).put("asked", result.asked);
        out.set("direct", side(result.direct));
        out.set("proxied", side(result.proxied));
        ObjectNode added = out.putObject("added");
        for (int percent : List.of(50, 90, 99)) {
            added.put(
                    "p" + percent + "Ms",
                    Json.round(result.proxied.percentile(percent) - result.direct.percentile(percent)));
        }
        ObjectNode diff = out.putObject("differences");
        diff.set("seenByApp", result.seenDiff);
        diff.set("gotByClient", result.gotDiff);
        return out;
    }

    private static ObjectNode side(Side side) {
        ObjectNode out = Json.object().put("address", side.target.address());
        out.put("times", side.probes.size());
        ObjectNode results = out.putObject("results");
        side.results().forEach(results::put);
        for (int percent : List.of(50, 90, 99, 100)) {
            out.put("p" + percent + "Ms", Json.round(side.percentile(percent)));
        }
        ObjectNode phases = out.putObject("medianPhases");
        phases.put("connectMs", Json.round(side.percentile(50, Timing::connectMillis)));
        phases.put("waitMs", Json.round(side.percentile(50, Timing::waitMillis)));
        phases.put("receiveMs", Json.round(side.percentile(50, Timing::receiveMillis)));
        out.put("reused", side.probes.stream().filter(Timing::isReused).count());
        ArrayNode millis = out.putArray("latenciesMs");
        side.probes.forEach(probe -> millis.add(Json.round(probe.totalMillis())));
        out.set("seenByApp", Fields.json(side.seenByApp()));
        out.set("gotByClient", side.shown.json());
        if (side.record != null) {
            out.put("id", side.record.id());
        }
        return out;
    }

    private static String text(Result result) {
        StringBuilder out = new StringBuilder();
        Side d = result.direct;
        Side p = result.proxied;
        line(out, "GET %s, %d times each way, alternating%n%n", result.path, d.probes.size());
        line(out, "%-12s %21s %21s %12s%n", "", "direct", "through the proxy", "the proxy");
        line(out, "%-12s %21s %21s%n", "", d.target.address(), p.target.address());
        line(out, "%-12s %21s %21s%n", "answers", counts(d), counts(p));
        row(out, "p50", d.percentile(50), p.percentile(50));
        row(out, "p90", d.percentile(90), p.percentile(90));
        row(out, "p99", d.percentile(99), p.percentile(99));
        row(out, "longest", d.percentile(100), p.percentile(100));
        row(out, "  connect", d.percentile(50, Timing::connectMillis), p.percentile(50, Timing::connectMillis));
        row(out, "  wait", d.percentile(50, Timing::waitMillis), p.percentile(50, Timing::waitMillis));
        row(out, "  receive", d.percentile(50, Timing::receiveMillis), p.percentile(50, Timing::receiveMillis));
        out.append("             connect, wait and receive: medians; 0 to connect means a kept connection\n");
        changes(out, "What the app saw differs in", result.seenDiff);
        changes(out, "What the client got differs in", result.gotDiff);
        return out.toString();
    }

    private static String counts(Side side) {
        StringBuilder out = new StringBuilder();
        side.results()
                .forEach((result, count) -> out.append(out.isEmpty() ? "" : ", ")
                        .append(count)
                        .append(" × ")
                        .append(result));
        return out.toString();
    }

    private static void row(StringBuilder out, String name, double direct, double proxied) {
        line(out, "%-12s %18.3f ms %18.3f ms %+9.3f ms%n", name, direct, proxied, proxied - direct);
    }

    private static void changes(StringBuilder out, String title, ArrayNode changes) {
        line(out, "%n%s%n", changes.isEmpty() ? title + " nothing" : title);
        changes.forEach(change -> {
            String sign = Map.of("added", "+", "removed", "-", "changed", "~")
                    .get(change.get("kind").asText());
            List<String> values = new ArrayList<>();
            (change.get("is").isEmpty() ? change.get("was") : change.get("is")).forEach(v -> values.add(v.asText()));
            line(out, "  %s %s: %s%n", sign, change.get("header").asText(), String.join(", ", values));
            if (change.has("by")) {
                String place = change.get("file").asText().replaceFirst(".*/", "") + ":" + change.get("line");
                line(out, "      by %s  %s%n", place, change.get("by").asText());
            }
        });
    }
}
