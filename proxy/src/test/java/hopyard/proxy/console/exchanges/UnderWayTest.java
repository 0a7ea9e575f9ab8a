package hopyard.proxy.console.exchanges;

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
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The messages of a connection are to be had while it is open. */
class UnderWayTest {

    @TempDir
    private Path directory;

    private final Semaphore mayGoOn = new Semaphore(0);

    private ConsoleUnderTest start(RawUpstream.Behaviour behaviour) throws IOException {
        RawUpstream upstream = new RawUpstream(behaviour);
        String conf = "hop_bodies 64k; upstream app { server " + upstream.address() + "; }\n"
                + "server { listen 127.0.0.1:0; proxy_http_version 1.1; proxy_buffering off;\n"
                + "proxy_set_header Connection $http_connection; proxy_set_header Upgrade $http_upgrade;\n"
                + "location / { proxy_pass http://app; }\n"
                + "location /none/ { hop_bodies 0; proxy_pass http://app; }\n"
                + "location /_hops/ { hop_console; }\n}";
        return ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(directory, conf));
    }

    private void awaitTurn() {
        mayGoOn.acquireUninterruptibly();
    }

    private static String pendingId(ConsoleUnderTest console) {
        String[] id = new String[1];
        Wait.until("the request to be pending", () -> {
            JsonNode pending = console.json("/_hops/pending").at("/pending/0");
            id[0] = pending.path("id").asText();
            return pending.has("id");
        });
        return id[0];
    }

    private static JsonNode await(ConsoleUnderTest console, String path, Predicate<JsonNode> wanted) {
        JsonNode[] found = new JsonNode[1];
        Wait.until("it to be as expected", () -> {
            found[0] = console.json("/_hops/pending/" + path);
            return wanted.test(found[0]);
        });
        return found[0];
    }

    @Test
    void framesOfAWebSocketAreSeenAsTheyComeAndWithoutSecrets() throws IOException {
        try (ConsoleUnderTest console = start(connection -> {
                    connection.readHead();
                    connection.send(
                            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                                    + "\u0081\u0005world");
                    awaitTurn();
                    connection.send("\u0081\u0017{\"token\":\"c0rr3ctH0rs\"}");
                    awaitTurn();
                });
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            client.readThrough("world");
            String id = pendingId(console);
            JsonNode first = await(console, id, found -> found.path("messages").size() == 1);
            assertEquals("tunnel", first.get("stage").asText());
            assertEquals(1, first.get("messageCount").asInt());
            assertEquals("world", first.at("/messages/0/text").asText());
            assertEquals("app", first.at("/messages/0/from").asText());
            mayGoOn.release();
            client.readThrough("}");
            JsonNode second = await(
                    console, id + "?after=1", found -> found.path("messages").size() == 1);
            assertEquals(2, second.get("messageCount").asInt());
            String shown = second.get("messages").toString();
            assertTrue(shown.contains("token") && !shown.contains("c0rr3ctH0rs"), shown);
            assertEquals(
                    2,
                    console.json("/_hops/pending").at("/pending/0/messageCount").asInt());
            mayGoOn.release();
            client.close();
            JsonNode ended = await(console, id, found -> found.path("exchange").isNumber());
            assertTrue(ended.get("ended").asBoolean());
            JsonNode exchange =
                    console.json("/_hops/exchanges/" + ended.get("exchange").asLong());
            assertEquals(2, exchange.get("messages").size());
        }
    }

    @Test
    void eventsAreSeenAsTheyCome() throws IOException {
        try (ConsoleUnderTest console = start(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n");
                    awaitTurn();
                    connection.send("data: two\n\n");
                    awaitTurn();
                });
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").readThrough("data: one");
            String id = pendingId(console);
            await(console, id, found -> found.path("messages").size() == 1);
            mayGoOn.release();
            JsonNode both = await(console, id, found -> found.path("messages").size() == 2);
            assertEquals("data: two", both.at("/messages/1/text").asText());
            assertTrue(both.at("/messages/1/atMs").asDouble()
                    >= both.at("/messages/0/atMs").asDouble());
            assertTrue(both.get("sinceMs").asDouble()
                    >= both.at("/messages/1/atMs").asDouble());
            assertEquals(
                    System.currentTimeMillis() - both.get("sinceMs").asDouble(),
                    both.get("startedAt").asDouble(),
                    2000);
            mayGoOn.release();
        }
    }

    @Test
    void whereNothingIsKeptNothingIsShown() throws IOException {
        try (ConsoleUnderTest console = start(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n");
                    awaitTurn();
                });
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("GET /none/events HTTP/1.1\r\nHost: a\r\n\r\n").readThrough("data: one");
            JsonNode found = console.json("/_hops/pending/" + pendingId(console));
            assertFalse(found.get("keeps").asBoolean());
            assertFalse(found.has("messages"));
            assertTrue(found.get("messageCount").isNull());
            mayGoOn.release();
        }
    }

    @Test
    void whatIsNoRequestUnderWayIsSaid() throws IOException {
        try (ConsoleUnderTest console = start(connection -> {})) {
            JsonNode none = console.json("/_hops/pending/p999.1");
            assertTrue(none.get("ended").asBoolean() && none.get("exchange").isNull(), none.toString());
            assertEquals(400, console.get("/_hops/pending/17").status());
            assertEquals(400, console.get("/_hops/pending/p1.1?after=x").status());
        }
    }
}
