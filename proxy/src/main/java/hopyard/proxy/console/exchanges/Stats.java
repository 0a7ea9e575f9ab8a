package hopyard.proxy.console.exchanges;

import static hopyard.proxy.console.endpoint.Text.line;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.otel.SpanCounts;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.AnswerContent;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Text;
import hopyard.proxy.modules.otel.OtelExport;
import hopyard.proxy.record.Traffic;
import hopyard.proxy.record.Traffic.Second;
import hopyard.proxy.server.Background;
import hopyard.proxy.server.Configuration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** {@code stats} and {@code metrics}: how many requests, how fast, and with what result. */
public final class Stats {

    private static final double[] PERCENTILES = {50, 90, 99, 99.9};

    private final ConsoleContext context;

    public Stats(ConsoleContext context) {
        this.context = context;
    }

    private Traffic traffic() {
        return context.exchangeLog().traffic();
    }

    public Answer answer(ConsoleRequest request) {
        return Answer.of(request, this::json, this::text);
    }

    private ObjectNode json() {
        ObjectNode out = live();
        ObjectNode phases = out.putObject("phases");
        phases.set("total", percentiles(traffic().totals()));
        traffic().stages().forEach((stage, histogram) -> phases.set(stage.toString(), percentiles(histogram)));
        ObjectNode peers = out.putObject("upstreams");
        traffic().peers().forEach((peer, histogram) -> peers.set(peer, percentiles(histogram)));
        out.set("seconds", Json.array(traffic().seconds(), Stats::second));
        return out;
    }

    /** What watchers get every second. */
    ObjectNode live() {
        ObjectNode out = Json.object();
        out.put("inFlight", context.http().inFlight());
        out.put("connections", context.http().connections());
        out.put("run", context.exchangeLog().firstId());
        out.put("requests", context.exchangeLog().count());
        out.put("bytesSent", traffic().bytesSent());
        ObjectNode statuses = out.putObject("statuses");
        traffic().statuses().forEach((status, count) -> statuses.put(Integer.toString(status), count));
        counts(out.putObject("outcomes"), traffic().outcomes());
        counts(out.putObject("answeredBy"), traffic().answerers());
        counts(out.putObject("reasons"), traffic().reasons());
        SpanCounts spans = spans();
        if (spans != null) {
            out.putObject("spans")
                    .put("exported", spans.exported())
                    .put("dropped", spans.dropped())
                    .put("failed", spans.failed());
        }
        List<Second> seconds = traffic().seconds();
        out.set("second", seconds.isEmpty() ? null : second(seconds.get(seconds.size() - 1)));
        return out;
    }

    /** Returns what has become of spans; {@code null} if none are exported. */
    private SpanCounts spans() {
        Configuration configuration = context.http().configuration();
        // without any, the class need not be loaded
        return Background.of(configuration) == null ? null : OtelExport.counts(configuration);
    }

    private static void counts(ObjectNode out, Map<?, Long> counts) {
        counts.forEach((what, count) -> out.put(what.toString(), count));
    }

    private static ObjectNode second(Second second) {
        return Json.object()
                .put("time", second.time())
                .put("requests", second.requests())
                .put("errors", second.errors())
                .put("p50Ms", second.p50() / 1e3)
                .put("p99Ms", second.p99() / 1e3);
    }

    /** The usual percentiles of a histogram of microseconds, in milliseconds. */
    public static ObjectNode percentiles(Histogram histogram) {
        ObjectNode out = Json.object().put("count", histogram.getTotalCount());
        for (double percentile : PERCENTILES) {
            String name =
                    "p" + (percentile % 1 == 0 ? Integer.toString((int) percentile) : Double.toString(percentile));
            out.put(name + "Ms", histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1e3);
        }
        return out.put("maxMs", histogram.getTotalCount() == 0 ? 0 : histogram.getMaxValue() / 1e3);
    }

    private Map<String, Long> classes() {
        Map<String, Long> classes = new TreeMap<>();
        traffic().statuses().forEach((status, count) -> classes.merge(status / 100 + "xx", count, Long::sum));
        return classes;
    }

    private String text() {
        StringBuilder out = new StringBuilder();
        List<Second> seconds = traffic().seconds();
        Second now = seconds.isEmpty() ? null : seconds.get(seconds.size() - 1);
        line(
                out,
                "%s, %d in flight on %s, %d in the last second%n",
                Text.counted(context.exchangeLog().count(), "request"),
                context.http().inFlight(),
                Text.counted(context.http().connections(), "connection"),
                now == null ? 0 : now.requests());
        classes().forEach((name, count) -> line(out, "  %s  %d%n", name, count));
        line(out, "  %s%n  by %s%n", list(traffic().outcomes()), list(traffic().answerers()));
        if (!traffic().reasons().isEmpty()) {
            line(out, "  %s%n", list(traffic().reasons()));
        }
        line(out, "%n%-22s %10s %9s %9s %9s %9s  ms%n", "", "count", "p50", "p90", "p99", "max");
        row(out, "total", traffic().totals());
        traffic().stages().forEach((stage, histogram) -> row(out, stage.toString(), histogram));
        traffic().peers().forEach((peer, histogram) -> row(out, peer, histogram));
        return out.toString();
    }

    private static String list(Map<?, Long> counts) {
        return counts.entrySet().stream()
                .map(each -> each.getKey() + " " + each.getValue())
                .collect(Collectors.joining(", "));
    }

    private static void row(StringBuilder out, String name, Histogram h) {
        boolean any = h.getTotalCount() > 0;
        line(
                out,
                "%-22s %10d %9.2f %9.2f %9.2f %9.2f%n",
                name,
                h.getTotalCount(),
                any ? h.getValueAtPercentile(50) / 1e3 : 0,
                any ? h.getValueAtPercentile(90) / 1e3 : 0,
                any ? h.getValueAtPercentile(99) / 1e3 : 0,
                any ? h.getMaxValue() / 1e3 : 0);
    }

    /**
     * For Prometheus.
     *
     * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</a>
     */
    public Answer metrics(ConsoleRequest request) {
        return new Answer(200, "text/plain; version=0.0.4; charset=utf-8", AnswerContent.text(this::metrics));
    }

    private String metrics() {
        StringBuilder out = new StringBuilder();
        head(out, "hopyard_requests_total", "counter", "Finished requests by status code.");
        traffic()
                .statuses()
                .forEach((status, count) -> line(out, "hopyard_requests_total{code=\"%d\"} %d%n", status, count));
        counter(out, "hopyard_outcomes_total", "outcome", traffic().outcomes(), "Exchanges by how they ended.");
        counter(out, "hopyard_answered_total", "by", traffic().answerers(), "Exchanges by who answered.");
        counter(out, "hopyard_reasons_total", "reason", traffic().reasons(), "Exchanges by why it was not the app.");
        head(out, "hopyard_sent_bytes_total", "counter", "Content bytes sent to clients.");
        line(out, "hopyard_sent_bytes_total %d%n", traffic().bytesSent());
        head(out, "hopyard_requests_in_flight", "gauge", "Requests under way, the console's included.");
        line(out, "hopyard_requests_in_flight %d%n", context.http().inFlight());
        head(out, "hopyard_connections", "gauge", "Client connections.");
        line(out, "hopyard_connections %d%n", context.http().connections());
        head(out, "hopyard_held_bytes", "gauge", "Heap that is held for connections, slow heads and bodies.");
        line(out, "hopyard_held_bytes %d%n", HeldMemory.held());
        head(out, "hopyard_buffer_bytes", "gauge", "Memory of buffers outside of the heap.");
        line(out, "hopyard_buffer_bytes %d%n", BufferPool.taken());
        SpanCounts spans = spans();
        if (spans != null) {
            Map<String, Long> results = new TreeMap<>();
            results.put("exported", spans.exported());
            results.put("dropped", spans.dropped());
            results.put("failed", spans.failed());
            counter(out, "hopyard_otel_spans_total", "result", results, "Spans by what has become of them.");
        }
        head(out, "hopyard_phase_seconds", "summary", "What the phases of a request took.");
        summary(out, "hopyard_phase_seconds", "phase=\"total\"", traffic().totals());
        traffic()
                .stages()
                .forEach((stage, histogram) ->
                        summary(out, "hopyard_phase_seconds", "phase=\"" + stage + "\"", histogram));
        head(out, "hopyard_upstream_header_seconds", "summary", "Time until an upstream server's response head.");
        traffic()
                .peers()
                .forEach((peer, histogram) ->
                        summary(out, "hopyard_upstream_header_seconds", "upstream=\"" + peer + "\"", histogram));
        return out.toString();
    }

    private static void head(StringBuilder out, String name, String type, String help) {
        line(out, "# HELP %s %s%n# TYPE %s %s%n", name, help, name, type);
    }

    private static void counter(StringBuilder out, String name, String label, Map<?, Long> counts, String help) {
        head(out, name, "counter", help);
        counts.forEach((what, count) -> line(out, "%s{%s=\"%s\"} %d%n", name, label, what, count));
    }

    private static void summary(StringBuilder out, String name, String label, Histogram h) {
        for (double percentile : PERCENTILES) {
            line(
                    out,
                    "%s{%s,quantile=\"%s\"} %s%n",
                    name,
                    label,
                    Double.toString(Math.round(percentile * 10) / 1000.0),
                    h.getTotalCount() == 0 ? "NaN" : Double.toString(h.getValueAtPercentile(percentile) / 1e6));
        }
        line(
                out,
                "%s_sum{%s} %s%n",
                name,
                label,
                Double.toString(h.getTotalCount() == 0 ? 0 : h.getMean() * h.getTotalCount() / 1e6));
        line(out, "%s_count{%s} %d%n", name, label, h.getTotalCount());
    }
}
