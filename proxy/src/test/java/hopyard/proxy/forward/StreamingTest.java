package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies on their way, both ways. */
class StreamingTest {

    @TempDir
    private Path directory;

    private ProxyUnderTest proxyTo(RawUpstream upstream, String more) {
        return ProxyUnderTest.withServer(
                directory,
                "proxy_http_version 1.1; client_max_body_size 0; " + more + " location / { proxy_pass http://"
                        + upstream.address() + "; }");
    }

    @Test
    void anEventArrivesBeforeTheNextIsSent() throws Exception {
        CountDownLatch firstSeen = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n");
                    assertTrue(firstSeen.await(10, TimeUnit.SECONDS));
                    c.send("7\r\ndata: 2\r\n0\r\n\r\n");
                });
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
            String first = client.readThrough("data: 1");
            assertFalse(first.contains("X-Accel-Buffering"));
            firstSeen.countDown();
            client.readThrough("data: 2");
            client.readThrough("0\r\n\r\n");
        }
    }

    @Test
    void aHeaderWithoutContentYetArrivesAtOnceWithoutBuffering() throws Exception {
        CountDownLatch headSeen = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
                    assertTrue(headSeen.await(10, TimeUnit.SECONDS));
                    c.send("late");
                });
                ProxyUnderTest proxy = proxyTo(upstream, "proxy_buffering off;");
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
            client.readThrough("\r\n\r\n");
            headSeen.countDown();
            assertEquals("late", client.read(4));
        }
    }

    @Test
    void bufferingGathersSmallPieces() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (int i = 0; i < 5; i++) {
                        c.send("1\r\n" + i + "\r\n");
                        Thread.sleep(5);
                    }
                    c.send("0\r\n\r\n");
                });
                ProxyUnderTest proxy = proxyTo(upstream, "")) {
            String response =
                    RawClient.exchange(proxy.port(), "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            assertTrue(response.endsWith("\r\n\r\n05\r\n01234\r\n0\r\n\r\n"), response);
        }
    }

    @Test
    void trailersPassBothWays() throws IOException {
        AtomicReference<String> sent = new AtomicReference<>();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    sent.set(c.read("3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n".length()));
                    c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Back: 7\r\n"
                            + "Content-Length: 99\r\n\r\n");
                });
                ProxyUnderTest proxy = proxyTo(upstream, "proxy_request_buffering off;");
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n0\r\nX-Sum: 6\r\nHost: evil\r\n\r\n");
            String response = client.readThrough("X-Back: 7\r\n\r\n");
            assertEquals("3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n", sent.get());
            assertTrue(response.contains("2\r\nok\r\n0\r\nX-Back: 7"), response);
            assertFalse(response.contains("99"), response);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy_request_buffering on;", "proxy_request_buffering off;"})
    void aClientThatWaitsForItGets100Continue(String buffering) throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    String head = c.readHead();
                    assertFalse(head.contains("Expect"), head);
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + c.read(3));
                });
                ProxyUnderTest proxy = proxyTo(upstream, buffering);
                RawClient client = new RawClient(proxy.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue\r\n\r\n", client.readThrough("\r\n\r\n"));
            client.send("abc");
            assertTrue(client.readThrough("abc").startsWith("HTTP/1.1 200 OK\r\n"));
        }
    }

    @Test
    void aBufferedBodyGoesUpstreamOnlyWhenItIsThere() throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    connected.countDown();
                    String head = c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + c.read(6) + head.length());
                });
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            assertFalse(connected.await(100, TimeUnit.MILLISECONDS));
            client.send("3\r\ndef\r\n0\r\n\r\n");
            client.readThrough("abcdef");
        }
    }

    @Test
    void aBufferedBodyBeyondItsBufferComesFromAFile() throws IOException {
        String body = "0123456789abcdef".repeat(20_000);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    assertTrue(c.readHead().contains("Content-Length: " + body.length()));
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
                            + (c.read(body.length()).equals(body) ? "same" : "diff"));
                });
                ProxyUnderTest proxy = proxyTo(upstream, "client_body_buffer_size 8k;");
                RawClient client = new RawClient(proxy.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            client.readThrough("same");
            proxy.errorLine("a client request body is buffered to a temporary file");
        }
    }

    @Test
    void aBodyLargerThanAllowedIs413() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "client_max_body_size 10; location / { proxy_pass http://" + upstream.address() + "; }")) {
            String byLength =
                    RawClient.exchange(proxy.port(), "PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\n");
            assertTrue(byLength.startsWith("HTTP/1.1 413 Request Entity Too Large\r\n"), byLength);
            String byCount = RawClient.exchange(
                    proxy.port(),
                    "PUT / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n");
            assertTrue(byCount.startsWith("HTTP/1.1 413 "), byCount);
            proxy.errorLine("client intended to send too large body: 11 bytes");
            assertEquals(0, upstream.connections());
        }
    }

    @Test
    void withoutBufferingAnUpstreamIsReadNoFasterThanTheClientReads() throws Exception {
        AtomicLong sent = new AtomicLong();
        long total = 64L << 20;
        String block = "x".repeat(64 << 10);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: " + total + "\r\n\r\n");
                    while (sent.get() < total) {
                        c.send(block);
                        sent.addAndGet(block.length());
                    }
                });
                ProxyUnderTest proxy = proxyTo(upstream, "proxy_buffering off;");
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                    .readThrough("\r\n\r\n");
            long[] last = {-1};
            Wait.until("the upstream to be held back", () -> {
                long before = last[0];
                last[0] = sent.get();
                Thread.sleep(100);
                return last[0] == before && last[0] == sent.get();
            });
            assertTrue(sent.get() < total / 2, "sent " + sent.get());
            assertEquals(total, client.readAll().length());
        }
    }

    @Test
    void withBufferingAClientThatDoesNotReadHoldsNoUpstream() throws Exception {
        int blocks = 1024;
        CountDownLatch allSent = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\nContent-Length: " + (blocks << 15) + "\r\n\r\n");
                    for (int i = 0; i < blocks; i++) {
                        c.send(block(i));
                    }
                    allSent.countDown();
                });
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                    .readThrough("\r\n\r\n");
            assertTrue(allSent.await(30, TimeUnit.SECONDS), "the upstream waits for the client");
            proxy.errorLine("an upstream response is buffered to a temporary file");
            String all = client.readAll();
            assertEquals(blocks << 15, all.length());
            for (int i = 0; i < blocks; i++) {
                assertEquals(block(i), all.substring(i << 15, (i + 1) << 15), "block " + i);
            }
        }
    }

    /** 32 KiB that no other number gives. */
    private static String block(int number) {
        return String.format("%08d", number).repeat(1 << 12);
    }

    @Test
    void aHundredPipelinedRequestsAreAnsweredInOrder() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    while (true) {
                        String head = c.readHead();
                        String target = head.substring(4, head.indexOf(" HTTP"));
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target);
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "upstream a { server " + upstream.address() + "; keepalive 4; } server { listen 127.0.0.1:0; "
                                + "proxy_http_version 1.1; proxy_set_header Connection ''; "
                                + "location / { proxy_pass http://a; } }");
                RawClient client = new RawClient(proxy.port())) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                all.append("GET /number-").append(i).append(" HTTP/1.1\r\nHost: t\r\n\r\n");
            }
            client.send(all.toString());
            for (int i = 0; i < 100; i++) {
                client.readThrough("\r\n\r\n/number-" + i);
            }
        }
    }

    @Test
    void headHasTheLengthAndNoBody() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    while (true) {
                        boolean isHead = c.readHead().startsWith("HEAD");
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + (isHead ? "" : "hello"));
                    }
                });
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send("HEAD / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n");
            assertTrue(client.readThrough("\r\n\r\n").contains("Content-Length: 5\r\n"));
            assertTrue(client.readThrough("\r\n\r\nhello").startsWith("HTTP/1.1 200 OK\r\n"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"204 No Content", "304 Not Modified"})
    void responsesWithoutContentHaveNone(String status) throws IOException {
        try (RawUpstream upstream = RawUpstream.answering("HTTP/1.1 " + status + "\r\nETag: \"x\"\r\n\r\n");
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
                String response = client.readThrough("\r\n\r\n");
                assertTrue(response.startsWith("HTTP/1.1 " + status + "\r\n"), response);
                assertFalse(response.contains("Transfer-Encoding"), response);
            }
        }
    }

    @Test
    void interimResponsesAreSkipped() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = proxyTo(upstream, "")) {
            String response = RawClient.get(proxy.port(), "/");
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n") && response.endsWith("ok"), response);
        }
    }

    @Test
    void everyResponseHeaderLineIsKept() throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                        "HTTP/1.1 299 Very Fine\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: secret\r\n"
                                + "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy = proxyTo(upstream, "")) {
            String response = RawClient.get(proxy.port(), "/");
            assertTrue(response.startsWith("HTTP/1.1 299 Very Fine\r\n"), response);
            assertTrue(response.contains("Set-Cookie: a=1\r\n") && response.contains("Set-Cookie: b=2\r\n"), response);
            assertFalse(response.contains("secret") || response.contains("X-Hop"), response);
        }
    }
}
