package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code grpc_pass}, frame by frame: a client of HTTP/1.1, and a server whose frames are written here. */
class GrpcTest {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;

    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private static final String OK = "\u0088";
    private static final String REQUEST =
            "POST /s/M HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nContent-Length: 5\r\n\r\nhello";

    @TempDir
    private Path directory;

    /** A frame that has come. */
    private record Frame(int type, int flags, int stream, String content) {
        boolean isLast() {
            return type <= HEADERS && (flags & END_STREAM) != 0;
        }
    }

    private static String frame(int type, int flags, int stream, String content) {
        return "" + (char) 0 + (char) (content.length() >> 8) + (char) (content.length() & 0xff) + (char) type
                + (char) flags + number(stream) + content;
    }

    private static String number(int n) {
        return "" + (char) (n >>> 24) + (char) (n >> 16 & 0xff) + (char) (n >> 8 & 0xff) + (char) (n & 0xff);
    }

    /** Returns a field that is neither compressed nor remembered. */
    private static String field(String name, String value) {
        return "\0" + (char) name.length() + name + (char) value.length() + value;
    }

    private static String head(int stream, String... fields) {
        return frame(HEADERS, END_HEADERS, stream, OK + String.join("", fields));
    }

    private static String trailers(int stream) {
        return frame(
                HEADERS, END_HEADERS | END_STREAM, stream, field("grpc-status", "0") + field("grpc-message", "fine"));
    }

    private static Frame next(RawUpstream.Connection c) throws Exception {
        String header = c.read(9);
        int length = header.charAt(0) << 16 | header.charAt(1) << 8 | header.charAt(2);
        int stream = header.charAt(5) << 24 | header.charAt(6) << 16 | header.charAt(7) << 8 | header.charAt(8);
        return new Frame(header.charAt(3), header.charAt(4), stream, c.read(length));
    }

    private static void begin(RawUpstream.Connection c) throws Exception {
        assertEquals("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", c.read(24));
        c.send(frame(SETTINGS, 0, 0, ""));
    }

    /** Reads to the end of a request; returns its stream. */
    private static int request(RawUpstream.Connection c) throws Exception {
        Frame frame = next(c);
        while (!frame.isLast()) {
            frame = next(c);
        }
        return frame.stream;
    }

    private static Frame await(RawUpstream.Connection c, int type) throws Exception {
        Frame frame = next(c);
        while (frame.type != type) {
            frame = next(c);
        }
        return frame;
    }

    private ProxyUnderTest proxy(RawUpstream app) {
        return ProxyUnderTest.withHttp(
                directory,
                "upstream app { server " + app.address() + "; keepalive 1; } server { listen 127.0.0.1:0;"
                        + " location / { grpc_pass app; } }",
                1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void aResponseMayComeInAnyPiecesAndItsTrailersArePassedOn(int size) throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    c.socket().setTcpNoDelay(true);
                    begin(c);
                    while (true) {
                        int stream = request(c);
                        String response = head(stream, field("content-type", "application/grpc"))
                                + frame(PING, 0, 0, "12345678")
                                + frame(DATA, 0, stream, "one ")
                                + frame(WINDOW_UPDATE, 0, 0, number(10))
                                + frame(DATA, 8, stream, "\3two" + "\0\0\0")
                                + frame(99, 0, stream, "unknown")
                                + trailers(stream);
                        for (int i = 0; i < response.length(); i += size) {
                            c.send(response.substring(i, Math.min(response.length(), i + size)));
                        }
                    }
                });
                ProxyUnderTest proxy = proxy(app);
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 2; i++) {
                client.send(REQUEST);
                String head = client.readThrough("\r\n\r\n");
                assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
                assertTrue(head.contains("\r\nContent-Type: application/grpc\r\n"), head);
                String rest = client.readThrough("\r\n\r\n");
                assertTrue(rest.contains("\r\ngrpc-status: 0\r\ngrpc-message: fine\r\n"), rest);
                String content = rest.substring(0, rest.indexOf("\r\n0\r\n") + 2);
                assertEquals("one two", content.replaceAll("(?m)^[0-9a-f]+\r\n|\r\n", ""));
            }
            assertEquals(1, app.connections());
        }
    }

    @Test
    void aKeptConnectionAnswersWhileNobodyUsesItAndCarriesTheNextRequestAsTheNextStream() throws Exception {
        BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
        try (RawUpstream app = new RawUpstream(c -> {
                    begin(c);
                    int stream = request(c);
                    c.send(head(stream) + trailers(stream));
                    c.send(frame(PING, 0, 0, "12345678")
                            + frame(SETTINGS, 0, 0, "")
                            + frame(RST_STREAM, 0, stream, number(0)));
                    Frame answer = await(c, PING);
                    seen.add(answer.flags + answer.content);
                    stream = request(c);
                    seen.add(stream);
                    c.send(head(stream) + trailers(stream));
                    c.read();
                });
                ProxyUnderTest proxy = proxy(app);
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("fine\r\n\r\n");
            assertEquals("112345678", seen.poll(10, TimeUnit.SECONDS));
            client.send(REQUEST).readThrough("fine\r\n\r\n");
            assertEquals(3, seen.poll(10, TimeUnit.SECONDS));
            assertEquals(1, app.connections());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RST, upstream rejected request with error 8",
        "GOAWAY, upstream sent goaway with error 5",
        "DATA, upstream sent unexpected http2 frame: 0",
        "STREAM, upstream sent frame for unknown stream 3",
        "NO_STATUS, upstream sent no :status header",
        "TWO, upstream sent duplicate :status header",
        "STATUS, 'upstream sent invalid :status \"99\"'",
        "PSEUDO, 'upstream sent invalid header \":path: /\"'",
        "UPPER, upstream sent invalid header",
        "LINE, upstream sent invalid header",
        "BIG, upstream sent too big header",
        "EARLY, upstream prematurely closed connection"
    })
    void aResponseThatIsNoneIs502AndTheLogSaysWhy(String what, String line) throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    begin(c);
                    request(c);
                    switch (what) {
                        case "RST" -> c.send(frame(RST_STREAM, 0, 1, number(8)));
                        case "GOAWAY" -> c.send(frame(GOAWAY, 0, 0, number(0) + number(5)));
                        case "DATA" -> c.send(frame(DATA, 0, 1, "x"));
                        case "STREAM" -> c.send(head(3));
                        case "NO_STATUS" -> c.send(frame(HEADERS, END_HEADERS, 1, field("a", "b")));
                        case "TWO" -> c.send(head(1, OK));
                        case "STATUS" -> c.send(frame(HEADERS, END_HEADERS, 1, field(":status", "99")));
                        case "PSEUDO" -> c.send(head(1, field(":path", "/")));
                        case "UPPER" -> c.send(head(1, field("A", "b")));
                        case "LINE" -> c.send(head(1, field("a", "b\r\nc: d")));
                        case "BIG" -> {
                            String large = field("a", "b".repeat(100));
                            c.send(head(1, large.repeat(100)));
                        }
                        default -> {
                            return;
                        }
                    }
                    c.read();
                });
                ProxyUnderTest proxy = proxy(app)) {
            String response = RawClient.exchange(proxy.port(), REQUEST.replace("TE:", "Connection: close\r\nTE:"));
            assertTrue(response.startsWith("HTTP/1.1 502 "), response);
            assertTrue(proxy.errorLine(line).contains(" while reading response header from upstream,"));
        }
    }

    @Test
    void contentIsSentAsTheServersWindowAllows() throws Exception {
        int length = 200_000;
        BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
        try (RawUpstream app = new RawUpstream(c -> {
                    begin(c);
                    int sum = 0;
                    while (sum < 65_535) {
                        sum += await(c, DATA).content.length();
                    }
                    seen.add(sum);
                    c.send(frame(WINDOW_UPDATE, 0, 0, number(200_000)));
                    c.send(frame(WINDOW_UPDATE, 0, 1, number(1000)));
                    while (sum < 66_535) {
                        sum += await(c, DATA).content.length();
                    }
                    seen.add(sum);
                    // the initial window grows, and with it the stream's
                    c.send(frame(SETTINGS, 0, 0, "\0\4" + number(65_535 + 200_000)));
                    Frame frame = await(c, DATA);
                    while (!frame.isLast()) {
                        sum += frame.content.length();
                        frame = await(c, DATA);
                    }
                    seen.add(sum + frame.content.length());
                    c.send(head(1) + trailers(1));
                    c.read();
                });
                ProxyUnderTest proxy = proxy(app);
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n" + "x".repeat(length));
            assertEquals(65_535, seen.poll(10, TimeUnit.SECONDS));
            assertEquals(66_535, seen.poll(10, TimeUnit.SECONDS));
            assertEquals(length, seen.poll(10, TimeUnit.SECONDS));
            client.readThrough("fine\r\n\r\n");
        }
    }

    @Test
    void bothDirectionsGoOnAtATime() throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    begin(c);
                    await(c, HEADERS);
                    c.send(head(1));
                    Frame frame = await(c, DATA);
                    while (!frame.isLast()) {
                        c.send(frame(DATA, 0, 1, "<" + frame.content + ">"));
                        frame = await(c, DATA);
                    }
                    c.send(trailers(1));
                    c.read();
                });
                ProxyUnderTest proxy = proxy(app);
                RawClient client = new RawClient(proxy.port())) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.readThrough("\r\n\r\n");
            for (String message : new String[] {"a", "bb", "ccc"}) {
                client.send(message.length() + "\r\n" + message + "\r\n");
                client.readThrough("<" + message + ">\r\n");
            }
            client.send("0\r\n\r\n").readThrough("fine\r\n\r\n");
        }
    }

    @Test
    void aClientThatLeavesEndsTheServersConnection() throws Exception {
        BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
        try (RawUpstream app = new RawUpstream(c -> {
                    begin(c);
                    request(c);
                    c.send(head(1) + frame(DATA, 0, 1, "now"));
                    while (c.read() >= 0) {
                        // its answers to our settings
                    }
                    seen.add("closed");
                });
                ProxyUnderTest proxy = proxy(app)) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send(REQUEST).readThrough("now");
            }
            assertEquals("closed", seen.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void fieldsAreWhatTheConfigurationSays() throws Exception {
        BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
        try (RawUpstream app = new RawUpstream(c -> {
                    begin(c);
                    seen.add(await(c, HEADERS).content);
                    c.send(head(1) + trailers(1));
                    c.read();
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { grpc_set_header Host own; grpc_set_header X-A $arg_a;" + " grpc_pass grpc://"
                                + app.address() + "; }")) {
            String response = RawClient.get(proxy.port(), "/x?a=@@@@");
            assertTrue(response.startsWith("HTTP/1.1 200 OK"), response);
            String fields = (String) seen.poll(10, TimeUnit.SECONDS);
            assertTrue(fields.contains("\u0082\u0086"), "GET, http");
            assertTrue(fields.contains("@@@@"), fields);
        }
    }
}
