package hopyard.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.HeldUpstream;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of HTTP/2: side by side, as fast as both ends take, and to their end. */
class Http2StreamsTest {

    @TempDir
    private Path directory;

    private ProxyUnderTest proxy(String server) {
        return ProxyUnderTest.withHttp(directory, http(server));
    }

    private static String http(String server) {
        return "log_format h2 '$request|$status|$server_protocol|$http2|$connection_requests|$body_bytes_sent'; "
                + "access_log access.log h2; server { listen 127.0.0.1:0 http2; " + server + " }";
    }

    @Test
    void aSlowResponseHoldsNoOtherUp() throws Exception {
        try (HeldUpstream slow = new HeldUpstream("late");
                ProxyUnderTest proxy = proxy("location = /slow { proxy_pass http://" + slow.address()
                        + "; } location / { return 200 now; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/slow").get(3, "/");
            assertEquals("now", client.response(3).content());
            slow.awaitAsked();
            slow.letGo();
            assertEquals("late", client.response(1).content());
        }
    }

    @Test
    void largeResponsesTakeTurns() throws Exception {
        Files.writeString(directory.resolve("a"), "a".repeat(200_000));
        Files.writeString(directory.resolve("b"), "b".repeat(200_000));
        try (ProxyUnderTest proxy = proxy("root " + directory + ";");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0x7f, 0, 0, 0});
            client.get(1, "/a").get(3, "/b").frame(FrameType.WINDOW_UPDATE, 0, 0, 10_000_000);
            List<Integer> order = new ArrayList<>();
            int ended = 0;
            while (ended < 2) {
                RawHttp2.Frame frame = client.read();
                if (frame.type() == FrameType.DATA) {
                    assertTrue(frame.payload().length <= 8192, "http2_chunk_size");
                    order.add(frame.stream());
                }
                ended += frame.isEnd() ? 1 : 0;
            }
            int changes = 0;
            for (int i = 1; i < order.size(); i++) {
                changes += order.get(i).equals(order.get(i - 1)) ? 0 : 1;
            }
            assertTrue(changes > 4, () -> "they were sent in the order " + order);
        }
    }

    @Test
    void piecesAreAsSmallAsTheLocationSays() throws Exception {
        Files.writeString(directory.resolve("a"), "a".repeat(5_000));
        try (ProxyUnderTest proxy = proxy("root " + directory + "; location /a { http2_chunk_size 1000; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/a");
            assertEquals(1000, client.readUntil(FrameType.DATA).payload().length);
        }
    }

    @Test
    void anAppWaitsForAClientThatTakesNothing() throws Exception {
        AtomicLong sent = new AtomicLong();
        CountDownLatch isOver = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\n\r\n");
                    String piece = "x".repeat(10_000);
                    try {
                        while (true) {
                            connection.send(piece);
                            sent.addAndGet(piece.length());
                        }
                    } finally {
                        isOver.countDown();
                    }
                });
                ProxyUnderTest proxy =
                        proxy("location / { proxy_pass http://" + app.address() + "; proxy_buffering off; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            client.readUntil(FrameType.DATA);
            long[] before = {-1};
            Wait.until("the app to wait", () -> {
                long now = sent.get();
                boolean isSame = now == before[0];
                before[0] = now;
                TimeUnit.MILLISECONDS.sleep(300);
                return isSame;
            });
            assertTrue(sent.get() < 20_000_000, () -> "sent " + sent);
            client.frame(FrameType.RST_STREAM, 0, 1, ErrorCode.CANCEL.code());
            assertTrue(isOver.await(20, TimeUnit.SECONDS), "the app's connection is closed");
            client.get(3, "/none");
        }
    }

    @Test
    void aClientMaySendNoMoreThanTheAppTakes() throws Exception {
        CountDownLatch mayRead = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    mayRead.await();
                    connection.read(5_000_000);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
                });
                ProxyUnderTest proxy = proxy("client_max_body_size 0; location / { proxy_pass http://" + app.address()
                        + "; proxy_request_buffering off; proxy_http_version 1.1; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/", "content-length: 5000000"));
            client.frame(FrameType.PING, 0, 0, 1, 2);
            long window = 65_535;
            int left = 5_000_000;
            boolean hasWaited = false;
            RawHttp2.Response response = null;
            while (left > 0) {
                while (window > 0 && left > 0) {
                    int n = (int) Math.min(Math.min(window, 16_384), left);
                    client.data(1, n == left, "x".repeat(n));
                    window -= n;
                    left -= n;
                }
                if (!hasWaited && window == 0) {
                    // everything between here and the app is full some time
                    client.socket().setSoTimeout(1000);
                }
                try {
                    RawHttp2.Frame frame = left > 0 ? client.readUntil(FrameType.WINDOW_UPDATE) : null;
                    window += frame != null && frame.stream() == 1 ? frame.number(0) : 0;
                } catch (SocketTimeoutException e) {
                    hasWaited = true;
                    mayRead.countDown();
                    client.socket().setSoTimeout(20_000);
                }
            }
            response = client.response(1);
            assertEquals("done", response.content());
            assertTrue(hasWaited, "the client had to wait");
        }
    }

    @Test
    void trailersPassInBothDirections() throws Exception {
        try (RawUpstream app = new RawUpstream(connection -> {
                    String head = connection.readHead();
                    StringBuilder body = new StringBuilder();
                    while (!body.toString().endsWith("\r\n\r\n")) {
                        body.append((char) connection.read());
                    }
                    boolean has = head.contains("Transfer-Encoding: chunked")
                            && body.toString().contains("x-sum: 7");
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
                            + (has ? "3\r\nyes" : "2\r\nno") + "\r\n0\r\nX-End: 42\r\n\r\n");
                });
                ProxyUnderTest proxy = proxy("location / { proxy_pass http://" + app.address()
                        + "; proxy_http_version 1.1; proxy_request_buffering off; proxy_pass_trailers on; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/", "te: trailers"))
                    .data(1, false, "content")
                    .headers(1, true, List.of("x-sum: 7"));
            RawHttp2.Response response = client.response(1);
            assertEquals("yes", response.content());
            assertEquals(List.of("x-end: 42"), response.trailers());
        }
    }

    @Test
    void aClientThatExpectsItIsToldToContinue() throws Exception {
        try (ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy = proxy("location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/?body=done", "expect: 100-continue"));
            assertEquals("100", client.readUntil(FrameType.HEADERS).status());
            client.data(1, true, "content");
            assertEquals("done", client.response(1).content());
        }
    }

    @Test
    void earlyHintsArePassedOn() throws Exception {
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = proxy("early_hints 1; location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            RawHttp2.Frame hints = client.readUntil(FrameType.HEADERS);
            assertEquals(List.of(":status: 103", "link: </a.css>"), hints.fields());
            assertEquals("ok", client.response(1).content());
        }
    }

    @Test
    void aRequestThatIsTakenBackEndsAtTheApp() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    asked.countDown();
                    if (connection.read() < 0) {
                        left.countDown();
                    }
                });
                ProxyUnderTest proxy = proxy("location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/back");
            assertTrue(asked.await(20, TimeUnit.SECONDS));
            client.frame(FrameType.RST_STREAM, 0, 1, ErrorCode.CANCEL.code());
            assertTrue(left.await(20, TimeUnit.SECONDS), "the app sees that nobody waits");
            assertEquals("GET /back HTTP/2.0|499|HTTP/2.0|h2c|1|0", proxy.accessLine("/back HTTP/2.0|"));
        }
    }

    @Test
    void allRequestsOfAConnectionThatEndsAreOver() throws Exception {
        AtomicLong open = new AtomicLong();
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    open.incrementAndGet();
                    connection.read();
                    open.decrementAndGet();
                });
                ProxyUnderTest proxy = proxy("location / { proxy_pass http://" + app.address() + "; }")) {
            try (RawHttp2 client = RawHttp2.connect(proxy.port())) {
                for (int i = 1; i < 20; i += 2) {
                    client.get(i, "/" + i);
                }
                Wait.until("all to be asked", () -> open.get() == 10);
                assertEquals(10, proxy.server().inFlight());
                assertEquals(1, proxy.server().connections());
            }
            Wait.until("all to be over", () -> open.get() == 0 && proxy.server().inFlight() == 0);
            Wait.until("the connection to be forgotten", () -> proxy.server().connections() == 0);
        }
    }

    @Test
    void theLogCountsRequestsOfAConnection() throws Exception {
        try (ProxyUnderTest proxy = proxy("location / { return 200 content; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/one");
            client.response(1);
            client.get(3, "/two");
            client.response(3);
            assertEquals("GET /one HTTP/2.0|200|HTTP/2.0|h2c|1|7", proxy.accessLine("/one HTTP/2.0|"));
            assertEquals("GET /two HTTP/2.0|200|HTTP/2.0|h2c|2|7", proxy.accessLine("/two HTTP/2.0|"));
        }
    }

    @Test
    void nothingOfAnHttp1ConnectionGetsToTheClient() throws Exception {
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                        + "Keep-Alive: timeout=5\r\nX-Own: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n");
                ProxyUnderTest proxy = proxy("keepalive_timeout 60s 60s; location / { proxy_http_version 1.1; "
                        + "proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            RawHttp2.Response response = client.response(1);
            assertEquals("ok", response.content());
            assertEquals(
                    List.of(":status", "date", "server", "x-own"),
                    response.fields().stream()
                            .map(field -> field.substring(0, field.indexOf(':', 1)))
                            .sorted()
                            .collect(Collectors.toList()));
        }
    }

    @Test
    void aResponseThatBreaksOffIsReset() throws Exception {
        try (ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy =
                        proxy("location / { proxy_pass http://" + app.address() + "; proxy_buffering off; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/?do=truncate");
            RawHttp2.Response response = client.response(1);
            assertEquals("only this", response.content());
            assertEquals("reset INTERNAL_ERROR", response.ended());
            client.get(3, "/?body=next");
            assertEquals("next", client.response(3).content());
        }
    }

    @Test
    void aClientThatIsSlowWithItsContentIsTold() throws Exception {
        try (ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy =
                        proxy("client_body_timeout 300ms; location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/slow")).data(1, false, "a part");
            RawHttp2.Response response = client.response(1);
            assertEquals(0, response.status());
            assertEquals("reset PROTOCOL_ERROR", response.ended());
            client.get(3, "/?body=next");
            assertEquals("next", client.response(3).content());
            assertEquals("POST /slow HTTP/2.0|408|HTTP/2.0|h2c|1|0", proxy.accessLine("/slow HTTP/2.0|"));
        }
    }

    @Test
    void contentThatStopsWithinAFrameHasTheTimeForContent() throws Exception {
        try (ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy =
                        proxy("client_header_timeout 300ms; client_body_timeout 1s; location / { proxy_pass http://"
                                + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/"));
            byte[] frame = RawHttp2.of(FrameType.DATA, 0, 1, new byte[10]);
            client.socket().getOutputStream().write(frame, 0, 12);
            assertEquals("reset PROTOCOL_ERROR", client.response(1).ended());
            client.socket().getOutputStream().write(frame, 12, frame.length - 12);
            client.get(3, "/?body=next");
            assertEquals("next", client.response(3).content());
        }
    }

    @Test
    void smallFramesThatComeTogetherGoOnTogether() throws Exception {
        String expected = "9\r\n01234many\r\n0\r\n\r\n";
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + expected.length() + "\r\n\r\n"
                            + connection.read(expected.length()));
                });
                ProxyUnderTest proxy = proxy("location / { proxy_pass http://" + app.address()
                        + "; proxy_request_buffering off; proxy_http_version 1.1; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/"));
            client.bytes(new String(RawHttp2.of(FrameType.DATA, 0, 1, "01234".getBytes()), StandardCharsets.ISO_8859_1)
                    + new String(
                            RawHttp2.of(FrameType.DATA, FrameType.END_STREAM, 1, "many".getBytes()),
                            StandardCharsets.ISO_8859_1));
            assertEquals(expected, client.response(1).content());
        }
    }

    @Test
    void aBufferedUploadIsNotHeldBack() throws Exception {
        try (ActingUpstream app = new ActingUpstream(1);
                ProxyUnderTest proxy =
                        proxy("client_max_body_size 0; location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, false, RawHttp2.fields("POST", "/?body=done", "content-length: 3000000"));
            RawHttp2.Frame window = client.readUntil(FrameType.WINDOW_UPDATE);
            while (window.stream() == 0) {
                window = client.readUntil(FrameType.WINDOW_UPDATE);
            }
            assertEquals(FrameType.MAX_WINDOW - (64 << 10), window.number(0));
            String piece = "x".repeat(15_000);
            for (int i = 1; i <= 200; i++) {
                client.data(1, i == 200, piece);
            }
            assertEquals("done", client.response(1).content());
            assertTrue(app.asked().get(0).length() > 3_000_000);
        }
    }

    @Test
    void aStreamThatTakesNothingIsEnded() throws Exception {
        Files.writeString(directory.resolve("a"), "a".repeat(200_000));
        try (ProxyUnderTest proxy = proxy("send_timeout 300ms; root " + directory + ";");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 10});
            client.get(1, "/a");
            assertEquals(
                    ErrorCode.PROTOCOL_ERROR,
                    client.readUntil(FrameType.RST_STREAM).code());
        }
    }

    // ---- the end of connections

    @Test
    void aReloadThatEndsHttp2EndsItsConnections() throws Exception {
        String both = "server { listen 127.0.0.1:0; http2 %s; location / { return 200 ok; } }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, both.formatted("on"));
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            assertEquals("ok", client.response(1).content());
            proxy.reload(both.formatted("off"));
            assertEquals(ErrorCode.NO_ERROR, client.readUntil(FrameType.GOAWAY).code());
        }
    }

    @Test
    void anIdleConnectionEndsAfterItsTime() throws Exception {
        try (ProxyUnderTest proxy = proxy("keepalive_timeout 300ms; location / { return 200 ok; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            assertEquals("ok", client.response(1).content());
            RawHttp2.Frame goaway = client.readUntil(FrameType.GOAWAY);
            assertEquals(ErrorCode.NO_ERROR, goaway.code());
            assertEquals(1, goaway.number(0));
            assertNull(client.read());
        }
    }

    @Test
    void aFrameThatDoesNotEndEndsTheConnection() throws Exception {
        try (ProxyUnderTest proxy =
                        proxy("client_header_timeout 300ms; keepalive_timeout 300ms; location / { return 200 ok; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.frame(FrameType.HEADERS, 0, 1, new byte[] {(byte) 0x82});
            assertEquals(ErrorCode.NO_ERROR, client.readUntil(FrameType.GOAWAY).code());
            assertTrue(proxy.errorLine("client timed out").contains("processing HTTP/2 connection"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {FrameType.HEADERS, FrameType.PING})
    void aFrameThatComesBitByBitHasItsTimeOnce(int type) throws Exception {
        try (ProxyUnderTest proxy =
                        proxy("client_header_timeout 500ms; keepalive_timeout 500ms; location / { return 200 ok; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            byte[] frame =
                    RawHttp2.of(type, 0, type == FrameType.PING ? 0 : 1, new byte[type == FrameType.PING ? 8 : 1000]);
            AtomicBoolean isOver = new AtomicBoolean();
            Thread drip = new Thread(() -> {
                try {
                    for (int i = 0; i < frame.length - 1 && !isOver.get(); i++) {
                        client.socket().getOutputStream().write(frame[i]);
                        client.socket().getOutputStream().flush();
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(i < 9 ? 20 : 150));
                    }
                } catch (IOException e) {
                    // the connection has ended, as it should
                }
            });
            drip.start();
            assertEquals(ErrorCode.NO_ERROR, client.readUntil(FrameType.GOAWAY).code());
            assertTrue(drip.isAlive(), "it ends while the client goes on");
            isOver.set(true);
            drip.join();
        }
    }

    @Test
    void theLastRequestOfAConnectionIsAnnounced() throws Exception {
        try (ProxyUnderTest proxy = proxy("keepalive_requests 2; location / { return 200 ok; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            assertEquals("ok", client.response(1).content());
            client.get(3, "/");
            RawHttp2.Frame first = client.readUntil(FrameType.GOAWAY);
            assertEquals(Integer.MAX_VALUE, first.number(0), "requests on their way are still taken");
            RawHttp2.Frame ping = client.readUntil(FrameType.PING);
            client.frame(FrameType.PING, FrameType.ACK, 0, ping.payload());
            RawHttp2.Frame last = client.readUntil(FrameType.GOAWAY);
            assertEquals(3, last.number(0));
            assertEquals(ErrorCode.NO_ERROR, last.code());
            while (client.read() != null) {
                // what was sent before
            }
        }
    }

    @Test
    void aReloadLetsRequestsOnTheirWayEnd() throws Exception {
        try (HeldUpstream app = new HeldUpstream("same");
                ProxyUnderTest proxy = proxy("location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            app.awaitAsked();
            proxy.reload(http("location / { return 200 new; }"));
            client.get(3, "/");
            assertEquals("new", client.response(3).content());
            app.letGo();
            assertEquals("same", client.response(1).content());
        }
    }

    @Test
    void theServersEndIsAnnouncedInTwoSteps() throws Exception {
        try (HeldUpstream app = new HeldUpstream("late");
                ProxyUnderTest proxy = proxy(
                        "location = /ok { return 200 ok; } location / { proxy_pass http://" + app.address() + "; }");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.get(1, "/");
            app.awaitAsked();
            proxy.server().drain();
            assertEquals(Integer.MAX_VALUE, client.readUntil(FrameType.GOAWAY).number(0));
            RawHttp2.Frame ping = client.readUntil(FrameType.PING);
            // this one was on its way
            client.get(3, "/ok");
            assertEquals("ok", client.response(3).content());
            client.frame(FrameType.PING, FrameType.ACK, 0, ping.payload());
            assertEquals(3, client.readUntil(FrameType.GOAWAY).number(0));
            client.get(5, "/ok");
            app.letGo();
            assertEquals("late", client.response(1).content());
            assertNull(client.readUntilEnd());
            assertTrue(!proxy.accessLog().contains("|3|"), "what comes after that is not looked at");
        }
    }

    // ---- beside HTTP/1.1

    @Test
    void aServerThatDoesNotSpeakItIsNotAskedByWayOfOneThatDoes() throws Exception {
        String others = " location / { return 200 $server_name; } } server { listen 127.0.0.1:0; server_name off; "
                + "location / { return 200 $server_name; } }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, "server { listen 127.0.0.1:0; server_name on; http2 on;" + others);
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            client.headers(1, true, List.of(":method: GET", ":scheme: http", ":path: /", ":authority: on"))
                    .headers(3, true, List.of(":method: GET", ":scheme: http", ":path: /", ":authority: off"));
            assertEquals("on", client.response(1).content());
            assertEquals(421, client.response(3).status());
            proxy.errorLine("client attempted to request the server name for which the negotiated protocol is disabled"
                    + " while reading client request headers");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"listen 127.0.0.1:0; http2 on;", "listen 127.0.0.1:0 http2;"})
    void aClientChoosesByWhatItSaysFirst(String listen) throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory, "server { " + listen + " location / { return 200 $server_protocol; } }")) {
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("HTTP/1.1"));
            try (RawClient slow = new RawClient(proxy.port())) {
                for (char c : "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n".toCharArray()) {
                    slow.send(String.valueOf(c));
                }
                slow.readThrough("HTTP/1.1 200");
            }
            try (RawHttp2 client = RawHttp2.connect(proxy.port())) {
                client.get(1, "/");
                assertEquals("HTTP/2.0", client.response(1).content());
            }
        }
    }

    @Test
    void oneThatSaysItInPiecesIsUnderstood() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, "server { listen 127.0.0.1:0; http2 on; location / { return 200 ok; } }");
                RawHttp2 client = new RawHttp2(new Socket("127.0.0.1", proxy.port()))) {
            for (char c : RawHttp2.PREFACE.toCharArray()) {
                client.bytes(String.valueOf(c));
            }
            client.frame(FrameType.SETTINGS, 0, 0, new byte[0]).get(1, "/");
            assertEquals("ok", client.response(1).content());
        }
    }
}
