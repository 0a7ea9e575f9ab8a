package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.http.http2.ErrorCode;
import hopyard.http.http2.FrameType;
import hopyard.proxy.support.ActingUpstream;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** How streams of HTTP/2 end before their end: the client gets the same frames as from nginx, in the same order. */
class Http2FramesDifferentialTest {

    @TempDir
    private static Path directory;

    private static ActingUpstream app;
    private static RawUpstream slow;
    private static Nginx nginx;
    private static ProxyUnderTest hopyard;

    /** What a client does on stream 1. */
    @FunctionalInterface
    private interface Client {
        void act(RawHttp2 client) throws IOException;
    }

    private record Case(String name, Client client) {}

    @BeforeAll
    static void start() throws IOException {
        Nginx.require();
        Files.writeString(directory.resolve("large"), "x".repeat(200_000));
        app = new ActingUpstream(1);
        slow = new RawUpstream(c -> {
            c.readHead();
            c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
            c.read();
        });
        String streamed = "proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://" + app.address();
        String server = """
                http2; root %s; client_body_timeout 300ms; client_max_body_size 10k; send_timeout 300ms;
                proxy_read_timeout 300ms;
                location = /buffered { proxy_pass http://%s; }
                location = /streamed { %s; }
                location = /unbuffered { proxy_buffering off; proxy_pass http://%s; }
                location = /slow { proxy_buffering off; proxy_pass http://%s; }
                location = /dead { proxy_pass http://127.0.0.1:1; }
                location = /ok { return 200 ok; }
                location = /none { return 204; }
                location = /denied { deny all; }
                location = /paged { error_page 408 413 = /ok; proxy_pass http://%s; }
                location = /close { return 444; }
                """.formatted(
                directory, app.address(), streamed, app.address(), slow.address(), slow.address(), app.address());
        nginx = Nginx.withHttp(directory.resolve("nginx"), "server { listen 127.0.0.1:@PORT@ " + server + "}");
        hopyard = ProxyUnderTest.withHttp(directory, "server { listen 127.0.0.1:0 " + server + "}", 1);
    }

    @AfterAll
    static void stop() throws IOException {
        hopyard.close();
        nginx.close();
        slow.close();
        app.close();
    }

    private static Client post(String path, String content, boolean isEnd, String... more) {
        return client -> {
            client.headers(1, false, RawHttp2.fields("POST", path, more));
            if (!content.isEmpty() || isEnd) {
                client.data(1, isEnd, content);
            }
        };
    }

    private static Client get(String path) {
        return client -> client.get(1, path);
    }

    @TestFactory
    Stream<DynamicTest> streamsEndAsInNginx() {
        String large = "x".repeat(11_000);
        return Stream.of(
                        new Case("content that stops", post("/buffered", "part", false)),
                        new Case("content that stops, of a length", post("/buffered", "p", false, "content-length: 9")),
                        new Case("content that does not begin", post("/buffered", "", false)),
                        new Case("streamed content that stops", post("/streamed", "part", false)),
                        new Case("streamed content that does not begin", post("/streamed", "", false)),
                        new Case("content that stops, with a page for that", post("/paged", "part", false)),
                        new Case("too large by length", post("/buffered", "", false, "content-length: 20000")),
                        new Case("too large by length, some sent", post("/ok", "x", false, "content-length: 20000")),
                        new Case("too large, all sent", post("/buffered", large, true, "content-length: 11000")),
                        new Case("too large, with a page", post("/paged", "", false, "content-length: 20000")),
                        new Case("too large, of no length", post("/buffered", large, false)),
                        new Case("too large, of no length, all sent", post("/buffered", large, true)),
                        new Case("too large, streamed", post("/streamed", large, false)),
                        new Case("more than announced", post("/buffered", "12345", false, "content-length: 3")),
                        new Case("less than announced", post("/buffered", "12", true, "content-length: 3")),
                        new Case("answered before its content", post("/ok", "", false)),
                        new Case("answered within its content", post("/ok", "part", false)),
                        new Case("answered without content within its content", post("/none", "part", false)),
                        new Case("denied before its content", post("/denied", "", false)),
                        new Case("not found before its content", post("/nothing", "", false)),
                        new Case("closed without an answer", get("/close")),
                        new Case("closed without an answer within its content", post("/close", "part", false)),
                        new Case("an app that is not there", get("/dead")),
                        new Case("an app that is not there, with content", post("/dead", "all", true)),
                        new Case("an app that closes", get("/buffered?do=close")),
                        new Case("an app that resets", get("/buffered?do=reset")),
                        new Case("an app that is cut", get("/buffered?do=truncate")),
                        new Case("an app that is cut, unbuffered", get("/unbuffered?do=truncate")),
                        new Case("an app that stops", get("/slow")),
                        new Case(
                                "a client that takes nothing",
                                client -> client.frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 10})
                                        .get(1, "/large")),
                        new Case(
                                "a client that takes nothing of an app's",
                                client -> client.frame(FrameType.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 10})
                                        .get(1, "/buffered?size=2000")))
                .map(each -> DynamicTest.dynamicTest(each.name, () -> compare(each)));
    }

    private static void compare(Case which) throws IOException {
        assertEquals(seen(nginx.port(), which.client), seen(hopyard.port(), which.client));
    }

    /** What comes on the stream until it is over, and whether the connection goes on then. */
    private static List<String> seen(int port, Client what) throws IOException {
        List<String> seen = new ArrayList<>();
        try (RawHttp2 client = RawHttp2.connect(port)) {
            what.act(client);
            boolean isOver = false;
            for (RawHttp2.Frame frame = client.read(); frame != null; frame = client.read()) {
                if (frame.type() == FrameType.PING && frame.isAck()) {
                    seen.add("goes on");
                    return seen;
                }
                if (frame.type() == FrameType.GOAWAY) {
                    seen.add("goaway " + frame.code());
                } else if (frame.stream() == 1 && frame.type() != FrameType.WINDOW_UPDATE) {
                    add(seen, frame);
                    // what an answered client is told of the rest of its content may come a little later
                    boolean isReset = frame.type() == FrameType.RST_STREAM && frame.code() != ErrorCode.NO_ERROR;
                    if (!isOver && (isReset || frame.isEnd())) {
                        isOver = true;
                        client.frame(FrameType.PING, 0, 0, 1, 2);
                    }
                }
            }
            seen.add("closed");
        }
        return seen;
    }

    private static void add(List<String> seen, RawHttp2.Frame frame) {
        switch (frame.type()) {
            case FrameType.HEADERS -> seen.add("head " + frame.status());
            case FrameType.DATA -> {
                // in how many frames content comes is the server's choice
                if (frame.payload().length > 0 && !seen.contains("content")) {
                    seen.add("content");
                }
            }
            case FrameType.RST_STREAM -> {
                if (frame.code() != ErrorCode.NO_ERROR) {
                    seen.add("reset " + frame.code());
                }
            }
            default -> seen.add("frame of type " + frame.type());
        }
        if (frame.isEnd()) {
            seen.add("end");
        }
    }
}
