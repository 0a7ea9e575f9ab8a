package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.otlp.OtlpReceiver;
import hopyard.trace.TraceParent;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Requests within traces that their client has begun, and what a receiver of OTLP has got of them. */
record ReceivedTraces(OtlpReceiver receiver) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Returns a trace that somebody before the first server has begun. */
    static TraceParent begun(String flags) {
        TraceParent first = TraceParent.start();
        return new TraceParent(first.traceId(), first.parentId(), flags);
    }

    static HttpResponse<String> get(int port, String path, TraceParent parent)
            throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                        .header("traceparent", parent.toString())
                        .header("tracestate", "vendor=opaque")
                        .build(),
                BodyHandlers.ofString());
    }

    /** Returns what has come of a trace so far. */
    List<Span> spans(TraceParent parent) {
        return receiver.spans().stream()
                .filter(each -> OtlpReceiver.hex(each.getTraceId()).equals(parent.traceId()))
                .toList();
    }

    /** Returns the services of which spans have come so far. */
    Set<String> services() {
        return receiver.batches().stream()
                .map(each -> OtlpReceiver.attributes(
                                each.getResourceSpans(0).getResource().getAttributesList())
                        .get("service.name"))
                .collect(Collectors.toSet());
    }

    /** Returns the one span of a kind below another one. */
    Span below(List<Span> spans, String parentId, SpanKind kind) {
        List<Span> found = allBelow(spans, parentId, kind);
        assertEquals(1, found.size(), () -> kind + " below " + parentId + " in " + receiver.tree());
        return found.get(0);
    }

    static List<Span> allBelow(List<Span> spans, String parentId, SpanKind kind) {
        return spans.stream()
                .filter(each -> OtlpReceiver.hex(each.getParentSpanId()).equals(parentId) && each.getKind() == kind)
                .toList();
    }

    static String id(Span span) {
        return OtlpReceiver.hex(span.getSpanId());
    }

    static Map<String, String> attributes(Span span) {
        return OtlpReceiver.attributes(span.getAttributesList());
    }
}
