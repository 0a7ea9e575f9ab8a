package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * {@code load}: {@code POST load} starts a run, {@code GET load} shows how far it is, {@code DELETE load} stops it. One
 * at a time; watchers of {@code live} are told twice a second.
 */
final class Load {

    private static final int MOST_REQUESTS = 100_000;
    private static final int MOST_SECONDS = 60;
    private static final int MOST_CONCURRENT = 64;
    private static final int HIGHEST_RATE = 20_000;

    private final Console console;
    private final Targets targets;
    private LoadRun run;

    Load(Console console, Targets targets) {
        this.console = console;
        this.targets = targets;
    }

    synchronized Answer answer(Request request) throws Refusal {
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

    private void start(Request request) throws Refusal {
        ObjectNode body = request.json();
        String path = Targets.path(request.parameter(body, "path", "/whoami"));
        String via = request.parameter(body, "via", "both");
        int concurrency = request.integer(body, "concurrency", 10, 1, MOST_CONCURRENT);
        int rate = request.integer(body, "rate", 0, 0, HIGHEST_RATE);
        int seconds = request.integer(body, "seconds", 0, 0, MOST_SECONDS);
        int total = request.integer(body, "total", seconds > 0 ? MOST_REQUESTS : 1000, 1, MOST_REQUESTS);
        LoadRun.Plan plan = new LoadRun.Plan(
                path, via, concurrency, rate, total, seconds == 0 ? MOST_SECONDS : seconds, seconds > 0);
        var ways = targets.ways(request, via, path);
        var requests = new okhttp3.Request[ways.size()];
        for (int i = 0; i < requests.length; i++) {
            requests[i] = Send.builder(request, ways.get(i), path).build();
        }
        targets.beginMeasuring();
        run = new LoadRun(plan, ways, requests, this::progress, targets::endMeasuring);
        run.start(console.ticker());
    }

    private void progress(ObjectNode state) {
        console.live().send("load", Json.compact(state));
    }

    private static String text(ObjectNode state) {
        StringBuilder out = new StringBuilder(
                !state.has("lanes")
                        ? "no load run yet: curl -X POST '…/_hops/load?path=/whoami&total=1000' starts one\n"
                        : state.path("running").asBoolean() ? "running\n" : "ended\n");
        state.path("lanes").properties().forEach(lane -> {
            out.append(String.format(
                    Locale.ROOT,
                    "  %-8s %8d requests  %9.1f/s   p50 %.2f  p90 %.2f  p99 %.2f  max %.2f ms   %s%n",
                    lane.getKey(),
                    lane.getValue().path("count").asLong(),
                    lane.getValue().path("perSecond").asDouble(),
                    lane.getValue().path("p50Ms").asDouble(),
                    lane.getValue().path("p90Ms").asDouble(),
                    lane.getValue().path("p99Ms").asDouble(),
                    lane.getValue().path("maxMs").asDouble(),
                    lane.getValue().path("results")));
        });
        return out.toString();
    }
}
