package hopyard.proxy.console.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One path both ways, and what may be concluded from it. */
class CompareTest {

    @TempDir
    private Path directory;

    private ConsoleUnderTest console(RawUpstream upstream, String locations) {
        return ConsoleUnderTest.of(
                upstream,
                ProxyUnderTest.withHttp(
                        directory,
                        "hop_trace on; upstream app { server " + upstream.address() + "; keepalive 4; }"
                                + " server { listen 127.0.0.1:0; proxy_http_version 1.1;"
                                + " proxy_set_header Connection ''; proxy_set_header Host $http_host;"
                                + " proxy_set_header X-Real-IP $remote_addr; " + locations
                                + " location /_hops/ { hop_console; } }"));
    }

    private static JsonNode change(JsonNode changes, String header) {
        for (JsonNode change : changes) {
            if (change.get("header").asText().equalsIgnoreCase(header)) {
                return change;
            }
        }
        return null;
    }

    @Test
    void aComparisonAsksBothWaysEquallyOftenAndNamesTheDifferences() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode result = console.json("/_hops/compare?path=/&n=12");
            for (String side : List.of("direct", "proxied")) {
                assertEquals(12, result.get(side).get("times").asInt());
                assertEquals(12, result.get(side).at("/results/200").asInt());
                assertEquals(12, result.get(side).get("latenciesMs").size());
                assertTrue(result.get(side).get("p50Ms").asDouble()
                        <= result.get(side).get("longestMs").asDouble());
            }
            assertTrue(result.get("comparable").asBoolean(), result.toString());
            assertEquals("complete", result.get("ended").asText());
            assertEquals(
                    result.at("/proxied/p50Ms").asDouble()
                            - result.at("/direct/p50Ms").asDouble(),
                    result.at("/added/p50Ms").asDouble(),
                    0.0011);
            JsonNode seen = change(result.at("/differences/seenByApp"), "X-Real-IP");
            assertEquals("proxy", seen.get("cause").asText());
            assertEquals(
                    "proxy_set_header X-Real-IP $remote_addr;", seen.get("by").asText());
            JsonNode got = result.at("/differences/gotByClient");
            assertEquals("proxy", change(got, "Via").get("cause").asText());
            assertNull(change(got, "X-App"));
            String table = console.text("/_hops/compare?path=/&n=3").body();
            assertTrue(table.contains("through the proxy") && table.contains("+ X-Real-IP: 127.0.0.1"), table);
        }
    }

    @Test
    void aPercentileIsGivenOnlyWhereItIsMoreThanTheLongest() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode few = console.json("/_hops/compare?path=/&n=9");
            assertTrue(
                    few.at("/direct/p90Ms").isNull() && few.at("/direct/p99Ms").isNull());
            assertTrue(few.get("notes").toString().contains("99th percentile is just the longest"));
            JsonNode many = console.json("/_hops/compare?path=/&n=100");
            assertTrue(many.at("/direct/p99Ms").isNumber()
                    && many.at("/added/p99Ms").isNumber());
            assertTrue(many.get("notes").isEmpty(), many.get("notes").toString());
        }
    }

    @Test
    void withTheAppDownNothingIsConcluded() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.upstream.close();
            JsonNode result = console.json("/_hops/compare?path=/&n=3");
            assertEquals(3, result.at("/direct/results/connection refused").asInt(), result.toString());
            assertEquals(3, result.at("/proxied/results/502").asInt());
            assertFalse(result.get("comparable").asBoolean());
            assertTrue(result.get("added").isNull());
            assertTrue(result.at("/differences/seenByApp").isNull(), "nobody saw anything");
            assertTrue(result.at("/direct/p50Ms").isNull(), "a refused connection is no answer");
            assertTrue(
                    result.get("says").asText().startsWith("not comparable: direct: not every request was answered"));
            assertTrue(console.text("/_hops/compare?path=/&n=3").body().contains("not comparable"));
        }
    }

    @Test
    void unlikeAnswersAreNotComparedAndTheReasonIsGiven() throws IOException {
        try (RawUpstream app = new RawUpstream(c -> {
                    while (true) {
                        String head = c.readHead();
                        boolean direct = !head.contains("X-Real-IP");
                        String path = head.split(" ")[1];
                        String body = path.equals("/size") && !direct ? "another, longer body" : "a body";
                        String status = path.equals("/status") && direct ? "404 Not Found" : "200 OK";
                        c.send("HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
                    }
                });
                ConsoleUnderTest console = console(
                        app,
                        "location / { proxy_pass http://app; } location = /own { return 200 'a body'; }"
                                + " location /moved/ { proxy_pass http://app/here/; }")) {
            assertTrue(console.json("/_hops/compare?path=/alike&n=2")
                    .get("comparable")
                    .asBoolean());
            String one =
                    console.json("/_hops/compare?path=/alike&n=1").get("says").asText();
            assertTrue(one.endsWith("(1 answer direct, 1 through the proxy)"), one);
            for (String[] each : new String[][] {
                {"/status", "the statuses differ: 2 × 404 direct, 2 × 200 through the proxy"},
                {"/size", "the bodies differ in size: 6 bytes direct, 20 bytes through the proxy"},
                {"/own", "not always the app that answered: "},
                {"/moved/x", "directly for /moved/x, by the proxy for /here/x"}
            }) {
                JsonNode result = console.json("/_hops/compare?n=2&path=" + each[0]);
                assertFalse(result.get("comparable").asBoolean(), each[0]);
                assertTrue(
                        result.get("notComparable").toString().contains(each[1]),
                        result.get("says").asText());
                assertTrue(result.get("added").isNull());
            }
        }
    }

    @Test
    void theAppThatIsAskedDirectlyIsTheOneThatTheLocationPassesTo() throws IOException {
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
                RawUpstream other = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
                ConsoleUnderTest console = console(
                        app,
                        "location / { proxy_pass http://app; }"
                                + " location /other { proxy_pass http://" + other.address() + "; }"
                                + " location /led { rewrite ^ /other last; proxy_pass http://app; }"
                                + " location /unix { proxy_pass http://unix:/tmp/hopyard-no-such-socket; }"
                                + " location /chosen { proxy_pass http://$arg_to; }")) {
            JsonNode result = console.json("/_hops/compare?path=/other&n=2");
            assertEquals(other.address(), result.at("/direct/address").asText());
            assertTrue(result.get("comparable").asBoolean(), result.toString());
            JsonNode led = console.json("/_hops/compare?path=/led&n=2");
            assertFalse(led.get("comparable").asBoolean());
            assertTrue(
                    led.get("says")
                            .asText()
                            .contains("two apps were asked: " + app.address() + " directly, " + other.address()),
                    led.get("says").asText());
            for (String[] each : new String[][] {
                {"/unix/x", "unix:/tmp/hopyard-no-such-socket is a Unix socket"},
                {"/chosen?to=" + app.address(), "shows with each request only"}
            }) {
                ConsoleUnderTest.Answer compared = console.get("/_hops/compare?n=2&path=" + each[0]);
                assertEquals(422, compared.status());
                assertFalse(compared.json().get("comparable").asBoolean(true));
                assertTrue(compared.json().get("error").asText().contains(each[1]), compared.body());
                ConsoleUnderTest.Answer sent = console.post("/_hops/send", Map.of("path", each[0], "via", "direct"));
                assertEquals(422, sent.status());
                assertTrue(sent.json().get("error").asText().contains(each[1]), sent.body());
            }
            assertTrue(
                    app.heads().stream().allMatch(head -> head.startsWith("GET /led ")),
                    app.heads().toString());
        }
    }

    @Test
    void whatIsAnsweredAndCutHasBeenAnswered() throws IOException {
        try (RawUpstream app = new RawUpstream(c -> {
                    String head = c.readHead();
                    c.send(
                            head.contains(" /chunks")
                                    ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"
                                    : "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel");
                });
                ConsoleUnderTest console = console(app, "location / { proxy_pass http://app; }")) {
            for (String path : List.of("/chunks", "/length")) {
                JsonNode result = console.json("/_hops/compare?n=2&path=" + path);
                assertFalse(result.get("comparable").asBoolean());
                assertEquals(2, result.at("/direct/results/200, cut").asInt(), result.toString());
                assertEquals(2, result.at("/proxied/results/200, cut").asInt(), result.toString());
                assertTrue(
                        result.get("says")
                                .asText()
                                .startsWith("not comparable: direct: not every answer was whole, 2 × 200, cut;"),
                        result.get("says").asText());
            }
        }
    }

    @Test
    void anAppThatRepeatsItsRequestIsComparableThoughItsBodyIsLonger() throws IOException {
        try (RawUpstream echo = new RawUpstream(c -> {
                    while (true) {
                        String head = c.readHead();
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: " + head.length() + "\r\n\r\n" + head);
                    }
                });
                ConsoleUnderTest console = console(echo, "location / { proxy_pass http://app; }")) {
            JsonNode result = console.json("/_hops/compare?path=/&n=2");
            assertTrue(result.get("comparable").asBoolean(), result.get("says").asText());
            assertTrue(
                    result.get("notes").toString().contains("repeats the request's fields"),
                    result.get("notes").toString());
            JsonNode length = change(result.at("/differences/gotByClient"), "Content-Length");
            assertEquals("two_requests", length.get("cause").asText(), length.toString());
            assertTrue(length.get("why").asText().contains("two bodies"), length.toString());
        }
    }

    @Test
    void whatDiffersBecauseThereWereTwoRequestsIsNotBlamedOnTheConfiguration() throws IOException {
        int[] count = new int[1];
        try (RawUpstream app = new RawUpstream(c -> {
                    while (true) {
                        c.readHead();
                        c.send("HTTP/1.1 200 OK\r\nServer-Timing: app;dur=" + ++count[0] + "\r\nX-Serial: " + count[0]
                                + "\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                ConsoleUnderTest console = console(app, "location / { proxy_pass http://app; }")) {
            JsonNode got = console.json("/_hops/compare?path=/&n=1").at("/differences/gotByClient");
            JsonNode serial = change(got, "X-Serial");
            assertEquals("two_requests", serial.get("cause").asText());
            assertFalse(serial.has("by") || serial.has("line"), serial.toString());
            JsonNode timing = change(got, "Server-Timing");
            assertEquals("both", timing.get("cause").asText(), timing.toString());
            assertEquals("hop_trace on;", timing.get("by").asText());
            assertTrue(timing.get("note").asText().contains("timed by itself"), timing.toString());
        }
    }

    @Test
    void itCanBeWatchedAndEndedAndSaysSo() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        try (RawUpstream slow = new RawUpstream(c -> {
                    while (true) {
                        c.readHead();
                        if (asked.incrementAndGet() > 13) {
                            end.await();
                        }
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                ConsoleUnderTest console = console(slow, "location / { proxy_pass http://app; }")) {
            assertEquals(404, console.delete("/_hops/compare").status());
            CompletableFuture<JsonNode> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return console.json("/_hops/compare?path=/&n=50");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            // two are shown, ten are there to warm up
            Wait.until("the one that is not answered", () -> asked.get() == 14);
            JsonNode progress = console.json("/_hops/compare/progress");
            assertTrue(progress.get("running").asBoolean());
            assertEquals(50, progress.get("asked").asInt());
            assertEquals(200, console.delete("/_hops/compare").status());
            JsonNode result = answer.join();
            assertEquals("cancelled", result.get("ended").asText());
            assertTrue(progress.at("/direct/times").asInt() > 0);
            String note = "cancelled after " + result.at("/proxied/times").asInt() + " of 50 each way";
            assertTrue(
                    result.get("notes").toString().contains(note),
                    result.get("notes").toString());
            end.countDown();
        }
    }

    @Test
    void theTimeLimitEndsItAndIsTold() throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        try (RawUpstream slow = new RawUpstream(c -> {
                    while (true) {
                        c.readHead();
                        if (asked.incrementAndGet() > 16) {
                            end.await();
                        }
                        c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    }
                });
                ConsoleUnderTest console = console(slow, "location / { proxy_pass http://app; }")) {
            JsonNode result = console.json("/_hops/compare?path=/&n=50&seconds=1");
            assertEquals("time", result.get("ended").asText());
            int done = result.at("/proxied/times").asInt();
            assertTrue(done > 0 && done < 50, result.toString());
            assertTrue(result.get("comparable").asBoolean(), result.get("says").asText());
            String note = "the time limit of 1 s ended it after " + done + " of 50 each way";
            assertTrue(
                    result.get("notes").toString().contains(note),
                    result.get("notes").toString());
            end.countDown();
        }
    }

    @Test
    void aPathThatWouldBeAskedForInAnotherFormIsRefused() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.get("/_hops/compare?path=/a/../b&n=1");
            assertEquals(400, answer.status());
            assertTrue(answer.body().contains("would ask for /b instead"), answer.body());
        }
    }
}
