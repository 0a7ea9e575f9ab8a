package hopyard.proxy.console.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several proxies, one of which is asked for the exchanges of all. */
class PeersTest {

    /** What a page needs of an exchange. */
    private static final String LISTED = """
            {"id":1,"time":"2026-11-27T21:00:00Z","method":"GET","target":"/t","host":"h","status":200,"outcome":"ok",\
            "answeredBy":{"who":"app","why":null,"text":"x"},"client":{"from":"f"},"phases":{"totalMs":1.5},\
            "bytes":{"sent":2}}""";

    @TempDir
    private Path directory;

    private final int[] ports = Ports.free(3);
    private final List<ConsoleUnderTest> started = new ArrayList<>();

    /** A proxy of its own, whose console has these lines. */
    private ConsoleUnderTest proxy(int port, String console) throws IOException {
        Path home = Files.createDirectories(directory.resolve("proxy" + port));
        ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                home,
                "server { listen 127.0.0.1:" + port + "; location / { return 200 " + port + "; }"
                        + " location /_hops/ { hop_console; " + console + " } }");
        RawUpstream nobody = new RawUpstream(connection -> {});
        started.add(ConsoleUnderTest.of(nobody, proxy));
        return started.get(started.size() - 1);
    }

    private String url(int port) {
        return "http://127.0.0.1:" + port + " ";
    }

    /** Each has the same list, itself included, as a name that stands for all of them has it. */
    private void startThree() throws IOException {
        for (int port : ports) {
            proxy(port, "hop_peers " + url(ports[0]) + url(ports[1]) + url(ports[2]) + ";");
        }
        for (ConsoleUnderTest each : started) {
            each.get("/of-" + each.proxy.port());
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (ConsoleUnderTest each : started) {
            each.close();
        }
    }

    private static JsonNode exchange(JsonNode list, String target) {
        return list.path("exchanges")
                .valueStream()
                .filter(each -> each.path("target").asText().equals(target))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + target + " in " + list));
    }

    /** What the first proxy says of itself and another one. */
    private JsonNode other(ConsoleUnderTest console) throws IOException {
        JsonNode proxies = console.json("/_hops/peers").path("proxies");
        assertEquals(2, proxies.size(), proxies::toString);
        assertTrue(proxies.path(0).path("self").asBoolean());
        assertFalse(proxies.path(1).path("self").asBoolean());
        return proxies.path(1);
    }

    @Test
    void exchangesOfAllProxiesAreOneListWithWhoseTheyAre() throws IOException {
        startThree();
        JsonNode list = started.get(0).json("/_hops/peers");
        assertEquals(3, list.path("proxies").size(), list::toString);
        assertTrue(list.path("proxies").path(0).path("self").asBoolean());
        for (int i = 0; i < 3; i++) {
            JsonNode proxy = list.path("proxies").path(i);
            assertTrue(proxy.path("error").isNull(), proxy::toString);
            assertTrue(proxy.path("name").asText().endsWith(":" + ports[i]), proxy::toString);
            JsonNode exchange = exchange(list, "/of-" + ports[i]);
            assertEquals(proxy.path("name"), exchange.path("proxy"));
            assertEquals(
                    i == 0 ? "null" : "127.0.0.1:" + ports[i],
                    exchange.path("peer").asText());
        }
        List<String> times = list.path("exchanges")
                .valueStream()
                .map(each -> each.path("time").asText())
                .toList();
        assertEquals(times.stream().sorted((a, b) -> b.compareTo(a)).toList(), times);
    }

    @Test
    void theListCanBeNarrowedToOneAndFilteredAndCut() throws IOException {
        startThree();
        ConsoleUnderTest first = started.get(0);
        String name = first.json("/_hops/peers").at("/proxies/1/name").asText();
        JsonNode one = first.json("/_hops/peers?proxy=" + name).path("exchanges");
        assertEquals(1, one.size());
        assertEquals("/of-" + ports[1], one.at("/0/target").asText());
        assertEquals(one, first.json("/_hops/peers?proxy=127.0.0.1:" + ports[1]).path("exchanges"));
        assertEquals(
                1,
                first.json("/_hops/peers?path=of-" + ports[2]).path("exchanges").size());
        assertEquals(2, first.json("/_hops/peers?limit=2").path("exchanges").size());
        assertEquals(400, first.get("/_hops/peers?limit=1000").status());
    }

    @Test
    void aTerminalGetsATableWithTheProxysName() throws IOException {
        startThree();
        String text = started.get(0).text("/_hops/peers").body();
        assertTrue(text.contains("this one\n"), text);
        for (int port : ports) {
            assertTrue(text.matches("(?s).*:" + port + " +[0-9]+ .* 200 .* GET /of-" + port + "\n.*"), text);
        }
    }

    @Test
    void aPeersExchangeIsThereInFullAsItHasIt() throws IOException {
        startThree();
        ConsoleUnderTest first = started.get(0);
        ConsoleUnderTest second = started.get(1);
        String id = exchange(first.json("/_hops/peers"), "/of-" + ports[1])
                .path("id")
                .asText();
        String path = "/_hops/peers/127.0.0.1:" + ports[1] + "/" + id;
        assertEquals(second.json("/_hops/exchanges/" + id), first.json(path));
        assertEquals(
                second.text("/_hops/exchanges/" + id).body(), first.text(path).body());
        ConsoleUnderTest.Answer gone = first.get(path + "0000");
        assertEquals(404, gone.status());
        assertTrue(gone.body().contains("it answers 404: exchange "), gone::body);
    }

    /** The page's user cannot have it ask anybody else. */
    @Test
    void nobodyIsAskedWhoIsNotListed() throws IOException {
        try (RawUpstream stranger = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) {
            ConsoleUnderTest console = proxy(ports[0], "hop_peers " + url(ports[1]) + ";");
            for (String path : List.of(
                    "peers/" + stranger.address() + "/1",
                    "peers/localhost:" + stranger.port() + "/1",
                    "peers/127.0.0.1:" + ports[1] + "@" + stranger.address() + "/1",
                    "peers/127.0.0.1:" + ports[1] + "/..%2f1",
                    "peers/127.0.0.1:" + ports[1] + "/1%3fx")) {
                int status = console.get("/_hops/" + path).status();
                assertTrue(status == 404 || status == 400, path + ": " + status);
            }
            assertEquals(0, stranger.connections());
        }
    }

    /** A proxy that is asked asks nobody: here both would ask each other for ever. */
    @Test
    void peersThatHaveEachOtherAskOnce() throws IOException {
        startThree();
        started.get(0).json("/_hops/peers");
        ConsoleUnderTest second = started.get(1);
        second.get("/after");
        second.proxy.accessLine("GET /after");
        String[] lines = second.proxy.accessLog().split("\n");
        assertEquals(
                1,
                List.of(lines).stream().filter(each -> each.contains("/_hops/")).count(),
                () -> List.of(lines).toString());
        assertTrue(
                List.of(lines).toString().contains("GET /_hops/exchanges?limit=100 "),
                () -> List.of(lines).toString());
    }

    @Test
    void aPeerThatRefusesIsShownAsThat() throws IOException {
        proxy(ports[1], "deny all;");
        ConsoleUnderTest first = proxy(ports[0], "hop_peers " + url(ports[1]) + ";");
        assertEquals("it answers 403", other(first).path("error").asText());
        assertTrue(first.text("/_hops/peers").body().contains("127.0.0.1:" + ports[1] + "  it answers 403"));
    }

    @Test
    void aPeerWithAPasswordIsToldIt() throws IOException {
        Files.writeString(directory.resolve("users"), "class:{PLAIN}secret-word\n");
        proxy(ports[1], "auth_basic x; auth_basic_user_file " + directory + "/users;");
        Files.writeString(directory.resolve("right"), "class:secret-word\n");
        ConsoleUnderTest without = proxy(ports[0], "hop_peers " + url(ports[1]) + ";");
        assertEquals("it answers 401", other(without).path("error").asText());
        ConsoleUnderTest with = proxy(ports[2], "hop_peers " + url(ports[1]) + "password=" + directory + "/right;");
        assertTrue(other(with).path("error").isNull(), other(with)::toString);
        assertFalse(with.get("/_hops/config").body().contains("secret-word"));
    }

    @Test
    void aPeerThatDoesNotListenIsShownAsThat() throws IOException {
        ConsoleUnderTest console = proxy(ports[0], "hop_peers " + url(ports[1]) + ";");
        console.get("/own");
        String error = other(console).path("error").asText();
        assertTrue(error.startsWith("no answer: Connection refused"), error);
        assertEquals(
                "/own",
                exchange(console.json("/_hops/peers"), "/own").path("target").asText());
    }

    @Test
    void aPeerThatSaysNothingIsNotWaitedForForEver() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        try (RawUpstream silent = new RawUpstream(connection -> over.await())) {
            ConsoleUnderTest console = proxy(ports[0], "hop_peers " + url(silent.port()) + ";");
            String error = other(console).path("error").asText();
            assertTrue(error.startsWith("no answer"), error);
            over.countDown();
        }
    }

    @Test
    void aPeerThatNeverEndsIsNotReadForEver() throws Exception {
        String exchange = LISTED.replace("/t", "/" + "x".repeat(1000)) + ",";
        assertIsLeft("no answer: its answer is longer than 2097152 bytes", connection -> {
            connection.send("HTTP/1.1 200 OK\r\n\r\n{\"exchanges\":[");
            while (true) {
                connection.send(exchange);
            }
        });
    }

    @Test
    void aPeerWhoseHeadNeverEndsIsNotReadForEver() throws Exception {
        assertIsLeft("no answer: its answer takes longer than 2000 ms", connection -> {
            connection.send("HTTP/1.1 200 OK\r\n");
            while (true) {
                connection.send("X: y\r\n");
                Thread.sleep(100);
            }
        });
    }

    /** Asserts what is said of a peer, and that its connection is closed. */
    private void assertIsLeft(String error, RawUpstream.Behaviour answers) throws Exception {
        CountDownLatch isLeft = new CountDownLatch(1);
        try (RawUpstream peer = new RawUpstream(connection -> {
            connection.readHead();
            try {
                answers.accept(connection);
            } catch (IOException e) {
                isLeft.countDown();
            }
        })) {
            ConsoleUnderTest console = proxy(ports[0], "hop_peers " + url(peer.port()) + ";");
            String said = other(console).path("error").asText();
            assertTrue(said.contains(error), said);
            assertTrue(isLeft.await(10, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 OK | hello | what answers there is no console",
                "200 OK | [] | what answers there is no console",
                "200 OK | {\"exchanges\":[\"x\"]} | what answers there is no console",
                "200 OK | {\"exchanges\":[{\"id\":1}]} | what answers there is no console",
                "200 OK | {\"exchanges\":[{\"id\":\"../x\",\"time\":\"2026-11-27T21:00:00Z\"}]} | what answers there is no console",
                "302 Found | {} | it answers 302",
                "500 Oops | {\"error\":\"it hurts\"} | it answers 500: it hurts",
            })
    void whatIsNoConsoleIsShownAsThat(String status, String content, String error) throws IOException {
        try (RawUpstream peer = RawUpstream.answering("HTTP/1.1 " + status + "\r\nLocation: http://127.0.0.1:"
                + ports[2] + "/\r\nContent-Length: " + content.length() + "\r\n\r\n" + content)) {
            ConsoleUnderTest console = proxy(ports[0], "hop_peers " + url(peer.port()) + ";");
            assertEquals(error, other(console).path("error").asText());
        }
    }

    /** A page would fail at one, and then show nobody's exchanges any more. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"totalMs\":1.5} | null",
                "{\"totalMs\":1.5} | {\"totalMs\":\"1\"}",
                "{\"sent\":2} | \"2\"",
                "{\"from\":\"f\"} | []",
                "\"from\":\"f\" | \"from\":{}",
                "\"GET\" | 1",
                "200 | \"200\"",
                "\"who\":\"app\", | \"\":1,",
            })
    void whatAPageCouldNotShowIsNotAnExchange(String right, String wrong) throws IOException {
        assertEquals(List.of(1, "null"), listed(LISTED));
        assertEquals(List.of(0, "what answers there is no console"), listed(LISTED.replace(right, wrong)));
    }

    /** How many exchanges of a peer's are listed that has this one, and what is said of it. */
    private List<Object> listed(String exchange) throws IOException {
        String content = "{\"exchanges\":[" + exchange + "]}";
        try (RawUpstream peer = RawUpstream.answering(
                "HTTP/1.1 200 OK\r\nContent-Length: " + content.length() + "\r\n\r\n" + content)) {
            ConsoleUnderTest console = proxy(Ports.free(), "hop_peers " + url(peer.port()) + ";");
            JsonNode list = console.json("/_hops/peers?proxy=" + peer.address());
            return List.of(
                    list.path("exchanges").size(), list.at("/proxies/1/error").asText());
        }
    }

    @Test
    void aPeersTextHasNothingThatATerminalObeys() throws IOException {
        String content = "a\u001b[31m\u009b31m\u202eb\nc\n";
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        try (RawUpstream peer = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: " + bytes.length + "\r\n\r\n"
                + new String(bytes, StandardCharsets.ISO_8859_1))) {
            ConsoleUnderTest console = proxy(ports[0], "hop_peers " + url(peer.port()) + ";");
            assertEquals(
                    "a?[31m?31m?b\nc\n",
                    console.text("/_hops/peers/" + peer.address() + "/1").body());
        }
    }

    @Test
    void aNameWithoutAddressesIsSaid() throws IOException {
        ConsoleUnderTest console = proxy(ports[0], "hop_peers http://proxies.invalid:1/_hops/;");
        JsonNode list = console.json("/_hops/peers");
        assertEquals(
                "the name proxies.invalid has no address",
                list.at("/problems/0").asText());
        assertEquals(1, list.path("proxies").size());
    }

    @Test
    void aConsoleWithoutPeersSaysSo() throws IOException {
        ConsoleUnderTest console = proxy(ports[0], "");
        assertEquals(404, console.get("/_hops/peers").status());
        assertFalse(console.json("/_hops/exchanges").path("peers").asBoolean());
        assertEquals(405, console.post("/_hops/peers", Map.of()).status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hop_peers; | invalid number of arguments in \"hop_peers\" directive",
                "hop_peers https://a/; | invalid URL \"https://a/\" in \"hop_peers\"",
                "hop_peers 10.0.0.1; | invalid URL \"10.0.0.1\" in \"hop_peers\"",
                "hop_peers http://a:70000/; | invalid URL \"http://a:70000/\" in \"hop_peers\"",
                "hop_peers http://u:p@a/; | invalid URL \"http://u:p@a/\" in \"hop_peers\"",
                "hop_peers http://a/x; | invalid URL \"http://a/x\" in \"hop_peers\"",
                "hop_peers http://a/?x=/; | invalid URL \"http://a/?x=/\" in \"hop_peers\"",
                "hop_peers password=x; | No such file or directory",
                "hop_peers http://a; hop_peers http://b; | \"hop_peers\" directive is duplicate",
            })
    void aMistakeIsSaid(String line, String error) {
        AssertionError failure = assertThrows(AssertionError.class, () -> proxy(ports[0], line));
        assertTrue(failure.getMessage().contains(error), failure::getMessage);
    }

    @Test
    void peersNeedAConsole() {
        AssertionError failure = assertThrows(
                AssertionError.class,
                () -> ProxyUnderTest.withServer(directory, "location / { hop_peers http://a; return 200; }"));
        assertTrue(
                failure.getMessage().contains("\"hop_peers\" needs \"hop_console\" in the same location"),
                failure::getMessage);
    }
}
