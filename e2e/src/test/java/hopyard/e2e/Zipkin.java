package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.otlp.OtlpReceiver;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * The real Zipkin, as a process with its spans in memory. It does not speak OTLP, so it is given spans as a collector
 * in between makes them.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/">OpenTelemetry to Zipkin</a>
 */
final class Zipkin implements AutoCloseable {

    private static final String VERSION = "3.6.1";
    private static final Pattern SERVES = Pattern.compile("Serving HTTP at /127\\.0\\.0\\.1:([0-9]+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Program program;
    private String url;

    private Zipkin(Program program) {
        this.program = program;
    }

    /** Starts it, if its jar is there; else the test is skipped, or fails where {@code CI=true}. */
    static Zipkin start() {
        String repository = System.getProperty("maven.repo.local", System.getProperty("user.home") + "/.m2/repository");
        Path jar = Path.of(System.getProperty(
                "zipkin.jar",
                "%s/io/zipkin/zipkin-server/%s/zipkin-server-%2$s-slim.jar".formatted(repository, VERSION)));
        if (!Files.exists(jar)) {
            String missing = jar + " is missing (mvn dependency:get -Dtransitive=false"
                    + " -Dartifact=io.zipkin:zipkin-server:" + VERSION + ":jar:slim)";
            if ("true".equals(System.getenv("CI"))) {
                fail(missing);
            }
            Assumptions.abort("skipped: " + missing);
        }
        return new Zipkin(Program.start(
                Map.of(),
                "java",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "--armeria.ports[0].ip=127.0.0.1",
                "--armeria.ports[0].port=0",
                "--armeria.ports[0].protocols[0]=http"));
    }

    /** Waits until it is healthy. */
    void await() {
        program.awaitOutput("Serving HTTP at ");
        Matcher serves = SERVES.matcher(program.output());
        assertEquals(true, serves.find(), program::output);
        url = "http://127.0.0.1:" + serves.group(1);
        Program.until("Zipkin to be healthy", () -> get("/health").statusCode() == 200);
    }

    /** Returns what its API answers. */
    JsonNode ask(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get("/api/v2" + path);
        assertEquals(200, response.statusCode(), response::body);
        return JSON.readTree(response.body());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString());
    }

    /** Hands on what a receiver has got of a trace, and waits until all of it can be asked for; returns that. */
    List<JsonNode> take(OtlpReceiver receiver, String traceId) throws IOException, InterruptedException {
        ArrayNode spans = JSON.createArrayNode();
        receiver.batches().forEach(batch -> batch.getResourceSpansList().forEach(each -> add(spans, each, traceId)));
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create(url + "/api/v2/spans"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(spans.toString()))
                        .build(),
                BodyHandlers.ofString());
        assertEquals(202, response.statusCode(), response::body);
        Program.until(
                "Zipkin's trace " + traceId,
                () -> get("/api/v2/trace/" + traceId).statusCode() == 200);
        List<JsonNode> known = JSON.convertValue(
                ask("/trace/" + traceId), JSON.getTypeFactory().constructCollectionType(List.class, JsonNode.class));
        assertEquals(spans.size(), known.size(), known::toString);
        return known;
    }

    private static void add(ArrayNode out, ResourceSpans spans, String traceId) {
        String service =
                OtlpReceiver.attributes(spans.getResource().getAttributesList()).get("service.name");
        spans.getScopeSpansList().stream()
                .flatMap(scope -> scope.getSpansList().stream())
                .filter(span -> OtlpReceiver.hex(span.getTraceId()).equals(traceId))
                .forEach(span -> out.add(span(service, span)));
    }

    private static ObjectNode span(String service, Span span) {
        Map<String, String> attributes = ReceivedTraces.attributes(span);
        ObjectNode out = JSON.createObjectNode()
                .put("traceId", OtlpReceiver.hex(span.getTraceId()))
                .put("id", ReceivedTraces.id(span))
                .put("parentId", OtlpReceiver.hex(span.getParentSpanId()))
                .put("kind", span.getKind().name().replace("SPAN_KIND_", ""))
                .put("name", span.getName())
                .put("timestamp", span.getStartTimeUnixNano() / 1000)
                .put("duration", Math.max(1, span.getEndTimeUnixNano() / 1000 - span.getStartTimeUnixNano() / 1000));
        out.putObject("localEndpoint").put("serviceName", service);
        if (span.getKind() == SpanKind.SPAN_KIND_CLIENT) {
            // of the names that the other end may have, the first that our spans have
            out.putObject("remoteEndpoint").put("serviceName", attributes.get("server.address"));
        }
        ObjectNode tags = out.putObject("tags");
        attributes.forEach(tags::put);
        if (span.getStatus().getCode() == StatusCode.STATUS_CODE_ERROR) {
            tags.put("otel.status_code", "ERROR").put("error", span.getStatus().getMessage());
        }
        ArrayNode annotations = out.putArray("annotations");
        span.getEventsList()
                .forEach(event -> annotations
                        .addObject()
                        .put("timestamp", event.getTimeUnixNano() / 1000)
                        .put("value", event.getName()));
        return out;
    }

    @Override
    public void close() {
        program.close();
    }
}
