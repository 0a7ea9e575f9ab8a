package hopyard.proxy.console.endpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What those who ask the console can have it hold: memory, threads, places. */
class ConsoleMemoryTest {

    private static final String HEAD = " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n";

    /** As many as the request head's buffers take. */
    private static final int LINES = 800;

    @TempDir
    private Path directory;

    /** What is closed at the end. */
    private final List<Socket> sockets = new ArrayList<>();

    /** A client that reads as little as the kernel lets it. */
    private Socket ask(ConsoleUnderTest console, String request) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), console.proxy.port()));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        sockets.add(socket);
        return socket;
    }

    private static String statusLine(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
    }

    private void hangUp() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private static String post(String path, String more) {
        return "POST /_hops/" + path + HEAD + more + "\r\n";
    }

    /** Makes exchanges with heads of many lines. */
    private static void exchanges(ConsoleUnderTest console, int count) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < LINES; i++) {
            lines.append('x').append(i).append(": ").append(i).append("\r\n");
        }
        long before = console.json("/_hops/exchanges?limit=1").get("newest").asLong();
        try (RawClient client = new RawClient(console.proxy.port())) {
            for (int i = 0; i < count; i++) {
                client.send("GET /own HTTP/1.1\r\nHost: localhost\r\n" + lines + "\r\n")
                        .readThrough("\r\n\r\nown");
            }
        }
        Wait.until(
                "the exchanges to be recorded",
                () -> console.json("/_hops/exchanges?limit=1").get("newest").asLong() >= before + count);
    }

    @Test
    void anAnnouncedBodyTakesNoMemoryAndTooManyAreRefused() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.json("/_hops/stats");
            long before = Allowance.taken();
            String unfinished = post("config/test", "Content-Length: 1048575\r\n") + "{\"text\": \"" + "x".repeat(80);
            for (int i = 0; i < 64; i++) {
                ask(console, unfinished);
            }
            Wait.until("all to be there", () -> console.proxy.server().inFlight() >= 64);
            long held = Allowance.taken() - before;
            assertTrue(held < 64 << 10, held + " bytes");
            Socket next = ask(console, unfinished);
            StringBuilder refusal = new StringBuilder();
            while (refusal.indexOf("}") < 0) {
                refusal.append((char) next.getInputStream().read());
            }
            assertTrue(refusal.indexOf("HTTP/1.1 503 ") == 0, refusal::toString);
            assertTrue(refusal.indexOf("\r\nRetry-After: 1\r\n") > 0, refusal::toString);
            assertTrue(refusal.indexOf("{\n  \"error\" : \"64 requests") > 0, refusal::toString);
            assertEquals(200, console.get("/_hops/stats").status());
            assertEquals(200, console.get("/own").status());
            hangUp();
            Wait.until(
                    "the places to be free",
                    () -> console.post("/_hops/config/test", Map.of("text", "x"))
                                    .status()
                            == 422);
            Wait.until("the memory to be free", () -> Allowance.taken() <= before);
        }
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedAsSoonAsThatShows() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "client_max_body_size 0;", "hop_console;")) {
            assertEquals(
                    "HTTP/1.1 413", statusLine(ask(console, post("config/test", "Content-Length: 400000000\r\n"))));
            String block = "10000\r\n" + "x".repeat(1 << 16) + "\r\n";
            Socket chunked = ask(console, post("send", "Transfer-Encoding: chunked\r\n"));
            for (int i = 0; i < 17; i++) {
                chunked.getOutputStream().write(block.getBytes(StandardCharsets.US_ASCII));
            }
            assertEquals("HTTP/1.1 413", statusLine(chunked));
            hangUp();
        }
    }

    @Test
    void aBodyHasItsTimeAsAWhole() throws Exception {
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "client_body_timeout 500ms;", "hop_console;")) {
            Socket slow = ask(console, post("config/test", "Content-Length: 1000\r\n"));
            long end = System.nanoTime() + 8_000_000_000L;
            // each byte comes in time, but all of them do not
            while (slow.getInputStream().available() == 0 && System.nanoTime() < end) {
                slow.getOutputStream().write(' ');
                Thread.sleep(100);
            }
            assertEquals("HTTP/1.1 408", statusLine(slow));
            hangUp();
        }
    }

    @Test
    void jsonThatIsAllStructureIsRefused() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (String json : List.of("[".repeat(100_000), "{\"a\":[" + "[],".repeat(100_000) + "[]]}")) {
                Socket client = ask(
                        console, post("send", "Connection: close\r\nContent-Length: " + json.length() + "\r\n") + json);
                assertEquals("HTTP/1.1 400", statusLine(client));
            }
            hangUp();
        }
    }

    @Test
    void aLongListIsMadeAsItIsReadAndReadersThatStopHoldNoWorker() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "hop_exchanges 300 64m;", "hop_console;")) {
            exchanges(console, 200);
            long before = Allowance.taken();
            for (int i = 0; i < 20; i++) {
                ask(console, "GET /_hops/exchanges.har?limit=300" + HEAD + "\r\n");
            }
            Wait.until("all to be under way", () -> console.proxy.server().inFlight() >= 20);
            JsonNode har = console.json("/_hops/exchanges.har?limit=300");
            assertEquals(200, har.at("/log/entries").size());
            assertEquals(LINES + 1, har.at("/log/entries/199/request/headers").size());
            JsonNode list = console.json("/_hops/exchanges?limit=300").get("exchanges");
            assertEquals(200, list.size());
            assertTrue(list.get(0).get("id").asLong() > list.get(199).get("id").asLong());
            // all of it would be some 200 * 60 KB for each of them
            long held = Allowance.taken() - before;
            assertTrue(held < 20 * (160 << 10), held + " bytes");
            hangUp();
            Wait.until("the memory to be free", () -> Allowance.taken() <= before);
        }
    }

    @Test
    void tooManyLongAnswersAreRefusedAndReadersThatStopAreGivenUp() throws IOException {
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "hop_exchanges 300 64m; send_timeout 2s;", "hop_console;")) {
            exchanges(console, 150);
            for (int i = 0; i < 40; i++) {
                ask(console, "GET /_hops/exchanges.har?limit=300" + HEAD + "\r\n");
            }
            int[] refused = new int[1];
            for (Socket socket : sockets) {
                refused[0] += statusLine(socket).equals("HTTP/1.1 503") ? 1 : 0;
            }
            assertEquals(8, refused[0]);
            assertEquals(200, console.get("/_hops/stats").status());
            console.proxy.errorLine("client timed out (110: Connection timed out)");
            Wait.until(
                    "their places to be free",
                    () -> console.get("/_hops/exchanges.har?limit=300").status() == 200);
            hangUp();
        }
    }

    @Test
    void waitingTakesNoWorker() throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        try (RawUpstream hanging = new RawUpstream(c -> {
                    c.readHead();
                    end.await();
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { proxy_pass http://" + hanging.address()
                                + "; } location /_hops/ { hop_console; }")) {
            ConsoleUnderTest console = ConsoleUnderTest.of(hanging, proxy);
            String body = "{\"path\":\"/\"}";
            for (int i = 0; i < 17; i++) {
                ask(console, post("send", "Content-Length: " + body.length() + "\r\n") + body);
            }
            Wait.until("all to be asked", () -> hanging.connections() == 16);
            long began = System.nanoTime();
            for (int i = 0; i < 65; i++) {
                ask(console, "GET /_hops/exchanges/none?wait=3000" + HEAD + "\r\n");
            }
            assertEquals("HTTP/1.1 503", statusLine(firstAnswered(sockets.subList(0, 17))));
            assertEquals("HTTP/1.1 503", statusLine(firstAnswered(sockets.subList(17, 82))));
            assertEquals(200, console.get("/_hops/stats").status());
            assertEquals(503, console.get("/_hops/compare?path=/&n=1").status());
            assertTrue(System.nanoTime() - began < 2_900_000_000L, "somebody has waited for those who wait");
            // who leaves meanwhile is not waited for
            hangUp();
            Wait.until("nobody to wait", () -> console.proxy.server().inFlight() <= 16);
            end.countDown();
        }
    }

    /** The one that something has come for. */
    private static Socket firstAnswered(List<Socket> clients) {
        Socket[] found = new Socket[1];
        Wait.until("an answer", () -> {
            for (Socket client : clients) {
                if (client.getInputStream().available() > 0) {
                    found[0] = client;
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    @Test
    void anExchangeThatTakesMoreThanItsShareIsCutAndSaysSo() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "hop_exchanges 100 128k;", "hop_console;")) {
            exchanges(console, 1);
            JsonNode cut = console.json("/_hops/last");
            assertTrue(cut.get("cut").asBoolean());
            int fields = cut.at("/headers/fromClient").size();
            assertTrue(fields > 100 && fields < LINES, fields + " fields");
            assertTrue(console.text("/_hops/last").body().contains("it is cut"));
            console.send(console.request("/own"));
            Wait.until("the next exchange", () -> !console.json("/_hops/last").has("cut"));
            assertFalse(
                    console.json("/_hops/exchanges?limit=1").at("/exchanges/0").has("cut"));
        }
    }
}
