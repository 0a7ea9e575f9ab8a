package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.http.StrictTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The app reads requests as the proxy does, also when it is asked directly. */
class StrictAppIT {

    private static final String NEXT = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
    private static final int PORT = Program.freePort();

    private static Program app;

    @BeforeAll
    static void start() {
        app = Program.app(PORT, Map.of("ALLOWED_HOSTS", "*"));
    }

    @AfterAll
    static void stop() {
        app.close();
    }

    /** All but those that are about the proxy's own limits: large_client_header_buffers and client_max_body_size. */
    static Stream<StrictTable.Row> rows() throws IOException {
        return StrictTable.read("requests.table").stream()
                .filter(row ->
                        !row.written().contains("{9000*") && !row.outcome().contains("413"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void takesARequestAsTheStandardSays(StrictTable.Row row) throws IOException {
        String received = exchange(row.bytes() + NEXT);
        List<Integer> statuses = new ArrayList<>();
        for (Matcher m = STATUS.matcher(received); m.find(); ) {
            int status = Integer.parseInt(m.group(1));
            if (status >= 200) {
                statuses.add(status);
            }
        }
        String[] outcomes = row.outcome().split(",");
        String last = outcomes[outcomes.length - 1];
        boolean isRefused = !last.startsWith("2xx");
        if (!isRefused) {
            // the app has not every path and method of the table, but it has understood them; and Django takes fewer
            // names for hosts than the standard does, even where it allows all
            boolean isDjangos = received.contains("DisallowedHost at ");
            assertTrue(
                    isDjangos || !List.of(400, 414, 431, 501, 505).contains(statuses.get(outcomes.length - 1)),
                    received);
            // a server that has not asked for the content does not know whether it will come
            boolean goesOn = !last.endsWith("-close") && !row.bytes().contains("Expect:");
            assertTrue(!goesOn || statuses.size() == outcomes.length + 1, received);
            assertTrue(!last.endsWith("-close") || statuses.size() == outcomes.length, received);
            assertTrue(!goesOn || received.endsWith("ok\n"), received);
            return;
        }
        // Nothing behind a message that is refused is a message. That its content is malformed may be noticed only when
        // the
        // response is out, because not every endpoint reads it.
        boolean isAboutTheMessage = last.contains("405") || last.contains("417");
        boolean isInHead = !row.bytes().toLowerCase().contains("chunked");
        assertTrue(statuses.size() <= outcomes.length + (isAboutTheMessage ? 1 : 0), received);
        assertFalse(statuses.isEmpty(), received);
        if (isInHead && !isAboutTheMessage) {
            assertEquals(outcomes.length, statuses.size(), received);
            assertTrue(last.contains(String.valueOf(statuses.get(statuses.size() - 1))), received);
        }
    }

    private static String exchange(String request) throws IOException {
        StringBuilder received = new StringBuilder();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            socket.setSoTimeout(10_000);
            Thread sender = new Thread(() -> {
                try {
                    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                    // the app has closed the connection; what it said before is what counts
                }
            });
            sender.start();
            try {
                for (int b = socket.getInputStream().read();
                        b >= 0;
                        b = socket.getInputStream().read()) {
                    received.append((char) b);
                }
            } catch (SocketException e) {
                received.append("[reset]");
            }
        }
        return received.toString();
    }
}
