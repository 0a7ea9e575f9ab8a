package hopyard.e2e;

import static hopyard.e2e.ReceivedTraces.allBelow;
import static hopyard.e2e.ReceivedTraces.attributes;
import static hopyard.e2e.ReceivedTraces.begun;
import static hopyard.e2e.ReceivedTraces.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.otlp.OtlpReceiver;
import hopyard.trace.TraceParent;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The app's traces, as a receiver of OTLP gets them. */
class TracedAppIT {

    /** How often spans are sent, in ms. */
    private static final String SOON = "100";

    @TempDir
    private static Path directory;

    private static OtlpReceiver receiver;
    private static ReceivedTraces traces;
    private static Program postgres;
    private static Program app;
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        receiver = OtlpReceiver.http();
        traces = new ReceivedTraces(receiver);
        int databasePort = Program.freePort();
        postgres = Program.start(
                Map.of(),
                "database/bin/postgres",
                "--home",
                Program.STATE.resolve("hopyard/postgres").toString(),
                "--data",
                directory.resolve("data").toString(),
                "--port",
                "" + databasePort);
        postgres.awaitPort(databasePort);
        port = Program.freePort();
        app = Program.app(
                port,
                Map.of(
                        "DATABASE_URL",
                        "postgres://hopyard:hopyard@127.0.0.1:" + databasePort + "/hopyard",
                        "DB_STATEMENT_TIMEOUT",
                        "1",
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        receiver.endpoint().replace("/v1/traces", ""),
                        "OTEL_RESOURCE_ATTRIBUTES",
                        "deployment.environment.name=test",
                        "OTEL_BSP_SCHEDULE_DELAY",
                        SOON));
        app.awaitOutput("Traces go to " + receiver.endpoint() + " from now on.");
        Program.until(
                "the database",
                () -> ReceivedTraces.get(port, "/notes", begun("00")).statusCode() == 200);
    }

    @AfterAll
    static void stop() throws Exception {
        Program.closeAll(app, receiver);
        // let PostgreSQL end by itself
        postgres.signal("TERM");
        postgres.await();
        postgres.close();
    }

    private static HttpResponse<String> get(String path, TraceParent parent) throws IOException, InterruptedException {
        return ReceivedTraces.get(port, path, parent);
    }

    /** Waits for the spans of a request; its own is the last of them. */
    private static List<Span> trace(TraceParent caller) {
        Program.until(
                "the span below " + caller,
                () -> !allBelow(traces.spans(caller), caller.parentId(), SpanKind.SPAN_KIND_SERVER)
                        .isEmpty());
        return traces.spans(caller);
    }

    /** Returns the spans of a request's statements, without those that look for the tables. */
    private static List<Span> statements(List<Span> spans, Span app) {
        return allBelow(spans, id(app), SpanKind.SPAN_KIND_CLIENT).stream()
                .filter(each -> !attributes(each).get("db.query.text").contains("to_regclass"))
                .toList();
    }

    @Test
    void aRequestHasASpanBelowItsCallersAndEachStatementOneBelowThat() throws Exception {
        TraceParent caller = begun("01");
        assertEquals(200, get("/notes/each?secret=planted", caller).statusCode());
        List<Span> spans = trace(caller);
        Span request = traces.below(spans, caller.parentId(), SpanKind.SPAN_KIND_SERVER);
        assertEquals("GET /notes/each", request.getName());
        Map<String, String> known = attributes(request);
        assertEquals("/notes/each", known.get("http.route"));
        assertEquals("/notes/each", known.get("url.path"));
        assertEquals("200", known.get("http.response.status_code"));
        assertEquals(Integer.toString(port), known.get("network.local.port"));
        List<Span> statements = statements(spans, request);
        assertEquals(21, statements.size(), receiver::tree);
        assertEquals("SELECT hopyard_note", statements.get(0).getName());
        Map<String, String> first = attributes(statements.get(0));
        assertEquals("postgresql", first.get("db.system.name"));
        assertEquals("hopyard", first.get("db.namespace"));
        assertEquals("127.0.0.1", first.get("server.address"));
        assertEquals("20", first.get("db.response.returned_rows"));
        assertTrue(attributes(statements.get(1)).get("db.query.text").endsWith("WHERE id = ?"), receiver::tree);
        for (Span each : spans) {
            assertEquals("vendor=opaque", each.getTraceState());
            assertEquals(StatusCode.STATUS_CODE_UNSET, each.getStatus().getCode());
            assertFalse(attributes(each).toString().contains("planted"), receiver::tree);
            assertTrue(
                    each.getStartTimeUnixNano() >= request.getStartTimeUnixNano()
                            && each.getEndTimeUnixNano() <= request.getEndTimeUnixNano(),
                    receiver::tree);
        }
        assertEquals(
                Map.of("service.name", "app", "deployment.environment.name", "test"),
                OtlpReceiver.attributes(receiver.resource().getAttributesList()));
    }

    @Test
    void theCommentOfAStatementNamesItsSpan() throws Exception {
        TraceParent caller = begun("01");
        assertEquals(200, get("/notes", caller).statusCode());
        List<String> known = trace(caller).stream().map(ReceivedTraces::id).toList();
        // what it has run last
        JsonNode connections =
                new ObjectMapper().readTree(get("/db", begun("00")).body()).get("connections");
        assertTrue(
                StreamSupport.stream(connections.spliterator(), false)
                        .map(each -> TraceParent.parse(each.path("traceparent").asText()))
                        .anyMatch(each -> each.isPresent()
                                && each.get().traceId().equals(caller.traceId())
                                && known.contains(each.get().parentId())),
                () -> connections.toPrettyString() + receiver.tree());
    }

    @Test
    void aHostThatIsNoneIsToldOfInASpanAndNotInTheLog() throws Exception {
        int before = receiver.spans().size();
        try (Socket client = new Socket("127.0.0.1", port)) {
            client.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        }
        Program.until(
                "its span",
                () -> receiver.spans().stream()
                        .skip(before)
                        .anyMatch(each -> "400".equals(attributes(each).get("http.response.status_code"))));
        assertFalse(app.output().contains("Exception"), app::output);
    }

    @Test
    void whatTheCallerHasNotSampledIsNotExported() throws Exception {
        TraceParent not = begun("00");
        assertEquals(200, get("/notes", not).statusCode());
        TraceParent sampled = begun("01");
        assertEquals(200, get("/whoami", sampled).statusCode());
        trace(sampled);
        assertEquals(List.of(), traces.spans(not));
    }

    @Test
    void aStatementThatFailsIsMarkedAndSoIsItsRequest() throws Exception {
        TraceParent caller = begun("01");
        assertEquals(500, get("/notes/slow?seconds=3", caller).statusCode());
        List<Span> spans = trace(caller);
        Span request = traces.below(spans, caller.parentId(), SpanKind.SPAN_KIND_SERVER);
        Span statement = statements(spans, request).get(0);
        assertEquals(StatusCode.STATUS_CODE_ERROR, statement.getStatus().getCode());
        assertEquals("57014", attributes(statement).get("db.response.status_code"));
        assertEquals("statement_timeout", attributes(statement).get("error.type"));
        assertEquals(StatusCode.STATUS_CODE_ERROR, request.getStatus().getCode());
        assertEquals("statement_timeout", attributes(request).get("error.type"));
        assertEquals("500", attributes(request).get("http.response.status_code"));
    }

    @Test
    void withoutAReceiverNothingIsLoadedAndItIsAwaited() throws Exception {
        for (String endpoint : List.of("", "http://127.0.0.1:" + Program.freePort())) {
            int own = Program.freePort();
            Path loaded = directory.resolve("loaded" + own);
            Map<String, String> environment = new HashMap<>();
            environment.put("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + loaded);
            environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
            try (Program other = Program.app(own, environment)) {
                assertEquals(
                        200, ReceivedTraces.get(own, "/whoami", begun("01")).statusCode());
                String classes = Files.readString(loaded);
                assertTrue(classes.contains("hopyard.backend.App"), classes);
                assertFalse(classes.contains("io.opentelemetry"), classes);
                assertEquals(!endpoint.isEmpty(), classes.contains("hopyard.otel."), other::output);
                assertFalse(other.output().contains("WARNING"), other::output);
            }
        }
    }

    @Test
    void aReceiverThatRefusesIsNoticedByNobodyAndSaidOnce() throws Exception {
        int own = Program.freePort();
        try (OtlpReceiver refusing = OtlpReceiver.grpc()) {
            refusing.answers(OtlpReceiver.Answer.REFUSE);
            try (Program other = Program.app(
                    own,
                    Map.of(
                            "OTEL_EXPORTER_OTLP_ENDPOINT",
                            "http://" + refusing.endpoint(),
                            "OTEL_EXPORTER_OTLP_PROTOCOL",
                            "grpc",
                            "OTEL_BSP_SCHEDULE_DELAY",
                            SOON))) {
                other.awaitOutput("from now on");
                Program.until("the receiver to be asked three times", () -> {
                    assertEquals(
                            200, ReceivedTraces.get(own, "/whoami", begun("01")).statusCode());
                    return refusing.seen() >= 3;
                });
                other.awaitOutput("[WARNING] ");
                assertEquals(
                        1,
                        other.output()
                                .lines()
                                .filter(each -> each.contains("WARNING"))
                                .count(),
                        other::output);
                refusing.answers(OtlpReceiver.Answer.TAKE);
                TraceParent later = begun("01");
                Program.until("a span", () -> {
                    ReceivedTraces.get(own, "/whoami", later);
                    return !refusing.spans().isEmpty();
                });
                assertEquals("GET /whoami", refusing.spans().get(0).getName());
            }
        }
    }
}
