package hopyard.proxy.console.experiments;

import static hopyard.proxy.console.endpoint.Text.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.proxy.console.endpoint.Watchers;
import java.util.Locale;

/**
 * {@code load}: {@code POST load} starts a run, {@code GET load} shows how far it is, {@code DELETE load} stops it. One
 * at a time; watchers of {@code live} are told twice a second.
 */
public final class Load {

    private static final int MAX_REQUESTS = 100_000;
    private static final int MAX_SECONDS = 60;
    private static final int MAX_CONCURRENT = 64;
    private static final int MAX_RATE = 20_000;

    private final Ticker ticker;
    private final Watchers watchers;
    private final Targets targets;
    private LoadRun run;

    public Load(Ticker ticker, Watchers watchers, Targets targets) {
        this.ticker = ticker;
        this.watchers = watchers;
        this.targets = targets;
    }

    public synchronized Answer answer(ConsoleRequest request) throws Refusal {
        switch (request.method()) {
            case "GET", "HEAD" -> {
                // shows the run, if there has been one
            }
            case "POST" -> start(request);
            case "DELETE" -> {
                if (run != null) {
                    run.stop();
                }
            }
            default -> throw new Refusal(405, "POST load, GET load, or DELETE load");
        }
        ObjectNode state = run == null ? Json.object().put("running", false) : run.json();
        return Answer.of(request, () -> state, () -> text(state));
    }

    private void start(ConsoleRequest request) throws Refusal {
        ObjectNode body = request.json();
        String path = Targets.path(request.parameter(body, "path", "/whoami"));
        String via = request.parameter(body, "via", "both");
        int concurrency = request.integer(body, "concurrency", 10, 1, MAX_CONCURRENT);
        int rate = request.integer(body, "rate", 0, 0, MAX_RATE);
        int seconds = request.integer(body, "seconds", 0, 0, MAX_SECONDS);
        int total = request.integer(body, "total", seconds > 0 ? MAX_REQUESTS : 1000, 1, MAX_REQUESTS);
        var ways = targets.ways(request, via, path);
        var requests = new okhttp3.Request[ways.size()];
        for (int i = 0; i < requests.length; i++) {
            requests[i] = MeasuredRequest.request(ways.get(i), path);
        }
        LoadRun.Plan plan = new LoadRun.Plan(
                targets.beginMeasuring(),
                path,
                via,
                concurrency,
                rate,
                total,
                seconds == 0 ? MAX_SECONDS : seconds,
                seconds > 0);
        run = new LoadRun(plan, ways, requests, this::progress, targets::endMeasuring);
        run.start(ticker);
    }

    private void progress(ObjectNode state) {
        watchers.tell("load", Json.compact(state));
    }

    private static String text(ObjectNode state) {
        StringBuilder out = new StringBuilder(
                !state.has("lanes")
                        ? "no load run yet: curl -X POST '…/_hops/load?path=/whoami&total=1000' starts one\n"
                        : state.path("running").asBoolean() ? "running\n" : "ended\n");
        state.path("lanes").properties().forEach(lane -> {
            JsonNode values = lane.getValue();
            line(
                    out,
                    "  %-8s %8d answers  %9.1f/s   p50 %s  p90 %s  p99 %s  max %s ms   %s%n",
                    lane.getKey(),
                    values.path("count").asLong(),
                    values.path("perSecond").asDouble(),
                    millis(values.path("p50Ms")),
                    millis(values.path("p90Ms")),
                    millis(values.path("p99Ms")),
                    millis(values.path("maxMs")),
                    values.path("results"));
            if (values.has("due")) {
                line(
                        out,
                        "           of %d due, %d were sent late and %d dropped; latency counts from when they were due%n",
                        values.path("due").asLong(),
                        values.path("late").asLong(),
                        values.path("dropped").asLong());
            }
            if (values.path("unfinished").asLong() > 0) {
                line(
                        out,
                        "           %d were under way at the end%n",
                        values.path("unfinished").asLong());
            }
        });
        return out.toString();
    }

    private static String millis(JsonNode value) {
        return value.isNumber() ? String.format(Locale.ROOT, "%.2f", value.asDouble()) : "-";
    }
}
