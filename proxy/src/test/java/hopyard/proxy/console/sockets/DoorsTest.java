package hopyard.proxy.console.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets to play with: what is said of a system call is what the kernel said. */
class DoorsTest {

    @TempDir
    private Path directory;

    private ConsoleUnderTest console;

    @BeforeEach
    void start() throws IOException {
        console = ConsoleUnderTest.start(directory);
    }

    @AfterEach
    void closeAll() throws IOException {
        for (JsonNode door : console.json("/_hops/doors").get("doors")) {
            console.delete("/_hops/doors/" + door.get("id").asText());
        }
        console.close();
    }

    private JsonNode post(String path, Map<String, Object> body) throws IOException {
        return console.post("/_hops/doors/" + path, body).json();
    }

    private String socket(Map<String, Object> body) throws IOException {
        return post("socket", body).get("door").asText();
    }

    /** Without TIME_WAIT, which may be left of whoever had the port before. */
    private static String states(JsonNode sockets) {
        StringBuilder out = new StringBuilder();
        for (JsonNode socket : sockets) {
            String state = socket.get("state").asText();
            if (!state.equals("TIME_WAIT")) {
                out.append(state).append(' ');
            }
        }
        return out.toString();
    }

    private static void assertFails(String errno, int number, String why, JsonNode answer) {
        assertFalse(answer.at("/call/ok").asBoolean(), answer.toString());
        assertEquals(errno, answer.at("/call/errno").asText(), answer.toString());
        assertEquals(number, answer.at("/call/number").asInt());
        assertTrue(answer.get("said").asText().contains(why), answer.get("said").asText());
    }

    @Test
    void eachSystemCallChangesWhatTheKernelShows() throws IOException {
        int port = Ports.free();
        JsonNode made = post("socket", Map.of());
        String door = made.get("door").asText();
        assertTrue(made.at("/after/fd").asInt() > 2 && made.at("/after/name").isNull(), made.toString());
        assertTrue(made.at("/after/note").asText().contains("is in no table"));

        JsonNode bound = post(door + "/bind", Map.of("port", port));
        assertTrue(bound.at("/before/name").isNull());
        assertEquals("127.0.0.1:" + port, bound.at("/after/name").asText());
        assertEquals("", states(bound.at("/after/sockets")));
        assertFails("ECONNREFUSED", 111, "does not listen", post(door + "/connect", Map.of()));

        JsonNode listens = post(door + "/listen", Map.of("backlog", 1));
        assertEquals("", states(listens.at("/before/sockets")));
        assertEquals("LISTEN ", states(listens.at("/after/sockets")));
        JsonNode row = listens.at("/after/sockets/0");
        assertEquals("127.0.0.1:" + port, row.get("local").asText());
        assertEquals("0.0.0.0:*", row.get("remote").asText());
        assertEquals("listener", row.get("role").asText());
        assertEquals(made.at("/after/inode"), listens.at("/after/inode"));

        JsonNode connected = post(door + "/connect", Map.of());
        assertEquals("LISTEN ESTABLISHED ESTABLISHED ", states(connected.at("/after/sockets")));
        assertTrue(connected.at("/after/sockets").toString().contains("waits for accept()"));
        assertEquals(1, connected.at("/doors/0/waiting").asInt());
        JsonNode accepted = post(door + "/accept", Map.of());
        assertTrue(accepted.at("/after/sockets").toString().contains("\"accepted\""));
        assertEquals(0, accepted.at("/doors/0/waiting").asInt());
        assertTrue(post(door + "/accept", Map.of()).get("said").asText().contains("would wait"));

        JsonNode closed = post(door + "/close", Map.of());
        assertTrue(closed.get("said").asText().contains("TIME_WAIT"), closed.toString());
        assertEquals(0, closed.get("doors").size());
        assertEquals(404, console.delete("/_hops/doors/" + door).status());
    }

    @Test
    void theQueueHoldsOneMoreThanTheBacklogAndTheNumbersSaySo() throws IOException {
        int port = Ports.free();
        console.post("/_hops/doors", Map.of("port", port, "backlog", 2));
        JsonNode state = null;
        for (int i = 0; i < 3; i++) {
            state = post(port + "/connect", Map.of());
            assertTrue(state.get("said").asText().startsWith("connected"), state.toString());
        }
        JsonNode door = state.at("/doors/0");
        assertEquals(3, door.get("waiting").asInt());
        assertEquals(3, door.get("capacity").asInt());
        assertTrue(door.get("queue").asText().contains("3 of at most 3 wait"), door.toString());
        assertTrue(door.get("queue").asText().contains("backlog 2, and Linux takes one more"));
        JsonNode full = post(port + "/connect", Map.of());
        assertTrue(full.get("said").asText().contains("no answer to our SYN"), full.toString());
        assertTrue(states(full.at("/after/sockets")).contains("SYN_SENT"), full.toString());
        // whom the kernel has left waiting comes in by itself when there is room
        post(port + "/accept", Map.of());
        Wait.until(
                "the client that was waiting",
                () -> states(console.json("/_hops/doors").at("/doors/0/sockets"))
                        .replaceAll("LISTEN|ESTABLISHED| ", "")
                        .isEmpty());
        for (JsonNode listening : console.json("/_hops/sockets").get("listening")) {
            if (listening.get("port").asInt() == port) {
                assertEquals(2, listening.get("backlog").asInt());
                assertEquals(3, listening.get("capacity").asInt());
            }
        }
    }

    @Test
    void whatTheKernelRefusesComesWithItsOwnError() throws IOException {
        int taken = console.proxy.port();
        String door = socket(Map.of());
        JsonNode inUse = post(door + "/bind", Map.of("port", taken));
        assertFails("EADDRINUSE", 98, "failed (98: Address already in use)", inUse);
        assertTrue(inUse.get("said").asText().contains("listens at 127.0.0.1:" + taken), inUse.toString());
        assertTrue(inUse.get("said").asText().contains("SO_REUSEPORT"));
        assertFails(
                "EADDRNOTAVAIL",
                99,
                "no interface",
                post(door + "/bind", Map.of("port", 9999, "address", "192.0.2.1")));
        assertFails("EINVAL", 22, "only a socket that listens", post(door + "/accept", Map.of()));
        int port = Ports.free();
        post(door + "/bind", Map.of("port", port));
        assertFails("EINVAL", 22, "a socket gets its name once", post(door + "/bind", Map.of("port", Ports.free())));
        ConsoleUnderTest.Answer again = console.post("/_hops/doors", Map.of("port", taken));
        assertEquals(409, again.status());
        assertEquals("EADDRINUSE", again.json().get("errno").asText());
        assertEquals(1, console.json("/_hops/doors").get("doors").size(), "what failed leaves nothing behind");
    }

    @Test
    void aPrivilegedPortIsReallyTried() throws IOException {
        int port = 1019;
        String kernel;
        try (ServerSocket mine = new ServerSocket()) {
            mine.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            kernel = "done";
        } catch (IOException e) {
            kernel = e.getMessage();
        }
        JsonNode answer = post(socket(Map.of()) + "/bind", Map.of("port", port));
        if (kernel.equals("done")) {
            assertTrue(answer.at("/call/ok").asBoolean(), answer.toString());
            assertTrue(
                    answer.get("said").asText().contains("Port 1019 is"),
                    answer.get("said").asText());
        } else {
            assertFails(
                    kernel.contains("in use") ? "EADDRINUSE" : "EACCES",
                    kernel.contains("in use") ? 98 : 13,
                    "bind()",
                    answer);
        }
        assertEquals(
                kernel.equals("done"),
                answer.get("mayBindPrivileged").asBoolean()
                        || answer.get("firstUnprivilegedPort").asInt() <= port);
    }

    @Test
    void listenWithoutBindGetsAPortFromTheKernel() throws IOException {
        JsonNode answer = post(socket(Map.of()) + "/listen", Map.of());
        assertTrue(answer.at("/call/ok").asBoolean(), answer.toString());
        assertTrue(answer.at("/after/name").asText().startsWith("0.0.0.0:"), answer.toString());
        assertTrue(answer.get("said").asText().contains("a port that the kernel chose"));
    }

    @Test
    void aPortIsSharedWhereBothHaveAskedForIt() throws IOException {
        int port = Ports.free();
        String first = socket(Map.of("reusePort", true));
        post(first + "/bind", Map.of("port", port));
        post(first + "/listen", Map.of());
        String second = socket(Map.of("reusePort", true));
        assertTrue(post(second + "/bind", Map.of("port", port)).at("/call/ok").asBoolean());
        JsonNode both = post(second + "/listen", Map.of("backlog", 7));
        assertEquals("LISTEN LISTEN ", states(both.at("/after/sockets")));
        assertTrue(both.at("/after/sockets").toString().contains("another listener"));
        assertEquals(
                409, console.post("/_hops/doors/" + port + "/accept", Map.of()).status());
        String third = socket(Map.of());
        assertFails("EADDRINUSE", 98, "SO_REUSEPORT", post(third + "/bind", Map.of("port", port)));
    }

    @Test
    void loopbackIsReachedAtItsOwnAddressOnlyAndAllAddressesAtEach() throws IOException {
        int port = Ports.free();
        console.post("/_hops/doors", Map.of("port", port));
        assertFails("ECONNREFUSED", 111, "connect()", post(port + "/connect", Map.of("to", "127.0.0.2")));
        console.delete("/_hops/doors/" + port);
        assertEquals(
                201,
                console.post("/_hops/doors", Map.of("port", port, "address", "0.0.0.0"))
                        .status());
        JsonNode reached = post(port + "/connect", Map.of("to", "127.0.0.2"));
        assertTrue(reached.at("/call/ok").asBoolean(), reached.toString());
        assertTrue(reached.at("/after/sockets").toString().contains("\"0.0.0.0:" + port + "\""), reached.toString());
        assertEquals(
                400,
                console.post("/_hops/doors/" + port + "/connect", Map.of("to", "192.0.2.1"))
                        .status());
    }

    @Test
    void whoClosesFirstHasTheTimeWait() throws IOException {
        for (String first : new String[] {"client", "server"}) {
            int port = Ports.free();
            console.post("/_hops/doors", Map.of("port", port));
            post(port + "/connect", Map.of());
            post(port + "/accept", Map.of());
            JsonNode left = post(port + "/close", Map.of("first", first)).at("/after/sockets/0");
            assertEquals("TIME_WAIT", left.get("state").asText());
            String end = left.get(first.equals("server") ? "local" : "remote").asText();
            assertEquals("127.0.0.1:" + port, end, left.toString());
        }
    }

    @Test
    void doorsAreFewAndOnThisMachine() throws IOException {
        assertEquals(400, console.post("/_hops/doors", Map.of("port", 70000)).status());
        assertEquals(
                400,
                console.post("/_hops/doors", Map.of("address", "localhost")).status());
        assertEquals(400, console.post("/_hops/doors", Map.of("backlog", 1000)).status());
        assertEquals(
                400,
                console.post("/_hops/doors/socket", Map.of("family", "unix")).status());
        assertEquals(
                409,
                console.post("/_hops/doors/" + socket(Map.of()) + "/connect", Map.of())
                        .status());
        for (int i = 0; i < 3; i++) {
            assertEquals(201, console.post("/_hops/doors/socket", Map.of()).status());
        }
        assertEquals(409, console.post("/_hops/doors/socket", Map.of()).status());
    }

    @Test
    void aClosedDoorIsFree() throws IOException {
        int port = Ports.free();
        console.post("/_hops/doors", Map.of("port", port));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertTrue(client.isConnected());
            console.delete("/_hops/doors/" + port);
        }
        Wait.until("the door to be free", () -> {
            try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return again.isBound();
            }
        });
    }
}
