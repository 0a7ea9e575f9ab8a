package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.memory.HeldMemory;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.console.PlantedBodies;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the console keeps of contents. */
class BodiesTest {

    @TempDir
    private Path directory;

    /** Answers each request with the content that it has sent, and with its type. */
    private static RawUpstream echo() throws IOException {
        return new RawUpstream(connection -> {
            while (true) {
                String head = connection.readHead();
                String body = connection.read(length(head));
                connection.send("HTTP/1.1 200 OK\r\n" + line(head, "Content-Type") + line(head, "Content-Encoding")
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            }
        });
    }

    private static RawUpstream answeringAndClosing(String response) throws IOException {
        return new RawUpstream(connection -> {
            connection.readHead();
            connection.send(response);
        });
    }

    private static int length(String head) {
        String line = line(head, "Content-Length");
        return line.isEmpty() ? 0 : Integer.parseInt(line.substring(15).strip());
    }

    private static String line(String head, String name) {
        return head.lines()
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line + "\r\n")
                .findFirst()
                .orElse("");
    }

    private ConsoleUnderTest start(RawUpstream upstream, String http) throws IOException {
        String conf = http + " upstream app { server " + upstream.address() + "; keepalive 4; }\n"
                + "server { listen 127.0.0.1:0; proxy_http_version 1.1;\n"
                + "proxy_set_header Connection $http_connection; proxy_set_header Upgrade $http_upgrade;\n"
                + "location / { proxy_pass http://app; }\n"
                + "location /zip/ { gzip on; gzip_min_length 1; gzip_types text/plain; gzip_proxied any; proxy_pass http://app; }\n"
                + "location = /own { return 200 'made here'; }\n"
                + "location /none/ { hop_bodies 0; proxy_pass http://app; }\n"
                + "location /_hops/ { hop_console; }\n}";
        return ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(directory, conf));
    }

    private static JsonNode post(ConsoleUnderTest console, String path, String type, byte[] body) throws IOException {
        return console.exchange(
                console.request(path).post(RequestBody.create(body, type == null ? null : MediaType.get(type))));
    }

    private static JsonNode post(ConsoleUnderTest console, String type, String body) throws IOException {
        return post(console, "/x", type, body.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void bothContentsAreKeptWithAnExchange() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 64k;")) {
            JsonNode exchange = post(console, "application/json", "{\"a\": \"grüße\"}");
            for (String which : List.of("request", "response")) {
                JsonNode body = exchange.get("bodies").get(which);
                assertEquals("{\"a\": \"grüße\"}", body.get("text").asText(), exchange.toString());
                assertEquals("application/json", body.get("type").asText());
                assertEquals(16, body.get("length").asInt());
                assertFalse(body.get("cut").asBoolean());
                assertFalse(body.get("redacted").asBoolean());
            }
            JsonNode list = console.json("/_hops/exchanges").get("exchanges").get(0);
            assertFalse(list.has("bodies"), "lists have none");
            JsonNode own = console.exchange(console.request("/own"));
            assertEquals(
                    "made here", own.get("bodies").get("response").get("text").asText());
            assertEquals(0, own.get("bodies").get("request").get("length").asInt());
        }
    }

    @Test
    void nothingIsKeptByDefaultNorWhereItIsOff() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "")) {
            assertTrue(post(console, "text/plain", "hello").get("bodies").isNull());
        }
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 64k;")) {
            JsonNode exchange = post(console, "/none/", "text/plain", "hello".getBytes(StandardCharsets.UTF_8));
            assertTrue(exchange.get("bodies").isNull());
            assertFalse(console.json("/_hops/exchanges/" + exchange.get("id").asLong() + ".har")
                    .toString()
                    .contains("hello"));
        }
    }

    @Test
    void ofMoreOnlyTheBeginningIsKept() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 1k;")) {
            String text = "All work and no play. ".repeat(500);
            JsonNode exchange = post(console, "text/plain", text);
            for (JsonNode body : exchange.get("bodies")) {
                assertEquals(text.substring(0, 1024), body.get("text").asText());
                assertTrue(body.get("cut").asBoolean());
                assertEquals(text.length(), body.get("length").asInt());
            }
        }
    }

    @Test
    void whatIsNoTextIsKeptAsItIs() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 64k;")) {
            byte[] bytes = new byte[3000];
            new Random(16).nextBytes(bytes);
            JsonNode exchange = post(console, "/x", "image/png", bytes);
            for (JsonNode body : exchange.get("bodies")) {
                assertEquals(
                        Base64.getEncoder().encodeToString(bytes),
                        body.get("base64").asText());
            }
            JsonNode har = console.json("/_hops/exchanges/" + exchange.get("id").asLong() + ".har");
            JsonNode content = har.at("/log/entries/0/response/content");
            assertEquals("base64", content.get("encoding").asText());
            assertEquals(
                    Base64.getEncoder().encodeToString(bytes),
                    content.get("text").asText());
        }
    }

    @Test
    void whatThisProxyCompressesIsShownAsItWasBefore() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 4k;")) {
            String text = "All work and no play. ".repeat(5);
            JsonNode exchange = console.exchange(console.request("/zip/")
                    .header("Accept-Encoding", "gzip")
                    .post(RequestBody.create(text, MediaType.get("text/plain"))));
            JsonNode body = exchange.get("bodies").get("response");
            assertEquals(text, body.get("text").asText(), exchange.toString());
            assertEquals("gzip", body.get("decoded").asText());
            assertTrue(body.get("length").asInt() < text.length(), "as it was sent");
        }
    }

    @Test
    void harHasTheContents() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 64k;")) {
            JsonNode exchange = post(console, "application/json", "{\"a\": 1}");
            JsonNode entry = console.json(
                            "/_hops/exchanges/" + exchange.get("id").asLong() + ".har")
                    .at("/log/entries/0");
            assertEquals("{\"a\": 1}", entry.at("/request/postData/text").asText());
            assertTrue(entry.at("/request/postData/mimeType").asText().startsWith("application/json"));
            assertEquals("{\"a\": 1}", entry.at("/response/content/text").asText());
        }
    }

    @Test
    void aKeptBodyIsSentAgainAndOneThatIsNotWholeIsRefused() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 1k;")) {
            JsonNode whole = post(console, "text/plain", "once more");
            ConsoleUnderTest.Answer again =
                    console.post("/_hops/send", Map.of("replay", whole.get("id").asLong()));
            assertEquals(200, again.status(), again.body());
            assertEquals("once more", again.json().at("/results/0/content").asText(), again.body());
            for (String body : List.of("too long ".repeat(1000), "password=hunter2&a=b")) {
                JsonNode other = post(console, "application/x-www-form-urlencoded", body);
                again = console.post(
                        "/_hops/send", Map.of("replay", other.get("id").asLong()));
                assertEquals(422, again.status(), again.body());
            }
        }
    }

    @Test
    void secretsInContentsAreHidden() throws IOException {
        List<String> leaks = new ArrayList<>();
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 64k; hop_exchanges 1000 64m;")) {
            List<String[]> planted = PlantedBodies.all(new Random(16));
            for (String[] each : planted) {
                byte[] body = each[2].getBytes(StandardCharsets.UTF_8);
                String shown = post(console, "/x", each[1], body).toString();
                assertTrue(shown.contains("visible"), "what is no secret stays: " + each[2] + "\n" + shown);
                if (shown.contains(each[0])) {
                    leaks.add(each[1] + ": " + each[2] + "\n" + shown.replaceAll(".*\"bodies\"", ""));
                }
                String zipped = console.exchange(console.request("/x")
                                .header("Content-Encoding", "gzip")
                                .header("Accept-Encoding", "gzip")
                                .post(RequestBody.create(gzip(body), MediaType.get(each[1]))))
                        .toString();
                if (zipped.contains(each[0])
                        || zipped.contains(Base64.getEncoder().encodeToString(gzip(body)))) {
                    leaks.add("gzip, " + each[1] + ": " + each[2]);
                }
            }
            String har = console.get("/_hops/exchanges.har?limit=1000").body();
            for (String[] each : planted) {
                if (har.contains(each[0])) {
                    leaks.add("HAR, " + each[1] + ": " + each[2]);
                }
            }
        }
        assertEquals(List.of(), leaks, leaks.size() + " leaks");
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void whatCannotBeLookedThroughIsHiddenWhole() throws IOException {
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 64k;")) {
            JsonNode exchange = console.exchange(console.request("/x")
                    .header("Content-Encoding", "br")
                    .post(RequestBody.create("whatever", MediaType.get("text/plain"))));
            assertEquals("[redacted:8]", exchange.at("/bodies/request/text").asText());
            byte[] wide = "password=hunter2".getBytes(StandardCharsets.UTF_16LE);
            exchange = post(console, "/x", "text/plain; charset=utf-16le", wide);
            assertEquals("[redacted:32]", exchange.at("/bodies/request/text").asText());
        }
    }

    @Test
    void whatAnExchangeHoldsIsCountedAndFreedAtItsEnd() throws IOException {
        long before = HeldMemory.held();
        RawUpstream slow = new RawUpstream(connection -> {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 300001\r\n\r\n" + "x".repeat(300_000));
            connection.read(1);
        });
        try (ConsoleUnderTest console = start(slow, "hop_bodies 256k; hop_exchanges 100 256k;");
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            client.readThrough("\r\n\r\n");
            client.read(300_000);
            Wait.until("the content to be counted", () -> HeldMemory.held() - before >= 256 << 10);
            client.close();
            Wait.until("the content to be freed", () -> HeldMemory.held() - before < 64 << 10);
        }
    }

    @Test
    void whatIsKeptStaysWithinTheMemoryOfTheExchanges() throws IOException {
        long before = HeldMemory.held();
        try (ConsoleUnderTest console = start(echo(), "hop_bodies 256k; hop_exchanges 100 2m;")) {
            String text = "All work and no play. ".repeat(8000);
            for (int i = 0; i < 12; i++) {
                post(console, "text/plain", text);
            }
            int kept = 0;
            for (JsonNode each : console.json("/_hops/exchanges").get("exchanges")) {
                JsonNode bodies = console.json(
                                "/_hops/exchanges/" + each.get("id").asLong())
                        .get("bodies");
                kept += bodies.isNull() ? 0 : 1;
                assertTrue(
                        bodies.isNull() || bodies.at("/response/text").asText().equals(text));
            }
            // 1 MiB for twice 176,000 bytes each
            assertEquals(2, kept);
        }
        Wait.until("all of it to be free", () -> HeldMemory.held() - before < 64 << 10);
    }

    @Test
    void moreThanTheMostIsAMistake() {
        AssertionError e = assertThrows(AssertionError.class, () -> start(echo(), "hop_bodies 257k;"));
        assertTrue(e.getMessage().contains("256k are the most"), e.getMessage());
    }

    @Test
    void framesOfAWebSocketAreKeptWithTheirTimes() throws IOException {
        RawUpstream upstream = new RawUpstream(connection -> {
            connection.readHead();
            connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
            connection.read(6 + 5);
            connection.send(
                    "\u0081\u0005world" + "\u0081\u0016{\"token\":\"c0rr3ctH0rs\"}".replace("\u0016", "\u0017"));
            connection.send("\u0082\u0002\u0001\u0002" + "\u0088\u0005\u0003\u00e8bye");
        });
        try (ConsoleUnderTest console = start(upstream, "hop_bodies 64k;");
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            client.readThrough("\r\n\r\n");
            StringBuilder frame = new StringBuilder("\u0081\u0085abcd");
            for (int i = 0; i < 5; i++) {
                frame.append((char) ("hello".charAt(i) ^ "abcd".charAt(i % 4)));
            }
            client.send(frame.toString());
            client.read(7 + 25 + 4 + 7);
            client.close();
            JsonNode[] found = new JsonNode[1];
            Wait.until("the tunnel to be recorded", () -> {
                JsonNode list = console.json("/_hops/exchanges").get("exchanges");
                found[0] = list.path(0);
                return !list.isEmpty();
            });
            JsonNode exchange =
                    console.json("/_hops/exchanges/" + found[0].get("id").asLong());
            JsonNode messages = exchange.get("messages");
            assertEquals(5, messages.size(), exchange.toString());
            assertEquals("client", messages.get(0).get("from").asText());
            assertEquals("hello", messages.get(0).get("text").asText());
            assertEquals("app", messages.get(1).get("from").asText());
            assertEquals("world", messages.get(1).get("text").asText());
            assertFalse(messages.toString().contains("c0rr3ctH0rs"), messages.toString());
            assertEquals("binary", messages.get(3).get("kind").asText());
            assertTrue(messages.get(3).get("text").isNull());
            assertEquals("1000 bye", messages.get(4).get("text").asText());
            double last = 0;
            for (JsonNode message : messages) {
                assertTrue(message.get("atMs").asDouble() >= last);
                last = message.get("atMs").asDouble();
            }
        }
    }

    @Test
    void serverSentEventsAreKeptWithTheirTimes() throws IOException {
        RawUpstream upstream = answeringAndClosing("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                + "Connection: close\r\n\r\nid: 1\ndata: one\n\n: nothing\r\n\r\nevent: x\rdata: two\r\rdata: cut");
        try (ConsoleUnderTest console = start(upstream, "hop_bodies 64k;")) {
            JsonNode messages = console.exchange(console.request("/events")).get("messages");
            assertEquals(3, messages.size(), messages.toString());
            assertEquals("id: 1\ndata: one", messages.get(0).get("text").asText());
            assertEquals("event", messages.get(0).get("kind").asText());
            assertEquals(15, messages.get(0).get("length").asInt());
            assertEquals("event: x\ndata: two", messages.get(2).get("text").asText());
        }
    }

    @Test
    void ofManyMessagesTheFirstAreKeptAndAllCounted() throws IOException {
        RawUpstream upstream = answeringAndClosing("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                + "Connection: close\r\n\r\n" + "data: again\n\n".repeat(1000));
        try (ConsoleUnderTest console = start(upstream, "hop_bodies 64k;")) {
            JsonNode exchange = console.exchange(console.request("/events"));
            assertEquals(200, exchange.get("messages").size());
            assertEquals(1000, exchange.get("messageCount").asInt());
        }
    }
}
