package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the console knows of exchanges. */
class ExchangesTest {

    @TempDir
    private Path directory;

    private static List<String> texts(JsonNode array, String field) {
        List<String> out = new ArrayList<>();
        array.forEach(each -> out.add(each.get(field).asText()));
        return out;
    }

    private static JsonNode change(JsonNode changes, String header) {
        for (JsonNode change : changes) {
            if (change.get("header").asText().equalsIgnoreCase(header)) {
                return change;
            }
        }
        throw new AssertionError("no change of " + header + " in " + changes);
    }

    private static String refused(ConsoleUnderTest console, long id) throws IOException {
        ConsoleUnderTest.Answer answer = console.get("/_hops/exchanges/" + id);
        assertEquals(404, answer.status());
        return answer.body();
    }

    @Test
    void anExchangeShowsItsFourSocketEndsAndItsPhases() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode first = console.exchange(console.request("/a?b=c"));
            JsonNode second = console.exchange(console.request("/a?b=c"));
            assertEquals("/a?b=c", first.get("target").asText());
            assertEquals(
                    "127.0.0.1:" + console.proxy.port(), first.at("/client/at").asText());
            assertTrue(first.at("/client/from").asText().matches("127\\.0\\.0\\.1:[0-9]+"));
            JsonNode attempt = first.at("/tries/0");
            assertEquals(console.upstream.address(), attempt.get("to").asText());
            assertFalse(attempt.get("reused").asBoolean());
            assertTrue(attempt.get("connectMs").asDouble() > 0);
            assertTrue(second.at("/tries/0/reused").asBoolean());
            assertEquals(
                    attempt.get("from").asText(), second.at("/tries/0/from").asText());
            JsonNode phases = first.get("phases");
            double sum = 0;
            for (JsonNode phase : phases) {
                sum += phase.asDouble();
            }
            assertEquals(2 * phases.get("totalMs").asDouble(), sum, 0.01);
            assertEquals(5, first.at("/bytes/sent").asLong());
        }
    }

    @Test
    void whatBeganFirstHasTheEarlierStartAlsoWithinAMillisecond() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            double before = System.currentTimeMillis();
            for (int i = 0; i < 50; i++) {
                console.send(console.request("/own?" + i));
            }
            double after = System.currentTimeMillis() + 1;
            JsonNode list = console.json("/_hops/exchanges").get("exchanges");
            double last = after;
            for (JsonNode exchange : list) {
                double started = exchange.get("startedAt").asDouble();
                assertTrue(started < last && started >= before - 1, exchange.toString());
                last = started;
            }
        }
    }

    @Test
    void theHostIsThereAsTheClientSentIt() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode exchange = console.exchange(console.request("/own").header("Host", "Shop.test:8080"));
            assertEquals("shop.test", exchange.get("host").asText());
            assertEquals("Shop.test:8080", exchange.get("hostField").asText());
        }
    }

    @Test
    void headersShowAtAllFourPoints() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode headers =
                    console.exchange(console.request("/").header("X-Mine", "1")).get("headers");
            assertTrue(headers.get("fromClient").toString().contains("[\"X-Mine\",\"1\"]"), headers.toString());
            assertTrue(headers.get("toUpstream").toString().contains("[\"X-Real-IP\",\"127.0.0.1\"]"));
            assertTrue(headers.get("fromUpstream").toString().contains("[\"X-App\",\"yes\"]"));
            assertTrue(headers.get("toClient").toString().contains("[\"Via\",\"1.1 hopyard\"]"));
            assertFalse(headers.get("fromUpstream").toString().contains("hopyard"));
        }
    }

    @Test
    void everyChangeNamesTheLineThatMadeIt() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            List<String> file = Files.readAllLines(directory.resolve("nginx.conf"));
            JsonNode exchange = console.exchange(console.request("/"));
            JsonNode added = change(exchange.at("/changes/request"), "X-Real-IP");
            assertEquals("added", added.get("kind").asText());
            assertEquals(
                    "proxy_set_header X-Real-IP $remote_addr;", added.get("by").asText());
            assertTrue(file.get(added.get("line").asInt() - 1).contains("X-Real-IP"));
            assertEquals(
                    "hop_trace on;",
                    change(exchange.at("/changes/response"), "Via").get("by").asText());
            JsonNode server = change(exchange.at("/changes/response"), "Server");
            assertTrue(server.get("why").asText().contains("proxy"), server.toString());
        }
    }

    @Test
    void theLinesThatAnExchangeObeyedAreListed() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            List<String> file = Files.readAllLines(directory.resolve("nginx.conf"));
            List<String> lit = texts(console.exchange(console.request("/x")).get("lines"), "line").stream()
                    .map(line -> file.get(Integer.parseInt(line) - 1))
                    .toList();
            assertTrue(lit.stream().anyMatch(line -> line.contains("location / {")), lit.toString());
            assertTrue(lit.stream().anyMatch(line -> line.contains("upstream app")), lit.toString());
            assertTrue(lit.stream().noneMatch(line -> line.contains("location = /own")), lit.toString());
        }
    }

    @Test
    void credentialsAreRedactedEverywhere() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String id = console.exchange(console.request("/login?token=secret2&page=3")
                            .header("Authorization", "Bearer secret3")
                            .header("Cookie", "sid=secret4; theme=secret5")
                            .header("X-API-Key", "secret6")
                            .header("Referer", "http://u:secret7@h/?password=secret8"))
                    .get("id")
                    .asText();
            for (String path : List.of(
                    "exchanges",
                    "exchanges/" + id,
                    "exchanges.har",
                    "exchanges/" + id + ".har",
                    "last",
                    "stats",
                    "metrics")) {
                for (ConsoleUnderTest.Answer answer :
                        List.of(console.get("/_hops/" + path), console.text("/_hops/" + path))) {
                    assertEquals(200, answer.status(), path);
                    assertFalse(answer.body().contains("secret"), path + ": " + answer.body());
                }
            }
            String kept = console.get("/_hops/exchanges/" + id).body();
            for (String shown : List.of(
                    "Bearer [redacted:7]",
                    "sid=[redacted:7]; theme=[redacted:7]",
                    "sid=[redacted:7]; Path=/",
                    "page=3")) {
                assertTrue(kept.contains(shown), shown + " in " + kept);
            }
        }
    }

    @Test
    void aSecretInTheConfigurationIsNotShownWithTheChangesThatItMakes() throws IOException {
        String lines = "add_header X-Api-Key secret2; add_header X-User-Token $http_x_user_token;\n"
                + "add_header Set-Cookie 'a=secret3; Path=/';\n";
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, lines, "hop_console;")) {
            String kept = console.exchange(console.request("/own").header("X-User-Token", "secret4"))
                    .toString();
            assertFalse(kept.contains("secret"), kept);
            assertTrue(kept.contains("add_header Set-Cookie 'a=[redacted:7]; Path=/';"), kept);
            assertTrue(kept.contains("add_header X-User-Token $http_x_user_token;"), kept);
        }
    }

    @Test
    void theListIsFiltered() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.exchange(console.request("/one"));
            console.exchange(console.request("/two").head());
            console.exchange(console.request("/own"));
            assertEquals(
                    List.of("/own", "/two", "/one"),
                    texts(console.json("/_hops/exchanges").get("exchanges"), "target"));
            assertEquals(
                    List.of("/two"),
                    texts(console.json("/_hops/exchanges?method=head").get("exchanges"), "target"));
            assertEquals(
                    List.of("/one"),
                    texts(console.json("/_hops/exchanges?path=one&status=2xx").get("exchanges"), "target"));
            assertEquals(
                    0,
                    console.json("/_hops/exchanges?status=5xx").get("exchanges").size());
            assertEquals(
                    1, console.json("/_hops/exchanges?limit=1").get("exchanges").size());
            assertEquals(400, console.get("/_hops/exchanges?status=x").status());
            assertEquals(400, console.get("/_hops/exchanges?limit=0").status());
            assertEquals(405, console.delete("/_hops/exchanges").status());
            assertEquals(405, console.post("/_hops/stats", Map.of()).status());
        }
    }

    @Test
    void noMoreAreKeptThanTheDirectiveSaysHoweverManyThreadsThereAre() throws IOException {
        String http = "hop_exchanges 6; server { listen 127.0.0.1:0; location / { return 200 own; }"
                + " location /_hops/ { hop_console; } }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, http, 2)) {
            ConsoleUnderTest console = ConsoleUnderTest.of(null, proxy);
            for (int i = 1; i <= 40; i++) {
                // each connection is another thread's
                try (RawClient client = new RawClient(proxy.port())) {
                    client.send("GET /" + i + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .readThrough("own");
                }
            }
            Wait.until(
                    "all to have ended",
                    () -> console.json("/_hops/exchanges")
                                    .at("/exchanges/0/number")
                                    .asLong()
                            == 40);
            JsonNode list = console.json("/_hops/exchanges");
            // two that follow each other may end in either order
            List<String> targets = texts(list.get("exchanges"), "target");
            assertEquals(6, targets.size());
            assertTrue(
                    targets.stream().allMatch(target -> Integer.parseInt(target.substring(1)) > 32), targets::toString);
            assertEquals(6, list.get("kept").asInt());
            String oldest = list.at("/exchanges/5/id").asText();
            assertEquals(
                    0,
                    console.json("/_hops/exchanges?before=" + oldest)
                            .get("exchanges")
                            .size());
            assertTrue(refused(console, Long.parseLong(oldest) - 1).contains("not kept any more"));
        }
    }

    @Test
    void noMoreAreKeptThanTheDirectiveSays() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "hop_exchanges 3;", "hop_console;")) {
            for (int i = 1; i <= 8; i++) {
                console.exchange(console.request("/" + i));
            }
            JsonNode list = console.json("/_hops/exchanges");
            assertEquals(List.of("/8", "/7", "/6"), texts(list.get("exchanges"), "target"));
            assertEquals(8, list.at("/exchanges/0/number").asLong());
            long run = list.get("run").asLong();
            assertEquals(run + 8, list.get("newest").asLong());
            assertTrue(refused(console, run + 5).contains("not kept any more"));
            assertTrue(refused(console, run + 9).contains("has not ended yet"));
            assertTrue(refused(console, run - 9).contains("not of this run"));
            assertTrue(refused(console, 8).contains("not of this run"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 900, 2000})
    void noMoreMemoryIsTakenThanTheDirectiveSays(int words) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "hop_exchanges 1000 64k;", "hop_console;")) {
            String large = "1, ".repeat(words) + "1";
            for (int i = 0; i < 240; i++) {
                console.exchange(console.request("/" + i).header("X-Large", large));
            }
            JsonNode kept = console.json("/_hops/exchanges?limit=1000").get("exchanges");
            long shown = 0;
            for (JsonNode each : kept) {
                JsonNode exchange =
                        console.json("/_hops/exchanges/" + each.get("id").asText());
                for (String head : List.of("fromClient", "toUpstream", "fromUpstream", "toClient")) {
                    for (JsonNode field : exchange.get("headers").get(head)) {
                        shown += field.get(0).asText().length()
                                + field.get(1).asText().length()
                                + 4;
                    }
                }
            }
            assertTrue(!kept.isEmpty() && kept.size() < 240, kept.size() + " kept");
            assertTrue(shown <= 64 << 10, shown + " bytes of " + kept.size());
            assertEquals("/239", kept.at("/0/target").asText());
        }
    }

    @Test
    void aReloadKeepsWhatWasRecorded() throws Exception {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.exchange(console.request("/before"));
            String text = Files.readString(directory.resolve("nginx.conf"));
            String http = text.substring(text.indexOf("access.log;") + 11, text.lastIndexOf('}'));
            console.proxy.reload(http);
            console.exchange(console.request("/after"));
            assertEquals(
                    List.of("/after", "/before"),
                    texts(console.json("/_hops/exchanges").get("exchanges"), "target"));
            assertEquals(
                    2,
                    console.json("/_hops/exchanges").at("/exchanges/0/number").asLong());
        }
    }

    @Test
    void whatTheProxyAnswersByItselfHasNoUpstream() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode exchange = console.exchange(console.request("/own"));
            assertEquals(0, exchange.get("tries").size());
            assertEquals(0, exchange.at("/headers/toUpstream").size());
            assertTrue(console.text("/_hops/last").body().contains("location = /own"));
        }
    }

    @Test
    void aFailedUpstreamShowsWhy() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.upstream.close();
            JsonNode exchange = console.exchange(console.request("/"));
            assertEquals(502, exchange.get("status").asInt());
            assertEquals("failed", exchange.get("outcome").asText());
            assertEquals("connection_refused", exchange.get("proxyError").asText());
            String drawn = console.text("/_hops/last").body();
            assertTrue(drawn.contains("──✗") && drawn.contains("(connection_refused)"), drawn);
        }
    }

    @Test
    void theLastOneIsDrawnForTerminals() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(404, console.text("/_hops/last").status());
            JsonNode exchange = console.exchange(console.request("/drawn"));
            ConsoleUnderTest.Answer answer = console.text("/_hops/last");
            assertEquals("text/plain; charset=utf-8", answer.type());
            for (String part : List.of(
                    "GET /drawn HTTP/1.1",
                    exchange.at("/client/from").asText(),
                    exchange.at("/tries/0/from").asText(),
                    console.upstream.address(),
                    "──►",
                    "◄──",
                    "wait for app")) {
                assertTrue(answer.body().contains(part), part + " in " + answer.body());
            }
        }
    }

    @Test
    void theConsolesOwnRequestsAreNotRecorded() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.get("/_hops/stats");
            console.get("/_hops/exchanges");
            assertEquals(0, console.json("/_hops/stats").get("requests").asLong());
        }
    }

    @Test
    void whoHasBeenAnsweredFindsThatAsTheLast() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (int i = 0; i < 300; i++) {
                console.send(console.request(i % 2 == 0 ? "/own?" + i : "/?" + i));
                String drawn = console.text("/_hops/last").body();
                assertTrue(drawn.contains("?" + i + " HTTP/1.1"), i + ": " + drawn);
            }
        }
    }

    @Test
    void aServerThatIsStartedAgainGivesNoIdTwice() throws IOException {
        long[] ids = new long[2];
        for (int i = 0; i < ids.length; i++) {
            try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
                for (int n = 0; n < 5; n++) {
                    JsonNode exchange = console.exchange(console.request("/"));
                    assertTrue(exchange.get("id").asLong() > ids[0], exchange.toString());
                    ids[i] = exchange.get("id").asLong();
                }
                assertTrue(ids[i] < 1L << 53, "JavaScript can tell it from its neighbours");
            }
        }
    }

    @Test
    void figuresCountEveryExchangeByStatusAndPhase() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (int i = 0; i < 5; i++) {
                console.exchange(console.request("/"));
            }
            JsonNode[] stats = new JsonNode[1];
            Wait.until("the second to end", () -> {
                stats[0] = console.json("/_hops/stats");
                return stats[0].at("/phases/total/count").asLong() == 5;
            });
            assertEquals(5, stats[0].at("/statuses/200").asLong());
            assertEquals(1, stats[0].at("/phases/connect/count").asLong());
            assertEquals(
                    5,
                    stats[0].get("upstreams")
                            .get(console.upstream.address())
                            .get("count")
                            .asLong());
            assertTrue(stats[0].at("/phases/total/p99Ms").asDouble() > 0);
            String metrics = console.get("/_hops/metrics").body();
            assertTrue(metrics.contains("hopyard_requests_total{code=\"200\"} 5\n"), metrics);
            assertTrue(metrics.contains("hopyard_phase_seconds_count{phase=\"total\"} 5\n"), metrics);
            for (String line : metrics.split("\n")) {
                assertTrue(
                        line.matches(
                                "# (HELP|TYPE) hopyard_.*|hopyard_[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})?"
                                        + " ([0-9.E+-]+|NaN)"),
                        line);
            }
        }
    }
}
