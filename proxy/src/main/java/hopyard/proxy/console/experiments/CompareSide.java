package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.exchanges.Fields;
import hopyard.proxy.console.exchanges.Fields.Field;
import hopyard.proxy.console.experiments.MeasuredRequest.Timing;
import hopyard.proxy.console.experiments.Targets.Target;
import hopyard.proxy.console.experiments.Targets.Way;
import hopyard.proxy.record.Attempt;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** All requests of one way of a comparison. */
final class CompareSide {

    /** Of fewer answers, the 90th or the 99th percentile is just the longest. */
    private static final Map<Integer, Integer> ENOUGH = Map.of(50, 1, 90, 10, 99, 100);

    private final Target target;
    private final OutgoingRequest message;
    private final okhttp3.Request request;
    private final List<Timing> timings = new ArrayList<>();
    private final Map<String, Integer> answeredBy = new TreeMap<>();
    private OneShot shown;
    private ExchangeRecord record;

    CompareSide(Target target, String path) throws Refusal {
        this.target = target;
        message = OutgoingRequest.of(target, WantedRequest.of("GET", path, List.of(), new byte[0]));
        request = MeasuredRequest.request(target, path);
    }

    Target target() {
        return target;
    }

    okhttp3.Request request() {
        return request;
    }

    OutgoingRequest message() {
        return message;
    }

    /** Makes one of them the one that is shown. */
    void show(OneShot one, ExchangeRecord its) {
        shown = one;
        record = its;
    }

    OneShot shown() {
        return shown;
    }

    /** The exchange of the one that is shown; {@code null} if there is none. */
    ExchangeRecord record() {
        return record;
    }

    synchronized void add(Timing timing) {
        timings.add(timing);
    }

    synchronized List<Timing> timings() {
        return List.copyOf(timings);
    }

    void answeredBy(String who) {
        answeredBy.merge(who, 1, Integer::sum);
    }

    Map<String, Integer> answeredBy() {
        return answeredBy;
    }

    Map<String, Integer> results() {
        Map<String, Integer> results = new TreeMap<>();
        timings().forEach(timing -> results.merge(timing.result(), 1, Integer::sum));
        return results;
    }

    String counts() {
        StringBuilder out = new StringBuilder();
        results()
                .forEach((result, count) -> out.append(out.isEmpty() ? "" : ", ")
                        .append(count)
                        .append(" × ")
                        .append(result));
        return out.toString();
    }

    List<Timing> answered() {
        return timings().stream().filter(Timing::isAnswered).toList();
    }

    /** Whether each was answered, though not each wholly. */
    boolean isOnlyCut() {
        return timings().stream().allMatch(timing -> timing.isAnswered() || timing.isCut());
    }

    long shortest() {
        return answered().stream().mapToLong(Timing::length).min().orElse(0);
    }

    long longest() {
        return answered().stream().mapToLong(Timing::length).max().orElse(0);
    }

    /** Of the answers, in milliseconds; {@code null} if there are too few for it. */
    Double percentile(int percent) {
        return answered().size() < ENOUGH.getOrDefault(percent, 1) ? null : percentile(percent, Timing::totalMillis);
    }

    private Double percentile(int percent, ToDoubleFunction<Timing> of) {
        double[] sorted = answered().stream().mapToDouble(of).sorted().toArray();
        return sorted.length == 0
                ? null
                : Json.round(sorted[(int) Math.max(0, Math.ceil(percent / 100.0 * sorted.length) - 1)]);
    }

    /** Medians of the phases, by name. */
    Map<String, Double> phases() {
        Map<String, Double> phases = new TreeMap<>();
        phases.put("connectMs", percentile(50, Timing::connectMillis));
        phases.put("receiveMs", percentile(50, Timing::receiveMillis));
        phases.put("waitMs", percentile(50, Timing::waitMillis));
        return phases;
    }

    /** The fields that the app got; {@code null} if it was not asked, or nobody can tell. */
    List<Field> seenByApp() {
        if (target.way() == Way.DIRECT) {
            return shown.from().isEmpty() ? null : message.fields();
        }
        Attempt attempt = record == null ? null : record.lastTry();
        return attempt == null || attempt.sentHead() == null ? null : Fields.of(attempt.sentHead());
    }

    /** The fields that came back; {@code null} if no response did. */
    List<Field> gotByClient() {
        return shown.head() == null ? null : Fields.of(shown.head());
    }

    /** How many answers there are so far. */
    ObjectNode progress() {
        ObjectNode out = Json.object().put("times", timings().size());
        ObjectNode results = out.putObject("results");
        results().forEach(results::put);
        return out;
    }

    ObjectNode json() {
        List<Timing> answered = answered();
        ObjectNode out = progress();
        out.put("way", target.way().name().toLowerCase(Locale.ROOT)).put("address", target.address());
        out.put("host", target.host()).put("answered", answered.size());
        ObjectNode who = out.putObject("answeredBy");
        answeredBy.forEach(who::put);
        out.putObject("bytes").put("shortest", shortest()).put("longest", longest());
        for (int percent : List.of(50, 90, 99)) {
            out.put("p" + percent + "Ms", percentile(percent));
        }
        out.put("longestMs", percentile(100));
        ObjectNode phases = out.putObject("medianPhases");
        phases().forEach(phases::put);
        out.put("reused", answered.stream().filter(Timing::isReused).count());
        ArrayNode millis = out.putArray("latenciesMs");
        answered.forEach(timing -> millis.add(Json.round(timing.totalMillis())));
        List<Field> seen = seenByApp();
        out.set("seenByApp", seen == null ? null : Fields.json(seen));
        ObjectNode got = shown.json();
        got.put("requestLine", message.requestLine()).put("curl", Curl.of(message));
        got.set("sent", Fields.json(message.fields()));
        out.set("gotByClient", got);
        if (record != null) {
            out.put("id", record.id());
        }
        return out;
    }
}
