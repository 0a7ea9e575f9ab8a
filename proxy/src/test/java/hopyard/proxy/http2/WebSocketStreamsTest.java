package hopyard.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.WebSocketKey;
import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.http.http2.Setting;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** WebSockets on streams (RFC 8441), passed on to apps that know them from HTTP/1.1. */
class WebSocketStreamsTest {

    @TempDir
    private Path directory;

    /** A location as people write it for WebSockets. */
    private ProxyUnderTest proxy(RawUpstream app, String more) {
        return ProxyUnderTest.withHttp(
                directory,
                "map $http_upgrade $connection_upgrade { default upgrade; '' close; }"
                        + " server { listen 127.0.0.1:0 http2; " + more
                        + " location = /ok { return 200 ok; }"
                        + " location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                        + " proxy_set_header Connection $connection_upgrade; proxy_pass http://" + app.address()
                        + "; } }",
                1);
    }

    private static RawHttp2 open(RawHttp2 client, int stream, String... more) throws IOException {
        List<String> fields = new ArrayList<>(List.of(
                ":method: CONNECT",
                ":protocol: websocket",
                ":scheme: http",
                ":authority: localhost",
                ":path: /chat?room=1",
                "sec-websocket-version: 13"));
        fields.addAll(List.of(more));
        return client.headers(stream, false, fields);
    }

    private static String field(String head, String name) {
        return head.lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElse("");
    }

    /** Answers a head as an app does that knows WebSockets. */
    private static void accept(RawUpstream.Connection c, String head, String more) throws IOException {
        c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + WebSocketKey.accept(field(head, "Sec-WebSocket-Key")) + "\r\n" + more
                + "\r\n");
    }

    private static RawUpstream echo() throws IOException {
        return new RawUpstream(c -> {
            accept(c, c.readHead(), "");
            for (int b = c.read(); b >= 0; b = c.read()) {
                c.send("" + (char) b);
            }
        });
    }

    private static String content(RawHttp2 client, int stream, int length) throws IOException {
        StringBuilder out = new StringBuilder();
        while (out.length() < length) {
            RawHttp2.Frame frame = client.readUntil(FrameType.DATA);
            assertEquals(stream, frame.stream());
            out.append(frame.text());
        }
        return out.toString();
    }

    @Test
    void clientsAreToldThatTheyMayAsk() throws Exception {
        try (RawUpstream app = echo();
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            ByteBuffer settings =
                    ByteBuffer.wrap(client.readUntil(FrameType.SETTINGS).payload());
            List<String> told = new ArrayList<>();
            while (settings.hasRemaining()) {
                told.add(settings.getShort() + " " + settings.getInt());
            }
            assertTrue(told.contains(Setting.ENABLE_CONNECT_PROTOCOL + " 1"), told::toString);
        }
    }

    @Test
    void theAppIsAskedAsByHttp1AndTheClientIsAnsweredAsByHttp2() throws Exception {
        BlockingQueue<String> heads = new LinkedBlockingQueue<>();
        try (RawUpstream app = new RawUpstream(c -> {
                    String head = c.readHead();
                    heads.add(head);
                    accept(c, head, "Sec-WebSocket-Protocol: chat\r\nX-Own: y\r\n");
                    c.send("first");
                    assertEquals("early later", c.read("early later".length()));
                    c.send("second");
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1, "sec-websocket-protocol: chat, other", "origin: http://localhost");
            client.data(1, false, "early ");
            RawHttp2.Frame head = client.readUntil(FrameType.HEADERS);
            assertEquals("200", head.status());
            assertFalse(head.isEnd());
            assertTrue(head.fields().contains("sec-websocket-protocol: chat"), head.fields()::toString);
            assertTrue(head.fields().contains("x-own: y"), head.fields()::toString);
            assertTrue(
                    head.fields().stream()
                            .noneMatch(each -> each.matches("(connection|upgrade|sec-websocket-accept):.*")),
                    head.fields()::toString);
            assertEquals("first", content(client, 1, 5));
            client.data(1, false, "later");
            assertEquals("second", content(client, 1, 6));
            String asked = heads.poll(10, TimeUnit.SECONDS);
            assertTrue(asked.startsWith("GET /chat?room=1 HTTP/1.1\r\n"), asked);
            for (String line :
                    List.of("Upgrade: websocket", "Connection: upgrade", "sec-websocket-protocol: chat, other")) {
                assertTrue(asked.toLowerCase().contains("\r\n" + line.toLowerCase() + "\r\n"), asked);
            }
            assertEquals(24, field(asked, "Sec-WebSocket-Key").length());
            // the app has ended its direction, and then so does the client
            assertTrue(client.readUntil(FrameType.DATA).isEnd());
            client.data(1, true, "");
            proxy.accessLine("\"GET /chat?room=1 HTTP/2.0\" 101 ");
            client.get(3, "/ok");
            assertEquals("ok", client.response(3).content());
        }
    }

    @Test
    void eitherSideMayEndItsDirectionFirst() throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    accept(c, c.readHead(), "");
                    StringBuilder all = new StringBuilder();
                    for (int b = c.read(); b >= 0; b = c.read()) {
                        all.append((char) b);
                    }
                    c.send("heard " + all);
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1).data(1, false, "some").data(1, true, "thing");
            RawHttp2.Response response = client.response(1);
            assertEquals("heard something", response.content());
            assertEquals("end", response.ended());
        }
    }

    @Test
    void otherStreamsGoOn() throws Exception {
        try (RawUpstream app = echo();
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(open(client, 1), 3);
            assertEquals(
                    List.of("200", "200"),
                    List.of(
                            client.readUntil(FrameType.HEADERS).status(),
                            client.readUntil(FrameType.HEADERS).status()));
            for (int i = 0; i < 5; i++) {
                client.data(1, false, "one").get(5 + 2 * i, "/ok");
                StringBuilder echoed = new StringBuilder();
                boolean isAnswered = false;
                while (echoed.length() < 3 || !isAnswered) {
                    RawHttp2.Frame frame = client.readUntil(FrameType.DATA);
                    if (frame.stream() == 1) {
                        echoed.append(frame.text());
                    } else {
                        assertEquals("ok", frame.text());
                        isAnswered = true;
                    }
                }
                assertEquals("one", echoed.toString());
                client.data(3, false, "three");
                assertEquals("three", content(client, 3, 5));
            }
        }
    }

    @Test
    void aClientThatTakesNothingHoldsTheAppUpAndNobodyElse() throws Exception {
        AtomicLong sent = new AtomicLong();
        int total = 20_000_000;
        try (RawUpstream app = new RawUpstream(c -> {
                    accept(c, c.readHead(), "");
                    String piece = "x".repeat(10_000);
                    while (sent.get() < total) {
                        c.send(piece);
                        sent.addAndGet(piece.length());
                    }
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1);
            long received = content(client, 1, FrameType.DEFAULT_WINDOW).length();
            assertEquals(FrameType.DEFAULT_WINDOW, received);
            awaitSame("the app to wait", sent);
            assertTrue(sent.get() < total, "somebody has kept " + sent);
            client.frame(FrameType.WINDOW_UPDATE, 0, 0, total).get(3, "/ok");
            assertEquals("ok", client.response(3).content());
            client.frame(FrameType.WINDOW_UPDATE, 0, 1, total);
            RawHttp2.Frame frame = client.read();
            while (!frame.isEnd()) {
                received += frame.type() == FrameType.DATA ? frame.payload().length : 0;
                frame = client.read();
            }
            assertEquals(total, received + frame.payload().length);
        }
    }

    private static void awaitSame(String what, AtomicLong number) {
        long[] before = {-1};
        long[] since = {System.nanoTime()};
        Wait.until(what, () -> {
            long now = number.get();
            if (now != before[0]) {
                before[0] = now;
                since[0] = System.nanoTime();
            }
            return now > 0 && System.nanoTime() - since[0] > 300_000_000L;
        });
    }

    @Test
    void anAppThatTakesNothingHoldsTheClientUp() throws Exception {
        CountDownLatch mayRead = new CountDownLatch(1);
        AtomicLong received = new AtomicLong();
        int total = 20_000_000;
        try (RawUpstream app = new RawUpstream(c -> {
                    accept(c, c.readHead(), "");
                    mayRead.await();
                    byte[] buffer = new byte[100_000];
                    for (int n = 0; n >= 0; n = c.socket().getInputStream().read(buffer)) {
                        received.addAndGet(n);
                    }
                    c.send("all");
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1);
            client.readUntil(FrameType.HEADERS);
            long sent = 0;
            long window = 65_536;
            String piece = "x".repeat(16_384);
            boolean wasHeldUp = false;
            while (sent < total) {
                if (window < piece.length()) {
                    if (!wasHeldUp && isSilent(client)) {
                        wasHeldUp = true;
                        assertTrue(sent < total / 2, "somebody has kept " + sent);
                        mayRead.countDown();
                    }
                    RawHttp2.Frame frame = client.read();
                    window += frame.type() == FrameType.WINDOW_UPDATE && frame.stream() == 1 ? frame.number(0) : 0;
                    continue;
                }
                client.data(1, false, piece);
                sent += piece.length();
                window -= piece.length();
            }
            assertTrue(wasHeldUp, "the client could send " + sent + " while nobody read");
            client.data(1, true, "");
            assertEquals("all", content(client, 1, 3));
            assertEquals(sent, received.get());
        }
    }

    /** Whether nothing comes for a while; a test that finds something would read it. */
    private static boolean isSilent(RawHttp2 client) throws IOException {
        long since = System.nanoTime();
        while (client.socket().getInputStream().available() == 0) {
            if (System.nanoTime() - since > 500_000_000L) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    @Test
    void aClientThatResetsItsStreamEndsTheAppsConnection() throws Exception {
        CountDownLatch isOver = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream(c -> {
                    accept(c, c.readHead(), "");
                    while (c.read() >= 0) {
                        // until the end
                    }
                    isOver.countDown();
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1);
            assertEquals("200", client.readUntil(FrameType.HEADERS).status());
            client.frame(FrameType.RST_STREAM, 0, 1, ErrorCode.CANCEL.code());
            assertTrue(isOver.await(10, TimeUnit.SECONDS));
            proxy.accessLine("\"GET /chat?room=1 HTTP/2.0\" 101 ");
            client.get(3, "/ok");
            assertEquals("ok", client.response(3).content());
        }
    }

    @Test
    void aClientThatDisconnectsEndsTheAppsConnection() throws Exception {
        CountDownLatch isOver = new CountDownLatch(1);
        try (RawUpstream app = new RawUpstream(c -> {
                    accept(c, c.readHead(), "");
                    while (c.read() >= 0) {
                        // until the end
                    }
                    isOver.countDown();
                });
                ProxyUnderTest proxy = proxy(app, "")) {
            try (RawHttp2 client = RawHttp2.connect(proxy.port())) {
                open(client, 1);
                assertEquals("200", client.readUntil(FrameType.HEADERS).status());
            }
            assertTrue(isOver.await(10, TimeUnit.SECONDS));
            proxy.accessLine("\"GET /chat?room=1 HTTP/2.0\" 101 ");
        }
    }

    @Test
    void anAppThatBreaksOffIsAStreamThatIsCancelled() throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    accept(c, c.readHead(), "");
                    c.read();
                    c.reset();
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1);
            assertEquals("200", client.readUntil(FrameType.HEADERS).status());
            client.data(1, false, "x");
            RawHttp2.Frame reset = client.readUntil(FrameType.RST_STREAM);
            assertEquals(ErrorCode.CANCEL, reset.code());
            client.get(3, "/ok");
            assertEquals("ok", client.response(3).content());
        }
    }

    @Test
    void anAppThatDoesNotKnowWebSocketsIsNotBelieved() throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
                    c.read();
                });
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1);
            assertEquals(502, client.response(1).status());
            proxy.errorLine("upstream sent 101 with wrong \"Sec-WebSocket-Accept\" header");
        }
    }

    @Test
    void aTunnelOutlivesAReload() throws Exception {
        try (RawUpstream app = echo();
                ProxyUnderTest proxy = proxy(app, "");
                RawHttp2 client = RawHttp2.connect(proxy.port())) {
            open(client, 1);
            assertEquals("200", client.readUntil(FrameType.HEADERS).status());
            proxy.reload();
            client.data(1, false, "still here");
            assertEquals("still here", content(client, 1, 10));
            client.data(1, true, "");
            assertTrue(client.readUntil(FrameType.DATA).isEnd());
        }
    }
}
