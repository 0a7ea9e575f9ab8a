package hopyard.proxy.console.experiments;

import static hopyard.proxy.console.endpoint.Text.line;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Text;
import hopyard.proxy.console.endpoint.Watchers;
import hopyard.proxy.console.experiments.Targets.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * {@code compare}: one path, a number of times direct and as often through the proxy, alternating. What differs for the
 * app, what differs for the client, and how much time the proxy adds. {@code GET compare/progress} shows how far it is,
 * and so do events of {@code live}; {@code DELETE compare} ends it, and it answers what it has.
 */
public final class Compare {

    private static final int MAX_TIMES = 1000;
    private static final int MAX_SECONDS = 60;

    private final ConsoleContext context;
    private final Watchers watchers;
    private final Targets targets;
    private final Send send;
    private volatile CompareRun last;

    public Compare(ConsoleContext context, Watchers watchers, Targets targets, Send send) {
        this.context = context;
        this.watchers = watchers;
        this.targets = targets;
        this.send = send;
    }

    public CompletionStage<Answer> answer(ConsoleRequest request) throws Refusal {
        CompareRun run = last;
        if (request.method().equals("DELETE")) {
            if (run == null || run.end() != null) {
                throw new Refusal(404, "no comparison is under way");
            }
            run.stop(CompareRun.End.CANCELLED);
        } else if (!request.rest().equals("progress")) {
            return start(request);
        }
        ObjectNode state = run == null ? Json.object().put("running", false) : run.progress();
        return CompletableFuture.completedFuture(Answer.json(200, state));
    }

    private CompletionStage<Answer> start(ConsoleRequest request) throws Refusal {
        ObjectNode body = request.json();
        String path = Targets.path(request.parameter(body, "path", "/whoami"));
        int times = request.integer(body, "n", 50, 1, MAX_TIMES);
        int seconds = request.integer(body, "seconds", 20, 1, MAX_SECONDS);
        List<CompareSide> sides = new ArrayList<>();
        for (Target target : ways(request, path)) {
            sides.add(new CompareSide(target, path));
        }
        CompareRun.Plan plan = new CompareRun.Plan(targets.beginMeasuring(), path, times, seconds);
        CompletableFuture<CompareRun> ended;
        try {
            CompareRun run =
                    new CompareRun(context, watchers, send, plan, request.exchange(), sides.get(0), sides.get(1));
            ended = MeasuredRequest.start(run::run);
            last = run;
        } catch (Refusal e) {
            targets.endMeasuring();
            throw e;
        }
        return ended.whenComplete((r, e) -> targets.endMeasuring()).thenApply(r -> {
            Verdict verdict = Verdict.of(r);
            return Answer.of(request, () -> json(r, verdict), () -> text(r, verdict));
        });
    }

    /** Both; who cannot be asked directly is not compared, and nobody else in its place. */
    private List<Target> ways(ConsoleRequest request, String path) throws Refusal {
        try {
            return targets.ways(request, "both", path);
        } catch (Refusal e) {
            if (e.status() != 422) {
                throw e;
            }
            ObjectNode details = e.json();
            details.put("comparable", false).putArray("notComparable").add(e.getMessage());
            throw new Refusal(422, "not comparable: " + e.getMessage(), details);
        }
    }

    private static ObjectNode json(CompareRun run, Verdict verdict) {
        ObjectNode out = run.progress();
        out.put("path", run.plan().path());
        out.put("comparable", verdict.reasons().isEmpty());
        out.put("says", says(run, verdict));
        verdict.reasons().forEach(out.putArray("notComparable")::add);
        ArrayNode notes = out.putArray("notes");
        notes(run, verdict).forEach(notes::add);
        out.set("direct", run.direct().json());
        out.set("proxied", run.proxied().json());
        out.set("added", verdict.reasons().isEmpty() ? added(run) : null);
        ObjectNode diff = out.putObject("differences");
        diff.set("seenByApp", verdict.seenByApp());
        diff.set("gotByClient", verdict.gotByClient());
        return out;
    }

    private static ObjectNode added(CompareRun run) {
        ObjectNode added = Json.object();
        for (int percent : List.of(50, 90, 99)) {
            Double direct = run.direct().percentile(percent);
            Double proxied = run.proxied().percentile(percent);
            added.put("p" + percent + "Ms", direct == null || proxied == null ? null : Json.round(proxied - direct));
        }
        return added;
    }

    /** The whole result in a sentence. */
    private static String says(CompareRun run, Verdict verdict) {
        if (!verdict.reasons().isEmpty()) {
            return "not comparable: " + String.join("; ", verdict.reasons());
        }
        double added = run.proxied().percentile(50) - run.direct().percentile(50);
        return String.format(
                Locale.ROOT,
                "through the proxy, the median is %.3f ms %s (%s direct, %d through the proxy)",
                Math.abs(added),
                added < 0 ? "shorter" : "longer",
                Text.counted(run.direct().answered().size(), "answer"),
                run.proxied().answered().size());
    }

    private static List<String> notes(CompareRun run, Verdict verdict) {
        List<String> notes = new ArrayList<>(verdict.notes());
        int done = run.proxied().timings().size();
        switch (run.end()) {
            case TIME ->
                notes.add("the time limit of " + run.plan().seconds() + " s ended it after " + done + " of "
                        + run.plan().times() + " each way");
            case CANCELLED ->
                notes.add("it was cancelled after " + done + " of " + run.plan().times() + " each way");
            default -> {
                // complete, or nobody is there to be told
            }
        }
        int answered = Math.min(
                run.direct().answered().size(), run.proxied().answered().size());
        if (answered > 0 && answered < 100) {
            notes.add("of " + Text.counted(answered, "answer") + ", the 99th percentile is just the longest"
                    + (answered < 10 ? ", and so is the 90th" : "") + ": so only the longest is given");
        }
        return notes;
    }

    private static String text(CompareRun run, Verdict verdict) {
        StringBuilder out = new StringBuilder();
        CompareSide d = run.direct();
        CompareSide p = run.proxied();
        line(
                out,
                "GET %s, %s each way, alternating%n%n",
                run.plan().path(),
                Text.counted(d.timings().size(), "time"));
        line(out, "%-12s %21s %21s %12s%n", "", "direct", "through the proxy", "difference");
        line(out, "%-12s %21s %21s%n", "", d.target().address(), p.target().address());
        line(out, "%-12s %21s %21s%n", "answers", d.counts(), p.counts());
        boolean comparable = verdict.reasons().isEmpty();
        row(out, "median", d.percentile(50), p.percentile(50), comparable);
        row(out, "p90", d.percentile(90), p.percentile(90), comparable);
        row(out, "p99", d.percentile(99), p.percentile(99), comparable);
        row(out, "longest", d.percentile(100), p.percentile(100), comparable);
        for (String phase : List.of("connect", "wait", "receive")) {
            String name = phase + "Ms";
            row(out, "  " + phase, d.phases().get(name), p.phases().get(name), comparable);
        }
        out.append("             connect, wait and receive: medians; 0 to connect means a kept connection\n\n");
        line(out, "%s%n", says(run, verdict));
        notes(run, verdict).forEach(note -> line(out, "(%s)%n", note));
        changes(out, "What the app saw", verdict.seenByApp());
        changes(out, "What the client got", verdict.gotByClient());
        return out.toString();
    }

    private static void row(StringBuilder out, String name, Double direct, Double proxied, boolean comparable) {
        if (direct != null || proxied != null) {
            line(out, "%-12s %21s %21s", name, millis("%.3f ms", direct), millis("%.3f ms", proxied));
            boolean both = comparable && direct != null && proxied != null;
            line(out, " %12s%n", both ? millis("%+.3f ms", proxied - direct) : "");
        }
    }

    private static String millis(String format, Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, format, value);
    }

    private static void changes(StringBuilder out, String title, ArrayNode changes) {
        if (changes == null) {
            line(out, "%n%s: there are no two to compare%n", title);
            return;
        }
        line(out, "%n%s differs in%s%n", title, changes.isEmpty() ? " nothing" : "");
        changes.forEach(change -> {
            String sign = Map.of("added", "+", "removed", "-", "changed", "~")
                    .get(change.get("kind").asText());
            List<String> values = new ArrayList<>();
            (change.get("is").isEmpty() ? change.get("was") : change.get("is")).forEach(v -> values.add(v.asText()));
            line(out, "  %s %s: %s%n", sign, change.get("header").asText(), String.join(", ", values));
            if (change.has("by")) {
                String place = change.get("file").asText().replaceFirst(".*/", "") + ":" + change.get("line");
                line(out, "      by %s  %s%n", place, change.get("by").asText());
            } else {
                line(out, "      %s%n", change.path("why").asText());
            }
            if (change.has("note")) {
                line(out, "      %s%n", change.get("note").asText());
            }
        });
    }
}
