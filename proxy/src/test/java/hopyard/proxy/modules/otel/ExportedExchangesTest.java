package hopyard.proxy.modules.otel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otlp.OtlpReceiver;
import hopyard.proxy.conf.ConfException;
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
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What leaves the proxy of an exchange: to a receiver, to an app, and as a link to who reads it. */
class ExportedExchangesTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b9c7c989f97918e1";
    private static final String TRACEPARENT = "traceparent: 00-" + TRACE + "-" + PARENT + "-01\r\n";

    @TempDir
    private Path directory;

    private static String exporter(OtlpReceiver receiver, String interval) {
        return "otel_exporter { endpoint " + receiver.endpoint() + "; interval " + interval + "; } otel_trace on; ";
    }

    private static String server(String locations) {
        return "server { listen 127.0.0.1:0; server_name localhost; " + locations + " }";
    }

    private static String ask(ProxyUnderTest proxy, String target, String fields) throws IOException {
        return RawClient.exchange(
                proxy.port(),
                "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n");
    }

    private static Map<String, String> attributes(OtlpReceiver receiver, Span.SpanKind kind) {
        Span span = receiver.spans().stream()
                .filter(each -> each.getKind() == kind)
                .findFirst()
                .orElseThrow();
        return OtlpReceiver.attributes(span.getAttributesList());
    }

    @Test
    void secretsAreNotExported() throws IOException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        exporter(receiver, "5ms")
                                + server("location / { proxy_pass http://" + app.address() + "; }"))) {
            String target = "/reset/MQ/planted-c5x-7d9?a=b&token=planted-too";
            ask(proxy, target, "User-Agent: test http://me:planted@host/\r\n");
            receiver.await(2);
            assertTrue(app.asked().get(0).startsWith("GET " + target + " "));
            assertFalse(receiver.tree().contains("planted"), receiver::tree);
            Map<String, String> server = attributes(receiver, Span.SpanKind.SPAN_KIND_SERVER);
            assertEquals("/reset/[redacted:2]/[redacted:15]", server.get("url.path"));
            assertEquals("a=b&token=[redacted:11]", server.get("url.query"));
            assertTrue(
                    attributes(receiver, Span.SpanKind.SPAN_KIND_CLIENT)
                            .get("url.full")
                            .endsWith("?a=b&token=[redacted:11]"),
                    receiver::tree);
        }
    }

    @Test
    void contentWithoutALengthIsCounted() throws IOException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        exporter(receiver, "5ms")
                                + server("location / { proxy_pass http://" + app.address() + "; }"))) {
            RawClient.exchange(
                    proxy.port(),
                    "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "5\r\nhello\r\n0\r\n\r\n");
            receiver.await(2);
            assertEquals(
                    "5",
                    attributes(receiver, Span.SpanKind.SPAN_KIND_SERVER).get("http.request.body.size"),
                    receiver::tree);
        }
    }

    @Test
    void ofTwoParentsNoneIsTaken() throws IOException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        exporter(receiver, "5ms") + server("otel_trace_context extract; location / { return 204; }"))) {
            ask(proxy, "/", TRACEPARENT + TRACEPARENT.replace(PARENT, "00f067aa0ba902b7"));
            Span span = receiver.await(1).get(0);
            assertTrue(span.getParentSpanId().isEmpty(), receiver::tree);
            assertFalse(OtlpReceiver.hex(span.getTraceId()).equals(TRACE));
        }
    }

    @Test
    void anAttemptBeforeAnInternalRedirectHasNoUrlOfTheLast() throws IOException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, exporter(receiver, "5ms") + server("""
                        location / { proxy_pass http://%1$s; }
                        location /inside { proxy_pass http://%1$s/last; }
                        """.formatted(app.address())))) {
            ask(proxy, "/first?h=X-Accel-Redirect:%20/inside", "");
            receiver.await(3);
            assertEquals(
                    List.of("http://" + app.address() + "/last"),
                    receiver.spans().stream()
                            .map(each -> OtlpReceiver.attributes(each.getAttributesList())
                                    .get("url.full"))
                            .filter(each -> each != null)
                            .toList(),
                    receiver::tree);
        }
    }

    @Test
    void untilSomebodyListensAppsAreToldOfNoSpansThatNobodyWillHave() throws IOException {
        try (ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy = ProxyUnderTest.withMain(
                        directory, "hop_otel http://127.0.0.1:" + Ports.free() + "/v1/traces;", server("""
                                location / { proxy_pass http://%1$s; }
                                location /hop { hop_trace on; proxy_pass http://%1$s; }
                                location /on { otel_trace on; otel_trace_context inject; proxy_pass http://%1$s; }
                                """.formatted(
                                        app.address())))) {
            ask(proxy, "/", TRACEPARENT);
            assertTrue(app.asked().get(0).contains(TRACEPARENT), app.asked().get(0));
            ask(proxy, "/hop", TRACEPARENT);
            String passedOn = app.asked().get(1);
            assertTrue(passedOn.matches("(?s).*traceparent: 00-" + TRACE + "-[0-9a-f]{16}-01\r\n.*"), passedOn);
            ask(proxy, "/on", "");
            assertTrue(
                    app.asked().get(2).matches("(?s).*traceparent: 00-[0-9a-f-]*-00\r\n.*"),
                    app.asked().get(2));
        }
    }

    @Test
    void thePageLeadsToTracesThatAreExportedAndToNoOther() throws IOException {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                ProxyUnderTest proxy = ProxyUnderTest.withMain(
                        directory,
                        "hop_trace_link http://127.0.0.1:1/trace/$otel_trace_id;",
                        exporter(receiver, "5ms") + server("""
                                location /own { return 204; }
                                location /continued { otel_trace_context extract; return 204; }
                                location /off { otel_trace off; otel_trace_context extract; return 204; }
                                location /_hops/ { otel_trace off; hop_console; }
                                """))) {
            ask(proxy, "/own", TRACEPARENT);
            String own = OtlpReceiver.hex(receiver.await(1).get(0).getTraceId());
            assertFalse(own.equals(TRACE));
            assertTrue(last(proxy).contains("/trace/" + own + "\""), last(proxy));
            ask(proxy, "/continued", TRACEPARENT);
            assertTrue(last(proxy).contains("/trace/" + TRACE + "\""), last(proxy));
            ask(proxy, "/off", TRACEPARENT);
            assertFalse(last(proxy).contains("127.0.0.1:1/trace/"), last(proxy));
        }
    }

    private static String last(ProxyUnderTest proxy) throws IOException {
        return ask(proxy, "/_hops/last", "Accept: application/json\r\n");
    }

    @Test
    void theEndOfTheServerSendsWhatARequestOfAnEarlierConfigurationHasLeft() throws IOException, ConfException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        OtlpReceiver receiver = OtlpReceiver.http();
        try (receiver;
                RawUpstream app = new RawUpstream(c -> {
                    c.readHead();
                    asked.countDown();
                    released.await();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                })) {
            String http = exporter(receiver, "1h") + server("location / { proxy_pass http://" + app.address() + "; }");
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http);
                    RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                Wait.until("the app to be asked", () -> asked.getCount() == 0);
                proxy.reload(http);
                released.countDown();
                client.readAll();
            }
            assertEquals(2, receiver.await(2).size());
        }
    }
}
