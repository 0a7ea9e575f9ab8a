package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.StrictTable;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not a response by the letter of RFC 9112 does not reach the client, and its connection carries no other. */
class StrictResponsesTest {

    private static final String CLOSE = "⏏";
    private static final Pattern RESPONSE = Pattern.compile("HTTP/1\\.1 (\\d{3}) .*?\r\n\r\n(.*)", Pattern.DOTALL);

    private static final AtomicReference<String> SAID = new AtomicReference<>();

    @TempDir
    private static Path directory;

    private static RawUpstream app;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        app = new RawUpstream(connection -> {
            for (String path = "first"; ; path = "again") {
                String head = connection.readHead();
                if (head.startsWith("GET /next ")) {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + path);
                } else {
                    String said = SAID.get();
                    connection.send(said.replace(CLOSE, ""));
                    if (said.endsWith(CLOSE)) {
                        return;
                    }
                }
            }
        });
        proxy = ProxyUnderTest.withHttp(
                directory,
                "upstream app { server " + app.address() + "; keepalive 4; } server { listen 127.0.0.1:0; "
                        + "hop_trace on; proxy_http_version 1.1; proxy_set_header Connection \"\"; "
                        + "location / { proxy_pass http://app; } }",
                1);
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        app.close();
    }

    static List<StrictTable.Row> rows() throws IOException {
        return StrictTable.read("responses.table");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void isTakenAsTheStandardSays(StrictTable.Row row) throws IOException {
        // a connection that an earlier row has left is used up first
        RawClient.get(proxy.port(), "/next");
        SAID.set(row.bytes());
        String received = RawClient.get(proxy.port(), "/");
        boolean isReused = row.outcome().startsWith("+");
        Matcher response = RESPONSE.matcher(received);
        assertTrue(response.matches(), "a response: " + received);
        String content = content(response.group(0), response.group(2));
        String got = response.group(1) + (content == null ? "!" : ":" + content);
        boolean isRight = false;
        for (String outcome : row.outcome().replaceFirst("^\\+", "").split("\\|")) {
            isRight |= outcome.contains(":") || outcome.endsWith("!")
                    ? got.equals(outcome)
                    : got.startsWith(outcome + ":");
        }
        assertTrue(isRight, got + " in " + received);
        String next = RawClient.get(proxy.port(), "/next");
        assertEquals(isReused, next.endsWith("again"), "the connection is used again: " + next);
    }

    /** The content; {@code null} if it is not all there. */
    private static String content(String response, String body) {
        Matcher length = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n").matcher(response);
        if (response.startsWith("HTTP/1.1 304")) {
            return body;
        }
        if (length.find()) {
            return Integer.parseInt(length.group(1)) == body.length() ? body : null;
        }
        if (!response.toLowerCase(Locale.ROOT).contains("\r\ntransfer-encoding: chunked\r\n")) {
            return body;
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (true) {
            int lineEnd = body.indexOf("\r\n", at);
            if (lineEnd < 0) {
                return null;
            }
            int size = Integer.parseInt(body.substring(at, lineEnd), 16);
            if (size == 0) {
                return body.endsWith("\r\n\r\n") ? out.toString() : null;
            }
            if (lineEnd + 2 + size > body.length()) {
                return null;
            }
            out.append(body, lineEnd + 2, lineEnd + 2 + size);
            at = lineEnd + size + 4;
        }
    }
}
