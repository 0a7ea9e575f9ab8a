package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients can have the app hold: it sees them leave, refuses what is too much, and answers everybody else
 * meanwhile.
 */
class HeldIT {

    private static final int PORT = Program.freePort();

    private static Program app;

    private final List<Socket> sockets = new ArrayList<>();

    @BeforeAll
    static void start() {
        app = Program.app(PORT, Map.of());
    }

    @AfterAll
    static void stop() {
        app.close();
    }

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        Program.until("the connections to be gone", () -> connections() == 0);
        assertTrue(!app.output().contains("Error"), app.output());
    }

    private Socket send(byte[] request) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT);
        sockets.add(socket);
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request);
        return socket;
    }

    private Socket send(String request) throws IOException {
        return send(request.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Socket ask(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    private static String first(Socket socket) throws IOException {
        byte[] bytes = new byte[4096];
        int n = socket.getInputStream().read(bytes);
        return n < 0 ? "" : new String(bytes, 0, n, StandardCharsets.ISO_8859_1);
    }

    private static void assertOthersAreAnswered() throws IOException {
        for (int i = 0; i < 10; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertTrue(first(socket).startsWith("HTTP/1.1 200 "));
            }
        }
    }

    /** How many sockets the app has that are connected, or half-closed, as the kernel sees it. */
    private static long connections() throws IOException {
        String port = ":%04X".formatted(PORT);
        try (Stream<String> lines = Files.lines(Path.of("/proc/net/tcp"))) {
            return lines.map(line -> line.trim().split("\\s+"))
                    .filter(fields -> fields[1].endsWith(port) && (fields[3].equals("01") || fields[3].equals("08")))
                    .count();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/delay/300",
                "/drip?delay=300",
                "/drip?duration=300",
                "/sse?interval=60",
                "/fail/hang",
                "/bytes/9999999"
            })
    void aClientThatLeavesOrSaysNoMoreIsLetGoAtOnce(String target) throws IOException {
        for (int i = 0; i < 60; i++) {
            Socket socket = ask(target);
            if (i % 3 == 0) {
                socket.close();
            } else if (i % 3 == 1) {
                socket.shutdownOutput();
            } else {
                socket.setSoLinger(true, 0);
                socket.close();
            }
        }
        assertOthersAreAnswered();
        Program.until("the connections to be gone", 10, () -> connections() == 0);
    }

    @Test
    void aClientThatHasAskedAheadIsSeenToLeave() throws IOException {
        ask("/delay/300");
        sockets.get(0).getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes());
        Program.until("the connection", () -> connections() == 1);
        sockets.get(0).close();
        Program.until("the connection to be gone", 10, () -> connections() == 0);
    }

    @Test
    void whoWaitsLeavesTheOthersTheirTurnAndWhoIsTooManyIsToldToComeAgain() throws IOException {
        List<String> refused = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String said = first(ask("/sse?interval=60"));
            if (!said.startsWith("HTTP/1.1 200 ")) {
                refused.add(said);
            }
        }
        assertEquals(300 - 256, refused.size());
        assertTrue(
                refused.get(0).startsWith("HTTP/1.1 503 ") && refused.get(0).contains("Retry-After: 5"),
                refused.get(0));
        assertOthersAreAnswered();
    }

    @Test
    void framesAndBodiesThatDoNotEndAreTooMuchForNobody() throws IOException {
        byte[] half = new byte[600_000];
        for (int i = 0; i < 64; i++) {
            Socket socket = send("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            String said = first(socket);
            assertTrue(said.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), said);
            // 1 MB is announced; what is sent of it fits the system's buffers both ways
            socket.getOutputStream()
                    .write(new byte[] {(byte) 0x82, (byte) 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4});
            socket.getOutputStream().write(half, 0, 100_000);
            send("POST /anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2600000\r\n\r\n");
            sockets.get(sockets.size() - 1).getOutputStream().write(half);
        }
        assertOthersAreAnswered();
    }

    @Test
    void whatIsManyTimesAsLongInJsonIsMadeAsItIsTaken() throws IOException {
        byte[] content = "\u0001".repeat(2_600_000).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 4; i++) {
            Socket socket = send("POST /anything HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                    + content.length + "\r\n\r\n");
            socket.getOutputStream().write(content);
        }
        for (Socket socket : sockets) {
            String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertTrue(said.startsWith("HTTP/1.1 200 "), said.substring(0, 100));
            assertTrue(said.length() > 6 * content.length, said.length() + " bytes");
        }
        String many = "a=1&".repeat(2000);
        Socket form = send("POST /anything HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + many.length()
                + "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" + many);
        assertTrue(first(form).contains("TooManyFieldsSent"));
    }
}
