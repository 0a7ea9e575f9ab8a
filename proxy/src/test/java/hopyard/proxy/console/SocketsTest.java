package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's table of sockets, and doors. */
class SocketsTest {

    @TempDir
    private Path directory;

    private static JsonNode listening(JsonNode sockets, int port) {
        for (JsonNode socket : sockets.get("listening")) {
            if (socket.get("port").asInt() == port) {
                return socket;
            }
        }
        throw new AssertionError("nothing listens on " + port + ": " + sockets);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Bound to a port below those that the system chooses: a busy machine has more connections than are listed, by port. */
    private static Socket fromLowPort() throws IOException {
        for (int port = 1100; ; port++) {
            Socket socket = new Socket();
            try {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return socket;
            } catch (BindException e) {
                socket.close();
            }
        }
    }

    /** Without TIME_WAIT, which may be left of whoever had the port before. */
    private static String states(JsonNode answer) {
        StringBuilder out = new StringBuilder();
        for (JsonNode socket : answer.at("/doors/0/sockets")) {
            String state = socket.get("state").asText();
            if (!state.equals("TIME_WAIT")) {
                out.append(state).append(' ');
            }
        }
        return out.toString();
    }

    @Test
    void listenersAndConnectionsAreThoseOfTheKernel() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory);
                ServerSocket mine = new ServerSocket(0, 7, InetAddress.getLoopbackAddress());
                Socket client = fromLowPort()) {
            client.connect(mine.getLocalSocketAddress());
            JsonNode sockets = console.json("/_hops/sockets");
            JsonNode own = listening(sockets, console.proxy.port());
            assertEquals("127.0.0.1", own.get("address").asText());
            assertEquals(
                    1, listening(sockets, mine.getLocalPort()).get("waiting").asInt());
            String ends = "\"local\":\"127.0.0.1:" + client.getLocalPort() + "\",\"remote\":\"127.0.0.1:"
                    + mine.getLocalPort() + "\",\"state\":\"ESTABLISHED\"";
            assertTrue(sockets.get("connections").toString().contains(ends), ends);
            assertTrue(console.text("/_hops/sockets").body().contains("127.0.0.1:" + mine.getLocalPort()));
        }
    }

    @Test
    void aDoorListensFillsAcceptsAndLeavesTimeWait() throws IOException {
        int port = freePort();
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode opened = console.post("/_hops/doors", Map.of("port", port, "backlog", 1))
                    .json();
            assertEquals("LISTEN ", states(opened));
            JsonNode connected =
                    console.post("/_hops/doors/" + port + "/connect", Map.of()).json();
            assertEquals("LISTEN ESTABLISHED ESTABLISHED ", states(connected));
            // one in the queue, the one more that Linux grants, and then no answer
            console.post("/_hops/doors/" + port + "/connect", Map.of());
            JsonNode full =
                    console.post("/_hops/doors/" + port + "/connect", Map.of()).json();
            assertTrue(full.get("said").asText().contains("no answer to our SYN"), full.toString());
            JsonNode accepted =
                    console.post("/_hops/doors/" + port + "/accept", Map.of()).json();
            assertEquals(1, accepted.at("/doors/0/accepted").asInt());
            JsonNode closed = console.delete("/_hops/doors/" + port).json();
            assertTrue(closed.get("said").asText().contains("TIME_WAIT"), closed.toString());
            assertEquals(0, closed.get("doors").size());
            assertEquals(404, console.delete("/_hops/doors/" + port).status());
        }
    }

    @Test
    void aDoorThatIsTakenSaysAddressInUse() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.post("/_hops/doors", Map.of("port", console.proxy.port()));
            assertEquals(409, answer.status());
            assertEquals("EADDRINUSE", answer.json().get("errno").asText());
            assertTrue(answer.json().get("error").asText().contains("(98: Address already in use)"), answer.body());
        }
    }

    @Test
    void doorsAreFewUnprivilegedAndLocal() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(403, console.post("/_hops/doors", Map.of("port", 1023)).status());
            assertEquals(
                    400, console.post("/_hops/doors", Map.of("port", 70000)).status());
            assertEquals(
                    400,
                    console.post("/_hops/doors", Map.of("port", 9999, "address", "8.8.8.8"))
                            .status());
            assertEquals(
                    400,
                    console.post("/_hops/doors", Map.of("port", 9999, "backlog", 1000))
                            .status());
            int[] ports = new int[5];
            for (int i = 0; i < 5; i++) {
                ports[i] = freePort();
                assertEquals(
                        i < 4 ? 201 : 409,
                        console.post("/_hops/doors", Map.of("port", ports[i])).status());
            }
            for (int i = 0; i < 4; i++) {
                console.delete("/_hops/doors/" + ports[i]);
                int port = ports[i];
                Wait.until("the door to be free", () -> {
                    try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                        return again.isBound();
                    }
                });
            }
        }
    }
}
