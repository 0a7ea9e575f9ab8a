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
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that have not ended yet. */
class PendingTest {

    @TempDir
    private Path directory;

    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    private ConsoleUnderTest start() throws IOException {
        RawUpstream upstream = new RawUpstream(connection -> {
            connection.readHead();
            try {
                mayAnswer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        String conf = "upstream app { server " + upstream.address() + "; }\n"
                + "server { listen 127.0.0.1:0; location / { proxy_pass http://app; }\n"
                + "location /_hops/ { hop_console; } }";
        return ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(directory, conf));
    }

    private static JsonNode await(ConsoleUnderTest console, Predicate<JsonNode> wanted) {
        JsonNode[] found = new JsonNode[1];
        Wait.until("the pending requests to be as expected", () -> {
            found[0] = console.json("/_hops/pending").get("pending");
            return wanted.test(found[0]);
        });
        return found[0];
    }

    @Test
    void aRequestThatTheAppTakesItsTimeForIsPendingUntilItEnds() throws IOException {
        try (ConsoleUnderTest console = start();
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("GET /slow?token=hunter2hunter2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
            JsonNode pending = await(console, all -> all.size() == 1).get(0);
            assertEquals("GET", pending.get("method").asText());
            assertEquals("/slow?token=[redacted:14]", pending.get("target").asText());
            assertEquals("a.example", pending.get("host").asText());
            assertEquals("wait", pending.get("stage").asText());
            assertEquals(console.upstream.address(), pending.get("upstream").asText());
            assertTrue(pending.get("sinceMs").asDouble() >= 250, pending.toString());
            assertTrue(pending.get("stageMs").asDouble() > 200, pending.toString());
            assertTrue(pending.get("status").isNull());
            mayAnswer.countDown();
            client.readThrough("ok");
            await(console, JsonNode::isEmpty);
            JsonNode ended = console.json("/_hops/exchanges").at("/exchanges/0");
            assertEquals(
                    pending.get("connection").asLong(),
                    ended.at("/client/connection").asLong());
            assertEquals(
                    pending.get("request").asLong(), ended.at("/client/request").asLong());
        }
    }

    @Test
    void whoDoesNotSendAllOfItsRequestIsWhomIsWaitedFor() throws IOException {
        try (ConsoleUnderTest console = start();
                RawClient client = new RawClient(console.proxy.port())) {
            client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
            JsonNode pending = await(console, all -> all.size() == 1).get(0);
            assertEquals("receive", pending.get("stage").asText());
            assertTrue(pending.get("upstream").isNull());
            client.close();
            await(console, JsonNode::isEmpty);
        }
    }

    @Test
    void watchersHearOfThemAndOnceThatThereAreNoneAnyMore() throws IOException {
        try (ConsoleUnderTest console = start();
                RawClient watcher = new RawClient(console.proxy.port());
                RawClient client = new RawClient(console.proxy.port())) {
            watcher.send("GET /_hops/live HTTP/1.1\r\nHost: localhost\r\n\r\n").readThrough("\n\n");
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
            watcher.readThrough("event: pending\n");
            String said = watcher.readThrough("\n\n");
            assertTrue(said.contains("\"target\":\"/slow\""), said);
            assertFalse(said.contains("_hops"), "the watchers themselves are none: " + said);
            mayAnswer.countDown();
            client.readThrough("ok");
            watcher.readThrough("{\"pending\":[]}");
        }
    }
}
