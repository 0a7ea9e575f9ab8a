package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import hopyard.trace.TraceParent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TracingHeadersTest {

    private static final String CLIENTS_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @TempDir
    private Path directory;

    private RawUpstream upstream;
    private ProxyUnderTest proxy;

    @BeforeEach
    void start() throws IOException {
        upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer-Timing: app;dur=1\r\n"
                + "Via: 1.1 inner\r\nHop-Trace: app;from=\"a:1\";at=\"b:2\";status=200\r\n\r\nok");
        proxy = ProxyUnderTest.withServer(directory, """
                location / { hop_trace on; proxy_pass http://%1$s; }
                location /plain { proxy_pass http://%1$s; }
                location /edge { hop_trace on; hop_name edge-1; proxy_pass http://%1$s; }
                location /trusting { hop_trace on; hop_trusted 10.0.0.0/8 127.0.0.1; proxy_pass http://%1$s; }
                location /local { hop_trace on; return 200 local; }
                location /down { hop_trace on; proxy_pass http://127.0.0.1:1; }
                """.formatted(upstream.address()));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        upstream.close();
    }

    private String get(String target, String headers) throws IOException {
        return RawClient.exchange(
                proxy.port(), "GET " + target + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + headers + "\r\n");
    }

    private String head() {
        return upstream.heads().get(upstream.heads().size() - 1);
    }

    private static String field(String head, String name) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
                .map(line -> line.substring(name.length() + 2))
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow(() -> new AssertionError(name + " is absent from " + head));
    }

    @Test
    void tellTheUpstreamWhoseRequestItIs() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("\r\n\r\nok");
            Hop hop = HopTrace.parse(field(head(), HopTrace.NAME)).orElseThrow().get(0);
            assertEquals("proxy", hop.name());
            assertEquals("127.0.0.1:" + client.socket().getLocalPort(), hop.from());
            assertEquals("127.0.0.1:" + proxy.port(), hop.at());
            assertEquals(1, hop.req());
            client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("\r\n\r\nok");
            Hop second =
                    HopTrace.parse(field(head(), HopTrace.NAME)).orElseThrow().get(0);
            assertEquals(2, second.req());
            assertEquals(hop.conn(), second.conn());
        }
        assertEquals("1.1 hopyard", field(head(), "Via"));
    }

    @Test
    void tellTheClientEveryHop() throws IOException {
        String response = get("/", "");
        List<Hop> hops = HopTrace.parse(field(response, HopTrace.NAME)).orElseThrow();
        assertEquals(List.of("proxy", "app"), hops.stream().map(Hop::name).toList());
        assertEquals(200, hops.get(0).status());
        assertEquals(upstream.address(), hops.get(0).to());
        assertTrue(hops.get(0).via().startsWith("127.0.0.1:"));
        assertEquals(false, hops.get(0).reused());
        assertTrue(hops.get(0).connect() >= 0);
        assertTrue(hops.get(0).dur() >= hops.get(0).ttfb());
        assertTrue(field(response, "Server-Timing").startsWith("app;dur=1, proxy;dur="));
        assertEquals("1.1 inner, 1.1 hopyard", field(response, "Via"));
        assertEquals(field(head(), "X-Request-ID"), field(response, "X-Request-ID"));
        assertTrue(field(response, "X-Request-ID").matches("[0-9a-f]{32}"));
    }

    @Test
    void passOnWhatIsSaidOfADatabaseAndOfHopsOfAnotherKind() throws IOException {
        String behind = "app;from=\"a:1\";at=\"b:2\";conn=1;req=2;status=200;dur=3, "
                + "postgres;from=\"b:3\";at=\"c:5432\";conn=3;req=17;pid=12345;wait=0.12;queries=3;rows=12;dur=2.5, "
                + "redis;from=\"b:4\";at=\"d:6379\"";
        try (RawUpstream app = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nHop-Trace: " + behind + "\r\n\r\nok");
                ProxyUnderTest before = ProxyUnderTest.withServer(
                        directory, "location / { hop_trace on; proxy_pass http://" + app.address() + "; }")) {
            String response =
                    RawClient.exchange(before.port(), "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            String trace = field(response, HopTrace.NAME);
            assertTrue(trace.endsWith(", " + behind), trace);
        }
    }

    @Test
    void areAbsentUnlessSwitchedOn() throws IOException {
        String response = get("/plain", "");
        for (String name : List.of("X-Request-ID", "traceparent", "Via", HopTrace.NAME)) {
            assertFalse(head().toLowerCase().contains(name.toLowerCase() + ":"), name);
        }
        assertFalse(response.contains("X-Request-ID") || response.contains("proxy;"));
    }

    @Test
    void believeNothingThatAnUnknownClientSays() throws IOException {
        get("/", "Hop-Trace: evil;at=\"x:1\"\r\nX-Request-ID: 0123456789abcdef0123456789abcdef\r\n");
        assertFalse(head().contains("evil"));
        assertFalse(head().contains("0123456789abcdef0123456789abcdef"));
    }

    @Test
    void keepWhatATrustedPeerSays() throws IOException {
        String response =
                get("/trusting", "Hop-Trace: outer;at=\"x:1\"\r\nX-Request-ID: 0123456789abcdef0123456789abcdef\r\n");
        List<Hop> hops = HopTrace.parse(field(head(), HopTrace.NAME)).orElseThrow();
        assertEquals(List.of("outer", "proxy"), hops.stream().map(Hop::name).toList());
        assertEquals("0123456789abcdef0123456789abcdef", field(response, "X-Request-ID"));
    }

    @Test
    void dropAHopTraceOfATrustedPeerThatIsMalformed() throws IOException {
        get("/trusting", "Hop-Trace: outer;at=\"x\r\nX-Request-ID: not-hex\r\n");
        assertEquals(
                1, HopTrace.parse(field(head(), HopTrace.NAME)).orElseThrow().size());
        assertFalse(head().contains("not-hex"));
    }

    /** Values that, taken over as they are, would end a string, a list or a line, or be too much. */
    static Stream<String> hostileValues() {
        return Stream.of(
                "a;from=\"",
                "a;from=\"x\\",
                "a;from=\"x\";from=\"y\"",
                "a;to=\"x\\\"y\", b;to=\"\\\\\"",
                "\"><script>alert(1)</script>",
                "a, , b",
                ",".repeat(500),
                "a;x=1, ".repeat(1000) + "a",
                "a;from=\"" + "x".repeat(7000) + "\"",
                "%0d%0aX-Smuggled: 1",
                "\u00c4\u00ff\u0080",
                "\t",
                "");
    }

    @ParameterizedTest
    @MethodSource("hostileValues")
    void areEachOneWellFormedLineWhateverOthersHaveWrittenIntoThem(String value) throws IOException {
        for (String target : List.of("/", "/trusting")) {
            for (String name : List.of(
                    "Hop-Trace", "traceparent", "tracestate", "X-Request-ID", "Via", "Server-Timing", "Forwarded")) {
                int before = upstream.heads().size();
                String response = get(target, name + ": " + value + "\r\n");
                // no more than the fields that are the proxy's own, and each of them as its grammar has it
                assertTrue(response.startsWith("HTTP/1.1 200 "), response);
                assertEquals(before + 1, upstream.heads().size());
                for (String head : List.of(head(), response.substring(0, response.indexOf("\r\n\r\n")))) {
                    assertTrue(HopTrace.parse(field(head, HopTrace.NAME)).isPresent(), head);
                    assertTrue(field(head, "X-Request-ID").matches("[0-9a-f]{32}"), head);
                    assertFalse(head.toLowerCase().contains("\nx-smuggled"), head);
                }
                assertTrue(TraceParent.parse(field(head(), "traceparent")).isPresent(), head());
                assertEquals(1, lines(head(), "X-Request-ID"));
                assertEquals(1, lines(head(), "traceparent"));
                assertEquals(1, lines(head(), HopTrace.NAME));
                assertEquals(1, lines(response, HopTrace.NAME));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("hostileValues")
    void areWellFormedWhateverTheAppHasWrittenIntoThem(String value) throws IOException {
        for (String name : List.of("Hop-Trace", "Server-Timing", "Via", "X-Request-ID")) {
            try (RawUpstream app = RawUpstream.answering(
                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + name + ": " + value + "\r\n\r\nok");
                    ProxyUnderTest before = ProxyUnderTest.withServer(
                            directory,
                            "location / { hop_trace on; proxy_buffer_size 16k; proxy_buffers 8 16k; proxy_pass http://"
                                    + app.address() + "; }")) {
                String response =
                        RawClient.exchange(before.port(), "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
                assertTrue(response.startsWith("HTTP/1.1 200 "), response);
                assertTrue(response.endsWith("\r\n\r\nok"), response);
                assertEquals(1, lines(response, HopTrace.NAME));
                List<Hop> hops = HopTrace.parse(field(response, HopTrace.NAME)).orElseThrow();
                assertEquals("proxy", hops.get(0).name());
                assertEquals(1, lines(response, "X-Request-ID"));
                assertTrue(field(response, "X-Request-ID").matches("[0-9a-f]{32}"), response);
                assertFalse(response.toLowerCase().contains("\nx-smuggled"), response);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Hop-Trace", "traceparent", "tracestate", "X-Request-ID", "Via", "Forwarded"})
    void cannotCarryAnotherRequest(String name) throws IOException {
        for (String end : List.of("\r", "\n", "\0", "\r\n ", "\u000b", "\u0085")) {
            int before = upstream.heads().size();
            String response = get("/trusting", name + ": a" + end + "GET /smuggled HTTP/1.1\r\n");
            boolean isText = end.equals("\u0085");
            assertTrue(response.startsWith(isText ? "HTTP/1.1 200 " : "HTTP/1.1 400 "), response);
            assertEquals(before + (isText ? 1 : 0), upstream.heads().size());
        }
    }

    private static long lines(String message, String name) {
        return message.lines()
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .count();
    }

    @Test
    void continueAClientsTraceWithAnIdOfTheirOwn() throws IOException {
        get("/", "traceparent: " + CLIENTS_TRACE + "\r\ntracestate: a=1\r\ntracestate: b=2\r\n");
        TraceParent sent = TraceParent.parse(field(head(), "traceparent")).orElseThrow();
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", sent.traceId());
        assertNotEquals("00f067aa0ba902b7", sent.parentId());
        assertEquals("a=1,b=2", field(head(), "tracestate"));
    }

    @Test
    void replaceATraceThatIsMalformed() throws IOException {
        get("/", "traceparent: 00-zz-00f067aa0ba902b7-01\r\ntracestate: a=1\r\n");
        assertTrue(TraceParent.parse(field(head(), "traceparent")).isPresent());
        assertFalse(head().contains("tracestate"));
    }

    @Test
    void appendToTheClientsVia() throws IOException {
        get("/", "Via: 1.0 first\r\n");
        assertEquals("1.0 first, 1.1 hopyard", field(head(), "Via"));
    }

    @Test
    void bearTheHopsOwnName() throws IOException {
        assertTrue(field(get("/edge", ""), HopTrace.NAME).startsWith("edge-1;"));
    }

    @Test
    void areThereWhenTheProxyAnswersByItself() throws IOException {
        String response = get("/local", "");
        Hop hop = HopTrace.parse(field(response, HopTrace.NAME)).orElseThrow().get(0);
        assertEquals(200, hop.status());
        assertEquals(null, hop.to());
        assertFalse(response.contains("Via:"));
    }

    @Test
    void sayWhyTheProxyFailed() throws IOException {
        String response = get("/down", "");
        assertTrue(response.startsWith("HTTP/1.1 502 Bad Gateway\r\n"), response);
        assertEquals("hopyard;error=connection_refused", field(response, "Proxy-Status"));
        Hop hop = HopTrace.parse(field(response, HopTrace.NAME)).orElseThrow().get(0);
        assertEquals(502, hop.status());
        assertEquals("127.0.0.1:1", hop.to());
    }
}
