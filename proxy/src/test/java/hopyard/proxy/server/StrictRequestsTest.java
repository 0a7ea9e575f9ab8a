package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.StrictTable;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is not a request by the letter of RFC 9112 is refused, and the app behind sees each request as the proxy does.
 */
class StrictRequestsTest {

    private static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    private static final String NEXT_SEEN = "GET_/next_0:";
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    @TempDir
    private static Path directory;

    private static RawUpstream app;
    private static ProxyUnderTest proxy;

    @BeforeAll
    static void start() throws IOException {
        app = new RawUpstream(connection -> {
            while (true) {
                SEEN.add(message(connection));
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        proxy = ProxyUnderTest.withHttp(
                directory,
                "upstream app { server " + app.address() + "; keepalive 4; } server { listen 127.0.0.1:0; "
                        + "hop_trace on; proxy_http_version 1.1; proxy_set_header Connection \"\"; "
                        + "proxy_set_header Host $http_host; location / { proxy_pass http://app; } }");
    }

    /** Reads a request, and says what it is: method, target, length and content, host. */
    private static String message(RawUpstream.Connection connection) throws IOException {
        String head = connection.readHead();
        String[] line = head.substring(0, head.indexOf("\r\n")).split(" ");
        String content;
        if (field(head, "Transfer-Encoding") != null) {
            StringBuilder chunks = new StringBuilder();
            for (int size = chunkSize(connection); size > 0; size = chunkSize(connection)) {
                chunks.append(connection.read(size));
                connection.read(2);
            }
            while (!line(connection).isEmpty()) {
                // trailers
            }
            content = chunks.toString();
        } else {
            String length = field(head, "Content-Length");
            content = connection.read(length == null ? 0 : Integer.parseInt(length));
        }
        return line[0] + "_" + line[1] + "_" + content.length() + ":" + content + "@" + field(head, "Host");
    }

    private static int chunkSize(RawUpstream.Connection connection) throws IOException {
        return Integer.parseInt(line(connection), 16);
    }

    private static String line(RawUpstream.Connection connection) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = connection.read(); b != '\n'; b = connection.read()) {
            if (b < 0) {
                throw new IOException("connection ended in a line");
            }
            line.append((char) b);
        }
        return line.toString().stripTrailing();
    }

    private static String field(String head, String name) {
        String found = null;
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                assertEquals(null, found, "one " + name + " in " + head);
                found = line.substring(name.length() + 1).strip();
            }
        }
        return found;
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
        app.close();
    }

    static List<StrictTable.Row> rows() throws IOException {
        return StrictTable.read("requests.table");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void isTakenAsTheStandardSays(StrictTable.Row row) throws IOException {
        SEEN.clear();
        String received;
        try (RawClient client = new RawClient(proxy.port())) {
            received = client.send(row.bytes() + NEXT).readAll();
        }
        List<Integer> statuses = new ArrayList<>();
        boolean hasInterim = false;
        for (Matcher m = STATUS.matcher(received); m.find(); ) {
            int status = Integer.parseInt(m.group(1));
            hasInterim |= status < 200;
            if (status >= 200) {
                statuses.add(status);
            }
        }
        assertTrue(!hasInterim || !row.bytes().contains("HTTP/1.0"), "no interim response to HTTP/1.0: " + received);
        List<String> expectedAtApp = new ArrayList<>();
        boolean goesOn = true;
        String[] outcomes = row.outcome().split(",");
        for (int i = 0; i < outcomes.length; i++) {
            assertTrue(i < statuses.size(), "no response " + (i + 1) + ": " + received);
            int status = statuses.get(i);
            String right = outcomes[i].replaceAll("[>-].*", "");
            assertTrue(
                    status < 300 ? right.contains("2xx") : right.contains(String.valueOf(status)),
                    "status " + status + " in " + received);
            if (status < 300) {
                goesOn = !outcomes[i].endsWith("-close");
                if (!outcomes[i].endsWith("-own")) {
                    int seen = outcomes[i].indexOf('>');
                    expectedAtApp.add(seen < 0 ? "" : StrictTable.bytes(outcomes[i].substring(seen + 1)));
                }
            } else {
                boolean isAboutTheMessage = status == 405 || status == 417;
                goesOn = isAboutTheMessage && statuses.size() > i + 1;
            }
        }
        if (goesOn) {
            expectedAtApp.add(NEXT_SEEN);
        }
        assertEquals(outcomes.length + (goesOn ? 1 : 0), statuses.size(), received);
        List<String> seen = List.copyOf(SEEN);
        assertEquals(expectedAtApp.size(), seen.size(), seen + " for " + received);
        for (int i = 0; i < seen.size(); i++) {
            String expected = expectedAtApp.get(i);
            String what = expected.contains("@") ? seen.get(i) : seen.get(i).replaceAll("@[^@]*$", "");
            assertTrue(expected.isEmpty() || expected.equals(what), "the app has seen " + seen);
        }
    }
}
