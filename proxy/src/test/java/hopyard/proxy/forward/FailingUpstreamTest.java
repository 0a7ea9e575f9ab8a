package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.http.Fault;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FailingUpstreamTest {

    @TempDir
    private Path directory;

    private ProxyUnderTest proxyTo(String address, String more) {
        return ProxyUnderTest.withServer(
                directory, "hop_trace on; " + more + " location / { proxy_pass http://" + address + "; }");
    }

    private static void assertAnswer(String response, String status, String error) {
        assertTrue(response.startsWith("HTTP/1.1 " + status + "\r\n"), response);
        assertTrue(response.contains("Proxy-Status: hopyard;error=" + error + "\r\n"), response);
        assertTrue(response.contains("<center><h1>" + status + "</h1></center>"), response);
    }

    @Test
    void refusalIs502() throws IOException {
        String address = "127.0.0.1:" + Ports.free();
        try (ProxyUnderTest proxy = proxyTo(address, "")) {
            assertAnswer(RawClient.get(proxy.port(), "/x"), "502 Bad Gateway", "connection_refused");
            assertTrue(proxy.errorLine("connect() failed")
                    .matches(".*\\[error\\] \\d+#\\d+: \\*1 connect\\(\\) failed \\(111: Connection refused\\) while "
                            + "connecting to upstream, client: 127.0.0.1, server: , request: \"GET /x HTTP/1.1\", "
                            + "upstream: \"http://" + address + "/x\", host: \"test\""));
        }
    }

    @Test
    void comesBackWithoutARestartOfTheProxy() throws IOException {
        int port = Ports.free();
        try (ProxyUnderTest proxy = proxyTo("127.0.0.1:" + port, "")) {
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 502 "));
            try (ServerSocket listener = new ServerSocket(port, 5, InetAddress.getLoopbackAddress())) {
                Thread app = new Thread(() -> {
                    try (var socket = listener.accept()) {
                        socket.getInputStream().read();
                        socket.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\nback".getBytes());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                app.start();
                assertTrue(RawClient.get(proxy.port(), "/").endsWith("\r\n\r\n04\r\nback\r\n0\r\n\r\n"));
            }
        }
    }

    @Test
    void resetIs502() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.reset();
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "")) {
            assertAnswer(RawClient.get(proxy.port(), "/"), "502 Bad Gateway", "connection_terminated");
            proxy.errorLine(
                    "recv() failed (104: Connection reset by peer) while reading response header from upstream");
        }
    }

    @Test
    void closingWithoutAnAnswerIs502() throws IOException {
        try (RawUpstream upstream = new RawUpstream(RawUpstream.Connection::readHead);
                ProxyUnderTest proxy = proxyTo(upstream.address(), "")) {
            assertAnswer(RawClient.get(proxy.port(), "/"), "502 Bad Gateway", "http_response_incomplete");
            proxy.errorLine("upstream prematurely closed connection while reading response header from upstream");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: mystery\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: surprise\r\n\r\n",
            })
    void garbageIs502(String response) throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send(response);
                    c.read();
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "")) {
            assertAnswer(RawClient.get(proxy.port(), "/"), "502 Bad Gateway", "http_protocol_error");
        }
    }

    @Test
    void anEndlessHeaderIs502() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\n");
                    while (true) {
                        c.send("X-More: and more\r\n");
                    }
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "")) {
            assertAnswer(RawClient.get(proxy.port(), "/"), "502 Bad Gateway", "http_response_header_section_size");
            proxy.errorLine("upstream sent too big header while reading response header from upstream");
        }
    }

    @Test
    void silenceBeyondTheTimeoutIs504() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.read();
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "proxy_read_timeout 200ms;")) {
            assertAnswer(RawClient.get(proxy.port(), "/"), "504 Gateway Time-out", "http_response_timeout");
            proxy.errorLine(
                    "upstream timed out (110: Connection timed out) while reading response header from upstream");
        }
    }

    @Test
    void truncationIsVisibleToTheClient() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart");
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "")) {
            String response = RawClient.get(proxy.port(), "/");
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
            assertTrue(response.endsWith("\r\n\r\npart"), response);
            proxy.errorLine("upstream prematurely closed connection while reading upstream");
        }
    }

    @Test
    void aBrokenChunkEndsTheResponseWithoutItsLastChunk() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n");
                    Thread.sleep(50);
                    c.send("xyz\r\n");
                    c.read();
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "proxy_http_version 1.1; proxy_buffering off;")) {
            String response = RawClient.exchange(proxy.port(), "GET / HTTP/1.1\r\nHost: t\r\n\r\n");
            assertTrue(response.contains("4\r\ngood\r\n"), response);
            assertFalse(response.contains("0\r\n\r\n"), response);
            proxy.errorLine("upstream sent invalid chunked response while reading upstream");
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void everyFaultThatWireMockKnowsIsAnswered(Fault fault) throws IOException {
        WireMockServer upstream =
                new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));
        upstream.start();
        upstream.stubFor(WireMock.any(WireMock.anyUrl())
                .willReturn(WireMock.aResponse().withStatus(200).withBody("ok").withFault(fault)));
        try (ProxyUnderTest proxy = proxyTo("127.0.0.1:" + upstream.port(), "proxy_http_version 1.1;")) {
            String response = RawClient.get(proxy.port(), "/");
            if (fault == Fault.MALFORMED_RESPONSE_CHUNK) {
                // its head is good and tells no length, so its end is that of its connection (RFC 9112 §6.3); it gets
                // through as it is, which is what DifferentialTest sees nginx do with such a response
                assertTrue(response.startsWith("HTTP/1.1 200 "), response);
                assertTrue(response.endsWith("\r\n24\r\nlskdu018973t09sylgasjkfg1][]'./.sdlv\r\n0\r\n\r\n"), response);
            } else {
                assertTrue(response.startsWith("HTTP/1.1 502 "), response);
            }
        } finally {
            upstream.stop();
        }
    }

    @ParameterizedTest
    @CsvSource({"GET, 200", "PUT, 200", "DELETE, 200", "POST, 502", "PATCH, 502"})
    void theNextServerIsTriedUnlessTheMethodIsNotIdempotent(String method, String status) throws IOException {
        AtomicInteger asked = new AtomicInteger();
        try (RawUpstream bad = new RawUpstream(c -> {
                    c.readHead();
                    asked.incrementAndGet();
                });
                RawUpstream good = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "upstream a { server " + bad.address() + " weight=9; server " + good.address() + "; } server { "
                                + "listen 127.0.0.1:0; location / { proxy_pass http://a; } }")) {
            String response = RawClient.exchange(
                    proxy.port(), method + " / HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
            assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
            assertEquals(1, asked.get());
        }
    }

    @Test
    void allServersDownIs502AndLaterNoLiveUpstreams() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "log_format u '$upstream_addr|$upstream_status'; upstream a { server 127.0.0.1:" + Ports.free()
                        + "; server 127.0.0.1:" + Ports.free() + "; } server { listen 127.0.0.1:0; "
                        + "access_log access.log u; location / { proxy_pass http://a; } }")) {
            // two I/O threads, each with its own view of the servers, as two nginx workers have
            for (int i = 0; i < 4; i++) {
                assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 502 "));
            }
            proxy.errorLine("no live upstreams while connecting to upstream");
            assertTrue(proxy.accessLine("|").matches("127.0.0.1:\\d+, 127.0.0.1:\\d+\\|502, 502"));
        }
    }

    @Test
    void aKeptConnectionThatTheServerClosedIsReplacedUnnoticed() throws IOException {
        AtomicInteger connections = new AtomicInteger();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    // every connection serves one request and then closes, without having said so
                    connections.incrementAndGet();
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "upstream a { server " + upstream.address() + "; keepalive 4; } server { listen 127.0.0.1:0; "
                                + "proxy_http_version 1.1; proxy_set_header Connection ''; "
                                + "location / { proxy_pass http://a; } }");
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 20; i++) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
                assertTrue(client.readThrough("\r\n\r\nok").startsWith("HTTP/1.1 200 "));
            }
            assertEquals(20, connections.get());
        }
    }

    @Test
    void anAnswerBeforeTheBodyIsReadReachesTheClient() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                });
                ProxyUnderTest proxy = proxyTo(
                        upstream.address(),
                        "proxy_http_version 1.1; proxy_request_buffering off; client_max_body_size 0;")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\nthe beginning");
                assertTrue(client.readThrough("no").startsWith("HTTP/1.1 403 Forbidden\r\n"));
            }
        }
    }

    @Test
    void leavesNoConnectionBehind() throws IOException {
        AtomicInteger open = new AtomicInteger();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    open.incrementAndGet();
                    try {
                        c.readHead();
                        c.read();
                    } finally {
                        open.decrementAndGet();
                    }
                });
                ProxyUnderTest proxy = proxyTo(upstream.address(), "proxy_read_timeout 100ms;")) {
            for (int i = 0; i < 5; i++) {
                assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 504 "));
            }
            Wait.until("the upstream's connections to be closed", () -> open.get() == 0);
        }
    }
}
