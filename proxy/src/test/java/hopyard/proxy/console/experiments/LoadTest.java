package hopyard.proxy.console.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Load runs. */
class LoadTest {

    @TempDir
    private Path directory;

    private static JsonNode start(ConsoleUnderTest console, Map<String, Object> plan) throws IOException {
        ConsoleUnderTest.Answer answer = console.post("/_hops/load", plan);
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    private static JsonNode ended(ConsoleUnderTest console) {
        JsonNode[] state = new JsonNode[1];
        Wait.until("the run to end", () -> {
            state[0] = console.json("/_hops/load");
            return !state[0].get("running").asBoolean();
        });
        return state[0];
    }

    /** An upstream that takes its time for each request. */
    private ConsoleUnderTest slow(RawUpstream upstream) {
        return ConsoleUnderTest.of(
                upstream,
                ProxyUnderTest.withServer(
                        directory,
                        "proxy_http_version 1.1; proxy_set_header Connection ''; location / { proxy_pass http://"
                                + upstream.address() + "; } location /_hops/ { hop_console; }"));
    }

    private static RawUpstream taking(int millis) throws IOException {
        return new RawUpstream(c -> {
            while (true) {
                c.readHead();
                Thread.sleep(millis);
                c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
    }

    @Test
    void aRunMakesSoManyRequestsAndNoMore() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            start(console, Map.of("path", "/", "total", 201, "concurrency", 4));
            JsonNode state = ended(console);
            assertEquals(101, state.at("/lanes/direct/results/200").asInt(), state.toString());
            assertEquals(100, state.at("/lanes/proxied/results/200").asInt());
            assertEquals(100, state.at("/lanes/proxied/count").asInt());
            assertEquals("complete", state.get("ended").asText());
            int points = 0;
            for (JsonNode point : state.get("series")) {
                points += point.at("/direct/count").asInt()
                        + point.at("/proxied/count").asInt();
            }
            assertEquals(201, points, "each answer is in one point of the chart");
            Wait.until(
                    "the exchanges",
                    () -> console.json("/_hops/exchanges?limit=1000&path=/")
                                    .get("exchanges")
                                    .size()
                            == 100);
        }
    }

    @Test
    void onlyOneRunIsUnderWayAndItCanBeStopped() throws IOException {
        try (RawUpstream slow = taking(300);
                ConsoleUnderTest console = slow(slow)) {
            Map<String, Object> run =
                    Map.of("path", "/", "via", "proxied", "seconds", 30, "concurrency", 64, "rate", 1);
            assertTrue(start(console, run).get("running").asBoolean());
            assertEquals(409, console.post("/_hops/load", run).status());
            assertEquals(409, console.get("/_hops/compare?path=/").status());
            long began = System.nanoTime();
            console.delete("/_hops/load");
            JsonNode state = ended(console);
            assertTrue(System.nanoTime() - began < 5_000_000_000L, "those that wait for their time are not waited for");
            assertEquals("stopped", state.get("ended").asText());
            assertEquals(200, console.get("/_hops/compare?path=/&n=1").status());
        }
    }

    @Test
    void withARateAWaitThatASlowAnswerCausesIsCounted() throws Exception {
        // the first answer takes half a second; with one connection the requests due meanwhile are late, too
        AtomicInteger served = new AtomicInteger();
        try (RawUpstream slow = new RawUpstream(c -> {
                    while (true) {
                        c.readHead();
                        if (served.getAndIncrement() == 0) {
                            Thread.sleep(500);
                        }
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                ConsoleUnderTest console = slow(slow)) {
            start(console, Map.of("path", "/", "via", "proxied", "total", 40, "concurrency", 1, "rate", 40));
            JsonNode state = ended(console);
            // twenty requests were due in that half second: without correction only one of forty would be slow
            assertTrue(state.at("/lanes/proxied/p90Ms").asDouble() > 300, state.toString());
            assertFalse(state.at("/lanes/proxied/p50Ms").asDouble() > 400, state.toString());
            assertTrue(state.at("/lanes/proxied/fromSent/p50Ms").asDouble() < 300, state.toString());
            assertTrue(state.at("/lanes/proxied/late").asInt() >= 10, state.toString());
            assertEquals(40, state.at("/lanes/proxied/due").asInt());
            assertEquals("due", state.get("latencyFrom").asText());
        }
    }

    @Test
    void secondsAreSecondsHoweverMuchIsDue() throws IOException {
        try (RawUpstream slow = taking(20);
                ConsoleUnderTest console = slow(slow)) {
            start(console, Map.of("path", "/", "via", "direct", "seconds", 1, "concurrency", 2, "rate", 20_000));
            JsonNode state = ended(console);
            JsonNode lane = state.at("/lanes/direct");
            assertTrue(state.get("elapsedMs").asInt() < 5000, state.toString());
            assertEquals(20_000, lane.get("due").asInt());
            assertEquals(
                    lane.get("due").asInt(),
                    lane.get("sent").asInt() + lane.get("dropped").asInt());
            assertTrue(lane.get("dropped").asInt() > 19_000, lane.toString());
            assertEquals(
                    lane.get("sent").asInt(),
                    lane.get("count").asInt() + lane.get("unfinished").asInt());
        }
    }

    @Test
    void twoWaysByTurnsHaveEachItsOwnRate() throws IOException {
        // the app answers at once where it is asked directly, and takes its time where the proxy asks
        try (RawUpstream app = new RawUpstream(c -> {
                    while (true) {
                        if (c.readHead().contains("X-Proxied")) {
                            Thread.sleep(20);
                        }
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "proxy_http_version 1.1; proxy_set_header X-Proxied yes; location / { proxy_pass http://"
                                + app.address() + "; } location /_hops/ { hop_console; }")) {
            ConsoleUnderTest console = ConsoleUnderTest.of(app, proxy);
            start(console, Map.of("path", "/", "total", 200, "concurrency", 2));
            JsonNode state = ended(console);
            // a hundred each way: two at a time, of 20 ms, are no more than 100 in a second
            assertTrue(state.at("/lanes/proxied/perSecond").asDouble() <= 105, state.toString());
            assertTrue(
                    state.at("/lanes/direct/perSecond").asDouble()
                            > 2 * state.at("/lanes/proxied/perSecond").asDouble(),
                    state.toString());
            assertTrue(state.get("series").size() >= 10, "a run of a second has a chart");
        }
    }

    @Test
    void statesTellWhichOfThemIsNewer() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode begun = start(console, Map.of("path", "/", "total", 20, "concurrency", 2));
            JsonNode over = ended(console);
            assertEquals(begun.get("run").asLong(), over.get("run").asLong());
            assertTrue(over.get("state").asLong() > begun.get("state").asLong());
            JsonNode next = start(console, Map.of("path", "/", "total", 1));
            assertTrue(next.get("run").asLong() > over.get("run").asLong());
            ended(console);
        }
    }

    @Test
    void requestsThatFailAreCountedAndAreNoLatency() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.upstream.close();
            start(console, Map.of("path", "/", "via", "direct", "total", 10));
            JsonNode lane = ended(console).at("/lanes/direct");
            assertEquals(10, lane.at("/results/connection refused").asInt(), lane.toString());
            assertEquals(0, lane.get("count").asInt());
        }
    }
}
