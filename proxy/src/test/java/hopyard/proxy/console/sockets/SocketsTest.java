package hopyard.proxy.console.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
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

    /**
     * Bound to a port below those that the system chooses: a busy machine has more connections than are listed, by
     * port.
     */
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
            int ephemeral = mine.getLocalPort();
            assertTrue(sockets.at("/ephemeralPorts/first").asInt() <= ephemeral);
            assertTrue(ephemeral <= sockets.at("/ephemeralPorts/last").asInt());
        }
    }

    @Test
    void thoseOfOnePortAreCountedAlone() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory);
                ServerSocket mine = new ServerSocket(0, 7, InetAddress.getLoopbackAddress());
                Socket client = new Socket(mine.getInetAddress(), mine.getLocalPort())) {
            JsonNode json = console.json("/_hops/sockets?port=" + mine.getLocalPort());
            assertEquals(1, json.get("listening").size());
            assertEquals(2, json.get("connections").size());
            assertEquals("{\"ESTABLISHED\":2}", json.get("states").toString());
            assertEquals(mine.getLocalPort(), client.getPort());
        }
    }

    @Test
    void addressesAreWrittenAsSsWritesThem() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory);
                // Java opens sockets that take IPv4 and IPv6
                ServerSocket all = new ServerSocket(0);
                ServerSocket loopback = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
            JsonNode sockets = console.json("/_hops/sockets");
            for (int port : new int[] {all.getLocalPort(), loopback.getLocalPort(), console.proxy.port()}) {
                JsonNode own = listening(sockets, port);
                Process ss = new ProcessBuilder("ss", "-Htln", "sport = :" + port).start();
                String[] row =
                        new String(ss.getInputStream().readAllBytes()).strip().split("\\s+");
                assertEquals(row[3], own.get("local").asText());
                assertEquals(row[4], own.get("remote").asText());
            }
            assertEquals(
                    "::", listening(sockets, all.getLocalPort()).get("address").asText());
        }
    }

    @Test
    void aProgramIsShownByAShortNameAndItsNumber() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory);
                ServerSocket mine = new ServerSocket(0, 7, InetAddress.getLoopbackAddress())) {
            // a program that calls itself by its whole command line, as browsers do
            Process program = new ProcessBuilder(
                            "bash",
                            "-c",
                            "exec 3<>/dev/tcp/127.0.0.1/" + mine.getLocalPort()
                                    + "; exec -a '/opt/browser --type=renderer --change-stack-guard=yes' sleep 30")
                    .start();
            try {
                Wait.until("its socket", () -> {
                    for (JsonNode each : console.json("/_hops/sockets").get("connections")) {
                        if (each.get("remote").asText().endsWith(":" + mine.getLocalPort())) {
                            return each.get("program").asText().equals("sleep (" + program.pid() + ")")
                                    && each.get("pid").asLong() == program.pid();
                        }
                    }
                    return false;
                });
            } finally {
                program.destroy();
            }
        }
    }
}
