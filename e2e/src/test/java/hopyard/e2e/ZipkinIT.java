package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.otlp.OtlpReceiver;
import hopyard.trace.TraceParent;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Zipkin makes of the spans of proxy, app and database. */
class ZipkinIT {

    private static final int PROXY = Program.freePort();

    @TempDir
    private static Path directory;

    private static Zipkin zipkin;
    private static OtlpReceiver receiver;
    private static ReceivedTraces traces;
    private static Program playground;

    @BeforeAll
    static void start() throws Exception {
        zipkin = Zipkin.start();
        receiver = OtlpReceiver.http();
        traces = new ReceivedTraces(receiver);
        // each request is first tried where nobody listens
        String servers = "server 127.0.0.1:" + Program.freePort() + " max_fails=0; server backend:8000 resolve backup;";
        playground = Program.playground(
                Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        receiver.endpoint().replace("/v1/traces", ""),
                        "OTEL_BSP_SCHEDULE_DELAY",
                        "100"),
                PROXY,
                Program.freePort(),
                "--conf",
                Program.shippedConf(directory, shipped -> shipped.replace("server backend:8000 resolve;", servers)),
                "--db-port=" + Program.freePort());
        playground.awaitOutput("Traces go to " + receiver.endpoint() + " from now on.");
        Program.until(
                "the database",
                () -> ReceivedTraces.get(PROXY, "/notes", TraceParent.start()).statusCode() == 200);
        Program.until("the proxy to export", () -> {
            request("/whoami", 200);
            return traces.services().contains("proxy");
        });
        zipkin.await();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(playground, receiver, zipkin);
    }

    private static TraceParent request(String path, int status) throws Exception {
        TraceParent client = ReceivedTraces.begun("01");
        assertEquals(status, ReceivedTraces.get(PROXY, path, client).statusCode());
        return client;
    }

    /** Whether the receiver has the proxy's span and the app's, which are the last of each. */
    private static boolean isComplete(TraceParent client) {
        return traces.spans(client).stream()
                        .filter(each -> each.getKind() == SpanKind.SPAN_KIND_SERVER)
                        .count()
                == 2;
    }

    /** Sends a request; returns the tree that Zipkin has of it, below the client's span. */
    private static String tree(String path, int status) throws Exception {
        TraceParent client = request(path, status);
        Program.until("the proxy's and the app's spans", () -> isComplete(client));
        StringBuilder out = new StringBuilder();
        append(out, "", zipkin.take(receiver, client.traceId()), client.parentId());
        return out.toString();
    }

    private static void append(StringBuilder out, String indent, List<JsonNode> spans, String parentId) {
        spans.stream()
                .filter(each -> each.get("parentId").asText().equals(parentId))
                // a new connection of the app first looks for its tables
                .filter(each -> !each.at("/tags/db.query.text").asText().contains("to_regclass"))
                .sorted(Comparator.comparingLong(each -> each.get("timestamp").asLong()))
                .forEach(each -> {
                    out.append(indent)
                            .append(each.at("/localEndpoint/serviceName").asText())
                            .append(' ')
                            .append(each.get("kind").asText())
                            .append(' ')
                            .append(each.get("name").asText())
                            .append(each.has("shared") ? " shared" : "");
                    if (each.at("/tags").has("error")) {
                        out.append(" error ").append(each.at("/tags/error.type").asText());
                    }
                    append(
                            out.append('\n'),
                            indent + "  ",
                            spans,
                            each.get("id").asText());
                });
    }

    /** Returns what Zipkin says of who asks whom. */
    private static JsonNode link(String parent, String child) throws Exception {
        JsonNode links = zipkin.ask("/dependencies?endTs=" + (System.currentTimeMillis() + 60_000));
        return StreamSupport.stream(links.spliterator(), false)
                .filter(each -> each.get("parent").asText().equals(parent)
                        && each.get("child").asText().equals(child))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no link from " + parent + " to " + child + ": " + links));
    }

    @Test
    void aRetryIsShownBesideTheAttemptBeforeAndWhatAnsweredBelowIt() throws Exception {
        assertEquals("""
                proxy SERVER /
                  proxy CLIENT get error connection_refused
                  proxy CLIENT get
                    app SERVER get /notes
                      app CLIENT select hopyard_note hopyard_author
                """, tree("/notes", 200));
        assertEquals("[\"app\",\"proxy\"]", zipkin.ask("/services").toString());
        assertTrue(link("proxy", "app").get("callCount").asInt() >= 1);
        // who exports nothing is known by who asks it: the server that is not there, and PostgreSQL
        assertTrue(link("proxy", "127.0.0.1").get("errorCount").asInt() >= 1);
        assertTrue(link("app", "127.0.0.1").get("callCount").asInt() >= 1);
    }

    @Test
    void anErrorOfTheAppIsMarkedOnTheWayToTheClientAndCountedBetweenProxyAndApp() throws Exception {
        assertEquals("""
                proxy SERVER / error 500
                  proxy CLIENT get error connection_refused
                  proxy CLIENT get error 500
                    app SERVER get /status/{codes} error 500
                """, tree("/status/500", 500));
        assertTrue(link("proxy", "app").get("errorCount").asInt() >= 1);
    }
}
