package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.otlp.OtlpReceiver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The app at SIGTERM, when it is told to lose nothing: SHUTDOWN_DELAY. */
class EndingAppIT {

    private final int port = Program.freePort();

    /** A connection with a request at a time. */
    private final class Client implements AutoCloseable {
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        private final BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));

        Client() throws IOException {
            socket.setSoTimeout(30_000);
        }

        void ask(String line) throws IOException {
            String head = line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** Returns the head of the response, in lower case; its content is short, and left out. */
        String head() throws IOException {
            StringBuilder head = new StringBuilder();
            int length = 0;
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                String lower = line.toLowerCase(Locale.ROOT);
                head.append(lower).append('\n');
                length = lower.startsWith("content-length: ") ? Integer.parseInt(lower.substring(16)) : length;
            }
            assertEquals(length, in.skip(length));
            return head.toString();
        }

        boolean hasEnded() throws IOException {
            return in.read() == -1;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void requestsUnderWayKeptConnectionsAndNewOnesAreAnsweredBeforeItEnds() throws Exception {
        try (Program app = Program.app(port, Map.of("SHUTDOWN_DELAY", "1"));
                Client slow = new Client();
                Client kept = new Client()) {
            kept.ask("POST /anything");
            assertFalse(kept.head().contains("connection: close"), "in ordinary times the connection stays");
            slow.ask("GET /delay/2");
            app.signal("TERM");
            Program.until("a response that is the last on its connection", () -> {
                try (Client late = new Client()) {
                    late.ask("POST /anything");
                    String head = late.head();
                    assertTrue(head.startsWith("http/1.1 200 "), head);
                    return head.contains("connection: close");
                }
            });
            kept.ask("POST /anything");
            String last = kept.head();
            assertTrue(last.startsWith("http/1.1 200 ") && last.contains("connection: close"), last);
            assertTrue(kept.hasEnded());
            String answer = slow.head();
            assertTrue(answer.startsWith("http/1.1 200 "), answer);
            assertEquals(128 + 15, app.await());
        }
    }

    @Test
    void spansOfTheLastRequestsAreSent() throws Exception {
        try (OtlpReceiver receiver = OtlpReceiver.http();
                Program app = Program.app(
                        port,
                        Map.of(
                                "SHUTDOWN_DELAY",
                                "1",
                                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                                receiver.endpoint(),
                                "OTEL_BSP_SCHEDULE_DELAY",
                                "600000"));
                Client slow = new Client()) {
            app.awaitOutput("from now on.");
            app.awaitOutput("Quit the server");
            slow.ask("GET /delay/2");
            app.signal("TERM");
            assertTrue(slow.head().startsWith("http/1.1 200 "));
            assertEquals(128 + 15, app.await());
            assertEquals(1, receiver.spans().size(), receiver::tree);
        }
    }
}
