package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.http.http2.FrameType;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawHttp2;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** An app of gRPC whose frames break rules: the client gets the same as from nginx, and so says the error log. */
class GrpcFramesDifferentialTest {

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    @TempDir
    private static Path directory;

    private static RawUpstream app;
    private static Nginx nginx;
    private static ProxyUnderTest hopyard;
    /** What the app sends to whoever asks next. */
    private static volatile Mistake next;
    /** Holds the app up until the client has what went before. */
    private static final Semaphore HAS_COME = new Semaphore(0);

    /**
     * What an app sends instead of a good response.
     *
     * @param before what it sends that is right, until the client has got it; empty for nothing
     */
    private record Mistake(String name, String before, String frames) {
        Mistake(String name, String frames) {
            this(name, "", frames);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        Nginx.require();
        app = new RawUpstream(c -> {
            c.read(RawHttp2.PREFACE.length());
            boolean isLast = false;
            while (!isLast) {
                String header = c.read(FrameType.HEADER);
                c.read(header.charAt(0) << 16 | header.charAt(1) << 8 | header.charAt(2));
                isLast = header.charAt(3) <= FrameType.HEADERS && (header.charAt(4) & FrameType.END_STREAM) != 0;
            }
            if (!next.before.isEmpty()) {
                c.send(next.before);
                HAS_COME.acquire();
            }
            c.send(next.frames);
            while (c.read() >= 0) {
                // what the proxy says about it, until it closes
            }
        });
        String location = " location / { grpc_read_timeout 2s; grpc_pass " + app.address() + "; } }";
        nginx = Nginx.withHttp(directory.resolve("nginx"), "server { listen 127.0.0.1:@PORT@;" + location);
        hopyard = ProxyUnderTest.withHttp(directory, "server { listen 127.0.0.1:0;" + location, 1);
    }

    @AfterAll
    static void stop() throws IOException {
        hopyard.close();
        nginx.close();
        app.close();
    }

    // ---- frames

    private static String frame(int type, int flags, int stream, String payload) {
        return new String(
                RawHttp2.of(type, flags, stream, payload.getBytes(StandardCharsets.ISO_8859_1)),
                StandardCharsets.ISO_8859_1);
    }

    private static String hex(String digits) {
        return new String(HexFormat.of().parseHex(digits.replace(" ", "")), StandardCharsets.ISO_8859_1);
    }

    private static String fields(String... fields) {
        return new String(RawHttp2.block(List.of(fields)), StandardCharsets.ISO_8859_1);
    }

    /** A head with just these fields. */
    private static String head(String... fields) {
        return frame(FrameType.HEADERS, FrameType.END_HEADERS, 1, fields(fields));
    }

    /** A head with a field block that is not put together from fields. */
    private static String block(String hexDigits) {
        return frame(FrameType.HEADERS, FrameType.END_HEADERS, 1, hex("88" + hexDigits));
    }

    private static Stream<Mistake> aheadOfTheHead() {
        int none = 0;
        return Stream.of(
                new Mistake("a frame that is too long", hex("004001 01 04 00000001")),
                new Mistake("DATA", frame(FrameType.DATA, none, 1, "x")),
                new Mistake("DATA for another stream", frame(FrameType.DATA, none, 3, "x")),
                new Mistake("CONTINUATION", frame(FrameType.CONTINUATION, FrameType.END_HEADERS, 1, hex("88"))),
                new Mistake(
                        "PING within a field block",
                        frame(FrameType.HEADERS, none, 1, hex("88")) + frame(FrameType.PING, none, 0, "12345678")),
                new Mistake(
                        "HEADERS within a field block", frame(FrameType.HEADERS, none, 1, hex("88")) + head("a: b")),
                new Mistake(
                        "CONTINUATION for another stream",
                        frame(FrameType.HEADERS, none, 1, hex("88"))
                                + frame(FrameType.CONTINUATION, FrameType.END_HEADERS, 3, "")),
                new Mistake("RST_STREAM", frame(FrameType.RST_STREAM, none, 1, hex("00000008"))),
                new Mistake("RST_STREAM without an error", frame(FrameType.RST_STREAM, none, 1, hex("00000000"))),
                new Mistake("RST_STREAM that is too short", frame(FrameType.RST_STREAM, none, 1, hex("000000"))),
                new Mistake("RST_STREAM for another stream", frame(FrameType.RST_STREAM, none, 3, hex("00000008"))),
                new Mistake("GOAWAY", frame(FrameType.GOAWAY, none, 0, hex("00000000 00000005"))),
                new Mistake("GOAWAY with words", frame(FrameType.GOAWAY, none, 0, hex("00000000 0000000b") + "busy")),
                new Mistake("GOAWAY on the stream", frame(FrameType.GOAWAY, none, 1, hex("00000001 00000000"))),
                new Mistake("GOAWAY that is too short", frame(FrameType.GOAWAY, none, 0, hex("00000000 000000"))),
                new Mistake("WINDOW_UPDATE that is too short", frame(FrameType.WINDOW_UPDATE, none, 0, hex("000001"))),
                new Mistake("WINDOW_UPDATE that is too much", frame(FrameType.WINDOW_UPDATE, none, 0, hex("7fffffff"))),
                new Mistake(
                        "WINDOW_UPDATE that is too much for the stream",
                        frame(FrameType.WINDOW_UPDATE, none, 1, hex("7fffffff"))),
                new Mistake("SETTINGS on the stream", frame(FrameType.SETTINGS, none, 1, "")),
                new Mistake("SETTINGS on another stream", frame(FrameType.SETTINGS, none, 5, "")),
                new Mistake("a confirmation with settings", frame(FrameType.SETTINGS, FrameType.ACK, 0, "123456")),
                new Mistake("SETTINGS with half a setting", frame(FrameType.SETTINGS, none, 0, "12345")),
                new Mistake(
                        "SETTINGS with too large a window", frame(FrameType.SETTINGS, none, 0, hex("0004 80000000"))),
                new Mistake("PING on the stream", frame(FrameType.PING, none, 1, "12345678")),
                new Mistake("PING that is too short", frame(FrameType.PING, none, 0, "1234567")),
                new Mistake("an answer to no PING", frame(FrameType.PING, FrameType.ACK, 0, "12345678")),
                new Mistake("PUSH_PROMISE", frame(FrameType.PUSH_PROMISE, none, 1, hex("00000002"))),
                new Mistake("PUSH_PROMISE on another stream", frame(FrameType.PUSH_PROMISE, none, 3, hex("00000002"))),
                new Mistake("PRIORITY on another stream", frame(FrameType.PRIORITY, none, 3, "12345")),
                new Mistake("HEADERS on another stream", frame(FrameType.HEADERS, FrameType.END_HEADERS, 3, hex("88"))),
                new Mistake("no head in time", frame(FrameType.SETTINGS, none, 0, "")));
    }

    private static Stream<Mistake> inTheHead() {
        int padded = FrameType.END_HEADERS | FrameType.PADDED;
        return Stream.of(
                new Mistake("padding without its length", frame(FrameType.HEADERS, padded, 1, "")),
                new Mistake("padding that is too long", frame(FrameType.HEADERS, padded, 1, hex("05 88 00"))),
                new Mistake(
                        "half a priority",
                        frame(FrameType.HEADERS, FrameType.END_HEADERS | FrameType.HAS_PRIORITY, 1, hex("00000000"))),
                new Mistake("the index 0", block("80")),
                new Mistake("an index of no table", block("be")),
                new Mistake("the name of no table", block("7e 01 62")),
                new Mistake("the end within a name", block("00 05 61")),
                new Mistake("the end within a value", block("00 01 61 05 62")),
                new Mistake("no name", block("00 00 01 62")),
                new Mistake("a name with a wrong code", block("00 84 ff ff ff ff 01 62")),
                new Mistake("a value with a wrong code", block("00 01 61 84 ff ff ff ff")),
                new Mistake("an upper-case name", head(":status: 200", "Ab: c")),
                new Mistake("a name with a blank", head(":status: 200", "a b: c")),
                new Mistake("a name with a colon", block("00 03 61 3a 62 01 63")),
                new Mistake("no status", head("a: b")),
                new Mistake("two statuses", head(":status: 200", ":status: 200")),
                new Mistake("a status of two digits", head(":status: 99")),
                new Mistake("a status of four digits", head(":status: 2000")),
                new Mistake("a status of letters", head(":status: abc")),
                new Mistake("an interim status", head(":status: 101")),
                new Mistake("a field of requests", head(":status: 200", ":path: /")),
                new Mistake("a large field", head(":status: 200", "a: " + "b".repeat(5000))));
    }

    private static Stream<Mistake> behindTheHead() {
        int none = 0;
        String head = head(":status: 200");
        String sized = head(":status: 200", "content-length: 5");
        Stream<Mistake> lengths = Stream.of(
                new Mistake("more content than announced", sized, frame(FrameType.DATA, 1, 1, "123456")),
                new Mistake("less content than announced", sized, frame(FrameType.DATA, 1, 1, "1234")));
        Stream<Mistake> frames = Stream.of(
                        new Mistake("DATA for another stream", frame(FrameType.DATA, none, 3, "x")),
                        new Mistake("DATA for no stream", frame(FrameType.DATA, none, 0, "x")),
                        new Mistake("padding without its length", frame(FrameType.DATA, FrameType.PADDED, 1, "")),
                        new Mistake(
                                "padding that is too long", frame(FrameType.DATA, FrameType.PADDED, 1, hex("05 00"))),
                        new Mistake("CONTINUATION", frame(FrameType.CONTINUATION, FrameType.END_HEADERS, 1, "")),
                        new Mistake("trailers that are not the end", head("a: b")),
                        new Mistake("a status in trailers", frame(FrameType.HEADERS, 5, 1, fields(":status: 200"))),
                        new Mistake("an upper-case trailer", frame(FrameType.HEADERS, 5, 1, fields("A: b"))),
                        new Mistake("an index of no table", frame(FrameType.HEADERS, 5, 1, hex("be"))),
                        new Mistake("RST_STREAM", frame(FrameType.RST_STREAM, none, 1, hex("00000002"))),
                        new Mistake(
                                "RST_STREAM without an error", frame(FrameType.RST_STREAM, none, 1, hex("00000000"))),
                        new Mistake("GOAWAY", frame(FrameType.GOAWAY, none, 0, hex("00000000 00000001"))),
                        new Mistake("PUSH_PROMISE", frame(FrameType.PUSH_PROMISE, none, 1, hex("00000002"))),
                        new Mistake("an answer to no PING", frame(FrameType.PING, FrameType.ACK, 0, "12345678")),
                        new Mistake("SETTINGS with half a setting", frame(FrameType.SETTINGS, none, 0, "12345")),
                        new Mistake("PRIORITY on another stream", frame(FrameType.PRIORITY, none, 3, "12345")),
                        new Mistake("a frame that is too long", hex("004001 00 00 00000001")))
                .flatMap(each -> Stream.of(
                        new Mistake("behind the head: " + each.name, head, each.frames),
                        new Mistake(
                                "behind content: " + each.name,
                                head + frame(FrameType.DATA, none, 1, "some"),
                                each.frames)));
        return Stream.concat(lengths, frames);
    }

    // ---- comparing

    private static String outcome(int port, Path log, int linesBefore, int expected) throws IOException {
        String response;
        try (RawClient client = new RawClient(port)) {
            client.socket().setSoTimeout(20_000);
            response = client.send(REQUEST).readThrough(next.before.endsWith("some") ? "some\r\n" : "\r\n\r\n");
            if (!next.before.isEmpty()) {
                HAS_COME.release();
            }
            response += client.readAll();
        }
        String status = response.lines().findFirst().orElse("nothing");
        String lines = ErrorLines.read(log, linesBefore + Math.max(1, expected))
                .lines()
                .skip(linesBefore)
                .map(line -> line.replaceAll(":" + port + "\\b", ":PORT"))
                .map(line -> line + "\n")
                .reduce("", String::concat);
        return status
                + (response.endsWith("\r\n0\r\n\r\n") ? ", whole\n" : ", in part\n")
                + lines.replace(app.address(), "APP");
    }

    private static int lines(Path log) throws IOException {
        return (int) ErrorLines.read(log, 0).lines().count();
    }

    @TestFactory
    Stream<DynamicTest> mistakesComeToTheSameAsInNginx() {
        return Stream.of(aheadOfTheHead(), inTheHead(), behindTheHead())
                .flatMap(each -> each)
                .map(each -> DynamicTest.dynamicTest(each.name, () -> compare(each)));
    }

    private static void compare(Mistake which) throws IOException {
        next = which;
        Path theirLog = directory.resolve("nginx/error.log");
        Path ourLog = directory.resolve("error.log");
        int theirLines = lines(theirLog);
        int ourLines = lines(ourLog);
        String theirs = outcome(nginx.port(), theirLog, theirLines, 1);
        String ours = outcome(hopyard.port(), ourLog, ourLines, lines(theirLog) - theirLines);
        assertEquals(theirs, ours);
    }
}
