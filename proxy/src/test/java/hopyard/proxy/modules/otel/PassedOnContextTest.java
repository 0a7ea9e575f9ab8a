package hopyard.proxy.modules.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otlp.OtlpReceiver;
import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whom apps take for their parent where a request does not stay in one location, or nginx.conf has words of its own.
 */
class PassedOnContextTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String OWN = "traceparent: 00-" + TRACE + "-b9c7c989f97918e1-01\r\ntracestate: a=b\r\n";

    @TempDir
    private Path directory;

    private OtlpReceiver receiver;
    private ActingUpstream app;

    @BeforeEach
    void start() throws IOException {
        receiver = OtlpReceiver.http();
        app = new ActingUpstream(1);
    }

    @AfterEach
    void stop() throws IOException {
        receiver.close();
        app.close();
    }

    /** A proxy with these lines in its server; {@code APP} is the app's address. */
    private ProxyUnderTest proxy(String server) {
        return ProxyUnderTest.withHttp(
                directory,
                "otel_exporter { endpoint " + receiver.endpoint() + "; interval 5ms; } otel_trace on;"
                        + " server { listen 127.0.0.1:0; " + server.replace("APP", app.address()) + " }");
    }

    private static void ask(ProxyUnderTest proxy, String target, String fields) throws IOException {
        RawClient.exchange(
                proxy.port(), "GET " + target + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + fields + "\r\n");
    }

    /** The fields of that name, of the request that has that target. */
    private Optional<String> asked(String target, String name) {
        Wait.until("a request for " + target, () -> app.asked().stream().anyMatch(each -> each.contains(target)));
        return app.asked().stream()
                .filter(each -> each.contains(target))
                .findFirst()
                .orElseThrow()
                .lines()
                .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                .map(line -> line.substring(name.length() + 2))
                .reduce((a, b) -> a + " and " + b);
    }

    private static String parent(String spanId) {
        return "00-" + TRACE + "-" + spanId + "-01";
    }

    @ParameterizedTest
    @CsvSource({"/error, /error", "/accel?h=X-Accel-Redirect:%20/inside, /inside"})
    void whereARequestIsLedElsewhereTheAppHangsBelowItsAttempt(String target, String asked) throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location /error {
                    otel_trace_context propagate; error_page 502 = @other; proxy_pass http://127.0.0.1:%d;
                }
                location @other { proxy_pass http://APP; }
                location /accel { otel_trace_context propagate; proxy_pass http://APP; }
                location /inside { internal; proxy_pass http://APP; }
                """.formatted(Ports.free()))) {
            ask(proxy, target, OWN);
            List<Span> spans = receiver.await(3);
            Span last = spans.stream()
                    .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_CLIENT)
                    .reduce((a, b) -> b)
                    .orElseThrow();
            assertEquals(
                    Optional.of(parent(OtlpReceiver.hex(last.getSpanId()))),
                    asked("GET " + asked + " ", "traceparent"),
                    receiver::tree);
            assertEquals(Optional.of("a=b"), asked("GET " + asked + " ", "tracestate"));
        }
    }

    @Test
    void subrequestsHangBelowTheRequestsSpan() throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location / {
                    otel_trace_context propagate; auth_request /check; mirror /copy; proxy_pass http://APP;
                }
                location = /check { internal; proxy_pass http://APP; }
                location = /copy { internal; proxy_pass http://APP; }
                """)) {
            ask(proxy, "/", OWN);
            Span server = receiver.await(2).stream()
                    .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER)
                    .findFirst()
                    .orElseThrow();
            Optional<String> parent = Optional.of(parent(OtlpReceiver.hex(server.getSpanId())));
            assertEquals(parent, asked("GET /check ", "traceparent"));
            assertEquals(parent, asked("GET /copy ", "traceparent"));
        }
    }

    @Test
    void whoIsNotInjectedPassesOnWhatTheClientHasSent() throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                location / { proxy_pass http://APP; }
                location /injected { otel_trace_context inject; proxy_pass http://APP; }
                """)) {
            ask(proxy, "/plain", OWN);
            assertEquals(Optional.of(parent("b9c7c989f97918e1")), asked("GET /plain ", "traceparent"));
            ask(proxy, "/none", "");
            assertEquals(Optional.empty(), asked("GET /none ", "traceparent"));
        }
    }

    @Test
    void aServersRewriteTakesNoRequestOutOfItsTrace() throws IOException {
        try (ProxyUnderTest proxy = proxy("""
                rewrite ^/old$ /new;
                location / { otel_trace_context propagate; proxy_pass http://APP; }
                """)) {
            ask(proxy, "/old", OWN);
            receiver.await(2);
            assertTrue(asked("GET /new ", "traceparent").orElseThrow().startsWith("00-" + TRACE), receiver::tree);
        }
    }

    @ParameterizedTest
    @CsvSource({"inject", "ignore"})
    void whatProxySetHeaderSaysIsSaidOnce(String context) throws IOException {
        String set = "00-11111111111111111111111111111111-2222222222222222-01";
        try (ProxyUnderTest proxy = proxy("""
                otel_trace_context %s;
                location /set { proxy_set_header traceparent %s; proxy_pass http://APP; }
                location /none { proxy_set_header Traceparent ""; proxy_set_header tracestate ""; proxy_pass http://APP; }
                location /hop { hop_trace on; proxy_set_header traceparent %2$s; proxy_set_header X-Request-Id mine;
                    proxy_pass http://APP; }
                """.formatted(context, set))) {
            for (String target : List.of("/set", "/hop")) {
                ask(proxy, target, OWN);
                assertEquals(Optional.of(set), asked("GET " + target + " ", "traceparent"));
            }
            assertEquals(Optional.of("mine"), asked("GET /hop ", "X-Request-ID"));
            ask(proxy, "/none", OWN);
            assertEquals(Optional.empty(), asked("GET /none ", "traceparent"));
            assertEquals(Optional.empty(), asked("GET /none ", "tracestate"));
        }
    }

    @Test
    void aResponseThatIsCutIsAnErrorOfTheAttemptInTheWordsOfProxyStatus() throws IOException {
        try (ProxyUnderTest proxy = proxy("location / { proxy_pass http://APP; }")) {
            ask(proxy, "/?do=truncate", "");
            for (Span span : receiver.await(2)) {
                assertEquals(
                        "http_response_incomplete",
                        OtlpReceiver.attributes(span.getAttributesList()).get("error.type"),
                        receiver::tree);
            }
        }
    }

    @Test
    void whatPassesAnUpgradedConnectionIsCountedBothWays() throws IOException {
        try (RawUpstream echo = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
                    c.send(c.read(4) + "!");
                });
                ProxyUnderTest proxy = proxy("location / { proxy_http_version 1.1; proxy_set_header Upgrade x;"
                        + " proxy_set_header Connection upgrade; proxy_pass http://" + echo.address() + "; }")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nping");
                assertTrue(client.readAll().endsWith("\r\n\r\nping!"));
            }
            Span server = receiver.await(2).stream()
                    .filter(span -> span.getKind() == Span.SpanKind.SPAN_KIND_SERVER)
                    .findFirst()
                    .orElseThrow();
            Map<String, String> said = OtlpReceiver.attributes(server.getAttributesList());
            assertEquals("101", said.get("http.response.status_code"));
            assertEquals("4", said.get("http.request.body.size"));
            assertEquals("5", said.get("http.response.body.size"));
        }
    }

    @Test
    void ofTwoParentsHopTraceTakesNone() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                directory, "location / { hop_trace on; proxy_pass http://" + app.address() + "; }")) {
            ask(proxy, "/two", OWN + OWN);
            assertFalse(asked("GET /two ", "traceparent").orElseThrow().contains(TRACE));
        }
    }
}
