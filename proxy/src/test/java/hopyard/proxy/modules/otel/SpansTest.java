package hopyard.proxy.modules.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otlp.OtlpReceiver;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What spans there are, and what they have, seen by a receiver that decodes OTLP. */
class SpansTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b9c7c989f97918e1";
    private static final String STATE = "congo=ucfJifl5GOE,rojo=00f067aa0ba902b7";
    private static final String FIELDS =
            "traceparent: 00-" + TRACE + "-" + PARENT + "-01\r\ntracestate: " + STATE + "\r\n";

    @TempDir
    private Path directory;

    private OtlpReceiver receiver;
    private ActingUpstream first;
    private ActingUpstream second;

    @BeforeEach
    void start() throws IOException {
        receiver = OtlpReceiver.http();
        first = new ActingUpstream(1);
        second = new ActingUpstream(2);
    }

    @AfterEach
    void stop() throws IOException {
        receiver.close();
        first.close();
        second.close();
    }

    private static String exporter(String endpoint) {
        return "otel_exporter { endpoint " + endpoint + "; interval 5ms; } ";
    }

    private ProxyUnderTest proxy(String http, String server) {
        return ProxyUnderTest.withHttp(
                directory, http + " server { listen 127.0.0.1:0; server_name localhost; " + server + " }");
    }

    private ProxyUnderTest proxy(String server) {
        return proxy(exporter(receiver.endpoint()) + "otel_trace on;", server);
    }

    private static String get(ProxyUnderTest proxy, String target, String fields) throws IOException {
        return RawClient.exchange(
                proxy.port(),
                "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: test\r\n" + fields
                        + "\r\n");
    }

    private static Map<String, String> attributes(Span span) {
        return OtlpReceiver.attributes(span.getAttributesList());
    }

    private static Optional<String> field(String head, String name) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                .map(line -> line.substring(name.length() + 2))
                .reduce((a, b) -> a + " and " + b);
    }

    private static List<Span> of(List<Span> spans, Span.SpanKind kind) {
        return spans.stream().filter(span -> span.getKind() == kind).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "grpc"})
    void aRetryIsASiblingOfTheAttemptBeforeAndTheAppsParentIsTheLast(String protocol) throws IOException {
        try (OtlpReceiver its = protocol.equals("http") ? OtlpReceiver.http() : OtlpReceiver.grpc();
                ProxyUnderTest proxy = proxy(
                        exporter(its.endpoint())
                                + "otel_trace on; otel_service_name edge; upstream apps { server " + first.address()
                                + "; server " + second.address() + "; }",
                        "location /a/ { otel_trace_context propagate; proxy_pass http://apps; }")) {
            assertTrue(get(proxy, "/a/b?fail=1&c=d", FIELDS).startsWith("HTTP/1.1 200 "));
            List<Span> spans = its.await(3);
            System.out.println("over " + protocol + ":\n" + its.tree());
            Span server = of(spans, Span.SpanKind.SPAN_KIND_SERVER).get(0);
            List<Span> attempts = of(spans, Span.SpanKind.SPAN_KIND_CLIENT);
            assertEquals(3, spans.size());
            for (Span each : spans) {
                assertEquals(TRACE, OtlpReceiver.hex(each.getTraceId()));
                assertEquals(STATE, each.getTraceState());
                assertEquals(1, each.getFlags() & 1);
                assertTrue(each.getStartTimeUnixNano() >= server.getStartTimeUnixNano());
                assertTrue(each.getEndTimeUnixNano() <= server.getEndTimeUnixNano());
                assertTrue(each.getStartTimeUnixNano() <= each.getEndTimeUnixNano());
            }
            assertEquals(PARENT, OtlpReceiver.hex(server.getParentSpanId()));
            assertEquals("/a/", server.getName());
            assertEquals(0, server.getStatus().getCodeValue());
            attempts.forEach(each -> assertEquals(server.getSpanId(), each.getParentSpanId()));
            assertEquals(
                    "edge",
                    OtlpReceiver.attributes(its.resource().getAttributesList()).get("service.name"));
            Span failed = attempts.get(0);
            assertEquals(Span.SpanKind.SPAN_KIND_CLIENT, failed.getKind());
            assertEquals("GET", failed.getName());
            assertEquals("STATUS_CODE_ERROR", failed.getStatus().getCode().name());
            assertEquals("http_response_incomplete", attributes(failed).get("error.type"));
            assertNull(attributes(failed).get("http.response.status_code"));
            assertEquals(
                    "http://" + first.address() + "/a/b?fail=1&c=d",
                    attributes(failed).get("url.full"));
            Span last = attempts.get(1);
            assertEquals("200", attributes(last).get("http.response.status_code"));
            assertEquals("1", attributes(last).get("http.request.resend_count"));
            assertEquals("127.0.0.1", attributes(last).get("server.address"));
            assertEquals("127.0.0.1", attributes(last).get("network.peer.address"));
            assertEquals(
                    second.address(),
                    attributes(last).get("network.peer.address") + ":"
                            + attributes(last).get("network.peer.port"));
            assertEquals(
                    List.of("connection.ready", "response.head"),
                    last.getEventsList().stream().map(Span.Event::getName).toList());
            assertEquals(
                    Optional.of("00-" + TRACE + "-" + OtlpReceiver.hex(failed.getSpanId()) + "-01"),
                    field(first.asked().get(0), "traceparent"));
            assertEquals(
                    Optional.of("00-" + TRACE + "-" + OtlpReceiver.hex(last.getSpanId()) + "-01"),
                    field(second.asked().get(0), "traceparent"));
            assertEquals(Optional.of(STATE), field(second.asked().get(0), "tracestate"));
        }
    }

    @Test
    void aSpanHasTheAttributesOfTheSemanticConventions() throws IOException {
        try (ProxyUnderTest proxy = proxy("location /ok { return 200 OK; }")) {
            get(proxy, "/ok?a=b", "Content-Length: 0\r\n");
            Span span = receiver.await(1).get(0);
            Map<String, String> attributes = attributes(span);
            String clientPort = attributes.remove("client.port");
            assertEquals(clientPort, attributes.remove("network.peer.port"));
            assertTrue(Integer.parseInt(clientPort) > 1023);
            assertEquals(
                    new TreeMap<>(Map.ofEntries(
                            Map.entry("http.request.method", "GET"),
                            Map.entry("url.path", "/ok"),
                            Map.entry("url.query", "a=b"),
                            Map.entry("url.scheme", "http"),
                            Map.entry("http.route", "/ok"),
                            Map.entry("network.protocol.version", "1.1"),
                            Map.entry("server.address", "localhost"),
                            Map.entry("server.port", Integer.toString(proxy.port())),
                            Map.entry("client.address", "127.0.0.1"),
                            Map.entry("network.peer.address", "127.0.0.1"),
                            Map.entry("user_agent.original", "test"),
                            Map.entry("http.request.body.size", "0"),
                            Map.entry("http.response.body.size", "2"),
                            Map.entry("http.response.status_code", "200"),
                            Map.entry("hopyard.outcome", "ok"),
                            Map.entry("hopyard.answered_by", "proxy"),
                            Map.entry("hopyard.reason", "return"))),
                    attributes);
            assertEquals(Span.SpanKind.SPAN_KIND_SERVER, span.getKind());
            assertEquals("/ok", span.getName());
            assertTrue(span.getParentSpanId().isEmpty());
            assertEquals("request.head", span.getEvents(0).getName());
            long now = System.currentTimeMillis() * 1_000_000;
            assertTrue(Math.abs(now - span.getEndTimeUnixNano()) < 60_000_000_000L);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/err, 500, 500, ''",
        "/refused, 502, connection_refused, connection_refused",
        "/silent, 504, http_response_timeout, http_response_timeout",
        "/gone, 404, , ''"
    })
    void whatHasFailedSaysWhyInTheWordsOfProxyStatus(String path, String status, String errorType, String description)
            throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location /err { return 500 ERR; }
                location /refused { proxy_pass http://127.0.0.1:%d; }
                location /silent { proxy_read_timeout 100ms; proxy_pass http://%s/?do=silent; }
                location /gone { return 404; }
                """.formatted(Ports.free(), first.address()))) {
            get(proxy, path, "");
            Span span = of(receiver.await(1), Span.SpanKind.SPAN_KIND_SERVER).get(0);
            assertEquals(status, attributes(span).get("http.response.status_code"));
            assertEquals(errorType, attributes(span).get("error.type"));
            assertEquals(errorType == null ? 0 : 2, span.getStatus().getCodeValue());
            assertEquals(description, span.getStatus().getMessage());
        }
    }

    @Test
    void aLocationNamesItsSpansAndAddsAttributes() throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location /custom {
                    otel_span_name custom_location;
                    otel_span_attr http.request.completion $request_completion;
                    otel_span_attr http.response.header.content.type $sent_http_content_type;
                    otel_span_attr http.request $request;
                    return 200 OK;
                }
                """)) {
            get(proxy, "/custom", "");
            Span span = receiver.await(1).get(0);
            assertEquals("custom_location", span.getName());
            assertEquals("OK", attributes(span).get("http.request.completion"));
            assertEquals("[text/plain]", attributes(span).get("http.response.header.content.type"));
            assertEquals("GET /custom HTTP/1.1", attributes(span).get("http.request"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void variablesHaveTheSpansIds(boolean hasParent) throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location /vars {
                    otel_trace_context extract;
                    add_header X-Otel-Trace-Id $otel_trace_id;
                    add_header X-Otel-Span-Id $otel_span_id;
                    add_header X-Otel-Parent-Id $otel_parent_id;
                    add_header X-Otel-Parent-Sampled $otel_parent_sampled;
                    return 204;
                }
                """)) {
            String response = get(proxy, "/vars", hasParent ? FIELDS : "");
            Span span = receiver.await(1).get(0);
            assertEquals(Optional.of(OtlpReceiver.hex(span.getTraceId())), field(response, "X-Otel-Trace-Id"));
            assertEquals(Optional.of(OtlpReceiver.hex(span.getSpanId())), field(response, "X-Otel-Span-Id"));
            assertEquals(hasParent ? Optional.of(PARENT) : Optional.empty(), field(response, "X-Otel-Parent-Id"));
            assertEquals(Optional.of(hasParent ? "1" : "0"), field(response, "X-Otel-Parent-Sampled"));
            assertEquals(hasParent ? PARENT : "", OtlpReceiver.hex(span.getParentSpanId()));
        }
    }

    /** As in the tests of nginx's module, but that the app's parent is the attempt's span. */
    @ParameterizedTest
    @CsvSource({
        "ignore, true",
        "extract, true",
        "inject, true",
        "propagate, true",
        "ignore, false",
        "extract, false",
        "inject, false",
        "propagate, false"
    })
    void theContextIsTakenAndPassedOnAsTheLocationSays(String what, boolean hasParent) throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { otel_trace_context " + what
                + "; add_header X-Seen \"$http_traceparent $http_tracestate\"; proxy_pass http://" + first.address()
                + "; }")) {
            String response = get(proxy, "/", hasParent ? FIELDS : "");
            List<Span> spans = receiver.await(2);
            Span server = of(spans, Span.SpanKind.SPAN_KIND_SERVER).get(0);
            Span attempt = of(spans, Span.SpanKind.SPAN_KIND_CLIENT).get(0);
            String trace = OtlpReceiver.hex(server.getTraceId());
            boolean extracts = hasParent && (what.equals("extract") || what.equals("propagate"));
            boolean injects = what.equals("inject") || what.equals("propagate");
            assertEquals(extracts, trace.equals(TRACE));
            assertEquals(extracts ? PARENT : "", OtlpReceiver.hex(server.getParentSpanId()));
            assertEquals(extracts ? STATE : "", server.getTraceState());
            String asked = first.asked().get(0);
            String sent = hasParent ? "00-" + TRACE + "-" + PARENT + "-01" : null;
            assertEquals(
                    Optional.ofNullable(
                            injects ? "00-" + trace + "-" + OtlpReceiver.hex(attempt.getSpanId()) + "-01" : sent),
                    field(asked, "traceparent"));
            boolean hasState = injects ? extracts : hasParent;
            assertEquals(hasState ? Optional.of(STATE) : Optional.empty(), field(asked, "tracestate"));
            String seen = injects ? "00-" + trace + "-" + OtlpReceiver.hex(server.getSpanId()) + "-01" : sent;
            assertEquals(
                    (seen == null ? "" : seen) + " " + (hasState ? STATE : ""),
                    field(response, "X-Seen").orElseThrow());
        }
    }

    @Test
    void aClientThatIsNotSampledIsNotExportedAndTheAppIsToldSo() throws IOException {
        try (ProxyUnderTest proxy = proxy(
                exporter(receiver.endpoint()),
                "location / { otel_trace $otel_parent_sampled; otel_trace_context propagate; proxy_pass http://"
                        + first.address() + "; }")) {
            get(proxy, "/", FIELDS.replace("-01\r\n", "-00\r\n"));
            get(proxy, "/", FIELDS);
            List<Span> spans = receiver.await(2);
            assertEquals(2, spans.size());
            String notSampled = field(first.asked().get(0), "traceparent").orElseThrow();
            assertTrue(notSampled.startsWith("00-" + TRACE + "-") && notSampled.endsWith("-00"), notSampled);
            assertFalse(notSampled.contains(PARENT));
            assertTrue(field(first.asked().get(1), "traceparent").orElseThrow().endsWith("-01"));
        }
    }

    @Test
    void aShareOfTheTracesIsSampled() throws IOException {
        try (ProxyUnderTest proxy = proxy(
                exporter(receiver.endpoint()) + "split_clients $otel_trace_id $sampled { 50% on; * off; }",
                "location / { otel_trace $sampled; add_header X-Sampled $sampled; return 204; }")) {
            int on = 0;
            for (int i = 0; i < 60; i++) {
                on += field(get(proxy, "/", ""), "X-Sampled").orElseThrow().equals("on") ? 1 : 0;
            }
            assertTrue(on > 5 && on < 55, on + " of 60");
            assertEquals(on, receiver.await(on).size());
        }
    }

    @Test
    void anInternalRedirectKeepsTheDecisionAndTakesTheLastLocationsName() throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location /first { try_files /none /second; }
                location /second { otel_trace off; return 200 second; }
                location /off { otel_trace off; try_files /none /first2; }
                location /first2 { return 200 first; }
                """)) {
            get(proxy, "/off", "");
            get(proxy, "/first", "");
            assertEquals("/second", receiver.await(1).get(0).getName());
            assertEquals(1, receiver.spans().size());
        }
    }

    @Test
    void withHopTraceTheAppHasOneParentAndItIsExported() throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location / { hop_trace on; proxy_pass http://%1$s; }
                location /inject { hop_trace on; otel_trace_context inject; proxy_pass http://%1$s; }
                location /off { hop_trace on; otel_trace off; proxy_pass http://%1$s; }
                location /trusting { hop_trace on; hop_trusted 127.0.0.1; proxy_pass http://%1$s; }
                """.formatted(first.address()))) {
            for (String path : List.of("/", "/inject")) {
                int before = receiver.spans().size();
                get(proxy, path, FIELDS);
                List<Span> spans = receiver.await(before + 2).subList(before, before + 2);
                Span server = of(spans, Span.SpanKind.SPAN_KIND_SERVER).get(0);
                Span attempt = of(spans, Span.SpanKind.SPAN_KIND_CLIENT).get(0);
                String asked = first.asked().get(first.asked().size() - 1);
                assertEquals(PARENT, OtlpReceiver.hex(server.getParentSpanId()));
                assertEquals(
                        Optional.of("00-" + TRACE + "-" + OtlpReceiver.hex(attempt.getSpanId()) + "-01"),
                        field(asked, "traceparent"));
                assertEquals(Optional.of(STATE), field(asked, "tracestate"));
            }
            get(proxy, "/", "");
            String asked = first.asked().get(first.asked().size() - 1);
            // the trace has the id of the request
            assertEquals(
                    field(asked, "X-Request-ID").orElseThrow(),
                    field(asked, "traceparent").orElseThrow().substring(3, 35));
            get(proxy, "/trusting", "X-Request-ID: " + TRACE + "\r\n");
            assertEquals(
                    TRACE,
                    field(first.asked().get(first.asked().size() - 1), "traceparent")
                            .orElseThrow()
                            .substring(3, 35));
            get(proxy, "/off", FIELDS);
            String notSampled = field(first.asked().get(first.asked().size() - 1), "traceparent")
                    .orElseThrow();
            assertTrue(notSampled.startsWith("00-" + TRACE) && notSampled.endsWith("-00"), notSampled);
        }
    }

    @Test
    void aReloadSendsWhatWaitsToTheOldEndpointAndWhatComesToTheNew() throws IOException, ConfException {
        String server = " otel_trace on; server { listen 127.0.0.1:0; location / { return 204; } }";
        try (OtlpReceiver other = OtlpReceiver.grpc();
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, "otel_exporter { endpoint " + receiver.endpoint() + "; interval 1h; }" + server)) {
            get(proxy, "/old", "");
            proxy.reload(exporter(other.endpoint()) + server);
            assertEquals("/old", attributes(receiver.await(1).get(0)).get("url.path"));
            get(proxy, "/new", "");
            assertEquals("/new", attributes(other.await(1).get(0)).get("url.path"));
            assertEquals(1, receiver.spans().size());
            Wait.until(
                    "both are counted",
                    () -> OtelExport.counts(proxy.server().configuration()).exported() == 2);
        }
    }

    @Test
    void theEndOfTheServerSendsWhatWaits() throws IOException {
        ProxyUnderTest proxy = proxy(
                "otel_exporter { endpoint " + receiver.endpoint() + "; interval 1h; } otel_trace on;",
                "location / { return 204; }");
        get(proxy, "/", "");
        proxy.close();
        assertEquals(1, receiver.await(1).size());
    }

    @Test
    void anEndpointWithTlsIsVerifiedByTheTrustedCertificateAndGetsTheHeaders() throws IOException {
        TestCertificate certificate = TestCertificate.in(directory, "collector", "localhost");
        try (OtlpReceiver secure = OtlpReceiver.grpc(
                        certificate.file().toFile(), certificate.key().toFile());
                ProxyUnderTest proxy = proxy(
                        "otel_exporter { endpoint " + secure.endpoint() + "; interval 5ms; trusted_certificate "
                                + certificate.file() + "; header X-API-TOKEN api.value;"
                                + " header Authorization \"Basic value\"; } otel_trace on;",
                        "location / { return 204; }")) {
            get(proxy, "/", "");
            secure.await(1);
            assertEquals("api.value", secure.fields().get("x-api-token"));
            assertEquals("Basic value", secure.fields().get("authorization"));
            proxy.reload(exporter(secure.endpoint()) + " server { listen 127.0.0.1:0; otel_trace on; }");
            get(proxy, "/", "");
            assertTrue(proxy.errorLine("OTel export failure: ").contains("[error]"));
        } catch (ConfException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theConsoleHasTheCounts() throws IOException {
        try (ProxyUnderTest proxy =
                proxy("location / { return 204; } location /_hops/ { otel_trace off; hop_console; }")) {
            get(proxy, "/", "");
            receiver.await(1);
            Wait.until(
                    "the count",
                    () -> get(proxy, "/_hops/metrics", "")
                            .contains("hopyard_otel_spans_total{result=\"exported\"} 1\n"));
            assertTrue(get(proxy, "/_hops/stats", "Accept: application/json\r\n")
                    .replaceAll("\\s", "")
                    .contains("\"spans\":{\"exported\":1,\"dropped\":0,\"failed\":0}"));
        }
    }

    @Test
    void idsAreNotThoseOfAnotherRequest() throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { return 204; }")) {
            get(proxy, "/", "");
            get(proxy, "/", "");
            List<Span> spans = receiver.await(2);
            assertNotEquals(spans.get(0).getTraceId(), spans.get(1).getTraceId());
            assertNotEquals(spans.get(0).getSpanId(), spans.get(1).getSpanId());
            assertTrue(Stream.of(0, 1).allMatch(i -> spans.get(i).getTraceId().size() == 16));
        }
    }
}
