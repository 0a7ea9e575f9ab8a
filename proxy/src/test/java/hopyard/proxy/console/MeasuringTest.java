package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that the console makes by itself: one, a comparison, a load run. */
class MeasuringTest {

    @TempDir
    private Path directory;

    @Test
    void aRequestGoesBothWaysWithTheHeadersThatWereGiven() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode results = console.post(
                            "/_hops/send",
                            Map.of(
                                    "path", "/x?y=1",
                                    "method", "POST",
                                    "via", "both",
                                    "headers",
                                            List.of(
                                                    List.of("X-Forwarded-For", "6.6.6.6"),
                                                    List.of("Host", "a.example")),
                                    "body", ""))
                    .json()
                    .get("results");
            assertEquals("direct", results.at("/0/way").asText());
            assertEquals(console.upstream.address(), results.at("/0/to").asText());
            assertEquals("hello", results.at("/0/content").asText());
            JsonNode proxied = results.get(1);
            assertEquals("127.0.0.1:" + console.proxy.port(), proxied.get("to").asText());
            JsonNode exchange =
                    console.json("/_hops/exchanges/" + proxied.get("id").asLong());
            assertEquals(
                    proxied.get("from").asText(), exchange.at("/client/from").asText());
            assertTrue(console.upstream.heads().get(0).startsWith("POST /x?y=1 HTTP/1.1\r\n"));
            assertTrue(console.upstream.heads().stream().allMatch(head -> head.contains("Host: a.example\r\n")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"path\":\"/\",\"method\":\"BREW\"}', method must be one of",
        "'{\"path\":\"/\",\"via\":\"pigeon\"}', via must be",
        "'{\"path\":\"/\",\"headers\":[[\"Content-Length\",\"3\"]]}', written by the client itself",
        "'{\"path\":\"/\",\"headers\":[[\"A B\",\"3\"]]}', no header field",
        "'{\"path\":\"/\",\"method\":\"GET\",\"body\":\"x\"}', has no body here",
        "'{\"path\":\"nonsense\"}', path must begin with a slash",
        "'{', is not JSON",
    })
    void aRequestThatCannotBeMadeIsToldSo(String body, String message) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.send(console.request("/_hops/send")
                    .header("Accept", "application/json")
                    .post(RequestBody.create(body.getBytes(), null)));
            assertEquals(400, answer.status());
            assertTrue(answer.json().get("error").asText().contains(message), answer.body());
        }
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
                        <= result.get(side).get("p99Ms").asDouble());
            }
            assertEquals(
                    result.at("/proxied/p50Ms").asDouble()
                            - result.at("/direct/p50Ms").asDouble(),
                    result.at("/added/p50Ms").asDouble(),
                    0.0011);
            String seen = result.at("/differences/seenByApp").toString();
            assertTrue(
                    seen.contains("\"X-Real-IP\"") && seen.contains("proxy_set_header X-Real-IP $remote_addr;"), seen);
            String got = result.at("/differences/gotByClient").toString();
            assertTrue(got.contains("\"Via\"") && !got.contains("X-App"), got);
            String table = console.text("/_hops/compare?path=/&n=3").body();
            assertTrue(table.contains("through the proxy") && table.contains("+ X-Real-IP: 127.0.0.1"), table);
        }
    }

    @Test
    void aComparisonWhereTheAppIsDownShowsThat() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.upstream.close();
            JsonNode result = console.json("/_hops/compare?path=/&n=3");
            assertEquals(3, result.at("/direct/results/connection refused").asInt(), result.toString());
            assertEquals(3, result.at("/proxied/results/502").asInt());
        }
    }

    @Test
    void aLoadRunMakesSoManyRequestsAndNoMore() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertTrue(console.post("/_hops/load", Map.of("path", "/", "total", 200, "concurrency", 4))
                    .json()
                    .get("running")
                    .asBoolean());
            JsonNode[] state = new JsonNode[1];
            Wait.until("the run to end", () -> {
                state[0] = console.json("/_hops/load");
                return !state[0].get("running").asBoolean();
            });
            assertEquals(100, state[0].at("/lanes/direct/results/200").asInt(), state[0].toString());
            assertEquals(100, state[0].at("/lanes/proxied/results/200").asInt());
            assertEquals(100, state[0].at("/lanes/proxied/count").asInt());
            Wait.until(
                    "the exchanges",
                    () -> console.json("/_hops/stats").get("requests").asLong() == 100);
        }
    }

    @Test
    void onlyOneRunIsUnderWayAndItCanBeStopped() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            Map<String, Object> run =
                    Map.of("path", "/", "via", "proxied", "seconds", 30, "concurrency", 2, "rate", 50);
            assertEquals(200, console.post("/_hops/load", run).status());
            assertEquals(409, console.post("/_hops/load", run).status());
            assertEquals(409, console.get("/_hops/compare?path=/").status());
            console.delete("/_hops/load");
            Wait.until(
                    "the run to end",
                    () -> !console.json("/_hops/load").get("running").asBoolean());
            assertTrue(console.json("/_hops/load").get("stopped").asBoolean());
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
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "proxy_http_version 1.1; proxy_set_header Connection ''; location / { proxy_pass http://"
                                + slow.address() + "; } location /_hops/ { hop_console; }")) {
            ConsoleUnderTest console = ConsoleUnderTest.of(slow, proxy);
            console.post(
                    "/_hops/load", Map.of("path", "/", "via", "proxied", "total", 40, "concurrency", 1, "rate", 40));
            JsonNode[] state = new JsonNode[1];
            Wait.until("the run to end", () -> {
                state[0] = console.json("/_hops/load");
                return !state[0].get("running").asBoolean();
            });
            // twenty requests were due in that half second: without correction only one of forty would be slow
            assertTrue(state[0].at("/lanes/proxied/p90Ms").asDouble() > 300, state[0].toString());
            assertFalse(state[0].at("/lanes/proxied/p50Ms").asDouble() > 400, state[0].toString());
        }
    }
}
