package hopyard.e2e;

import static hopyard.e2e.ReceivedTraces.allBelow;
import static hopyard.e2e.ReceivedTraces.attributes;
import static hopyard.e2e.ReceivedTraces.begun;
import static hopyard.e2e.ReceivedTraces.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.otlp.OtlpReceiver;
import hopyard.trace.TraceParent;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Traces through proxy, app and database, as a receiver of OTLP gets them. */
class TracesIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();

    /** How often spans are sent, in ms. */
    private static final String SOON = "100";

    private static OtlpReceiver receiver;
    private static ReceivedTraces traces;
    private static Program playground;

    @BeforeAll
    static void start() {
        receiver = OtlpReceiver.http();
        traces = new ReceivedTraces(receiver);
        playground = Program.playground(
                Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        endpoint(),
                        "OTEL_BSP_SCHEDULE_DELAY",
                        SOON,
                        "TRACE_LINK",
                        "http://localhost:16686/trace/$otel_trace_id"),
                PROXY,
                APP,
                "--db-port=" + Program.freePort());
        Program.until("the database", () -> get("/notes", TraceParent.start()).statusCode() == 200);
        playground.awaitOutput("Traces go to " + receiver.endpoint() + " from now on.");
        Program.until("the proxy to export", () -> {
            get("/whoami", begun("01"));
            return traces.services().contains("proxy");
        });
    }

    @AfterAll
    static void stop() {
        Program.closeAll(playground, receiver);
    }

    private static String endpoint() {
        return receiver.endpoint().replace("/v1/traces", "");
    }

    private static HttpResponse<String> get(String path, TraceParent parent) throws IOException, InterruptedException {
        return ReceivedTraces.get(PROXY, path, parent);
    }

    /** Waits for the spans of a trace that the client has begun, in which each hop has at least one. */
    private static List<Span> trace(TraceParent client) {
        Program.until("the proxy's and the app's spans in " + client, () -> {
            List<Span> spans = traces.spans(client);
            return spans.stream()
                            .filter(each -> each.getKind() == SpanKind.SPAN_KIND_SERVER)
                            .count()
                    == 2;
        });
        return traces.spans(client);
    }

    @Test
    void oneTraceHasASpanForEachHopAndForEachStatementBelowTheOneBefore() throws Exception {
        TraceParent client = begun("01");
        assertEquals(200, get("/notes/each", client).statusCode());
        List<Span> spans = trace(client);
        Span proxy = traces.below(spans, client.parentId(), SpanKind.SPAN_KIND_SERVER);
        Span attempt = traces.below(spans, id(proxy), SpanKind.SPAN_KIND_CLIENT);
        Span app = traces.below(spans, id(attempt), SpanKind.SPAN_KIND_SERVER);
        List<Span> statements = allBelow(spans, id(app), SpanKind.SPAN_KIND_CLIENT);
        assertTrue(statements.size() >= 21, receiver::tree);
        assertEquals(3 + statements.size(), spans.size(), receiver::tree);
        assertEquals("GET /notes/each", app.getName());
        assertEquals(Integer.toString(APP), attributes(app).get("network.local.port"));
        assertEquals(
                attributes(attempt).get("network.peer.port"), attributes(app).get("network.local.port"));
        for (Span each : spans) {
            assertEquals("vendor=opaque", each.getTraceState());
            assertEquals(StatusCode.STATUS_CODE_UNSET, each.getStatus().getCode());
        }
        assertEquals(Set.of("proxy", "app"), traces.services());
    }

    @Test
    void whatIsNotSampledIsNotExportedAndTheAppIsToldSo() throws Exception {
        TraceParent not = begun("00");
        assertTrue(get("/whoami", not).body().contains(not.traceId()));
        TraceParent sampled = begun("01");
        String seen = get("/whoami", sampled).body();
        TraceParent given = TraceParent.parse(seen.replaceAll("(?s).*traceparent: (\\S+).*", "$1"))
                .orElseThrow();
        assertEquals("01", given.flags());
        List<Span> spans = trace(sampled);
        assertTrue(spans.stream().anyMatch(each -> id(each).equals(given.parentId())), receiver::tree);
        assertEquals(List.of(), traces.spans(not));
    }

    @Test
    void theConsoleLeadsToWhereATraceIsShown() throws Exception {
        TraceParent client = begun("01");
        String id = get("/whoami", client).headers().firstValue("X-Request-ID").orElseThrow();
        JsonNode exchange = new ObjectMapper()
                .readTree(get("/_hops/exchanges/" + id + "?wait=3000&format=json", begun("00"))
                        .body());
        assertEquals(
                "http://localhost:16686/trace/" + client.traceId(),
                exchange.at("/trace/link").asText(),
                exchange::toPrettyString);
    }
}
