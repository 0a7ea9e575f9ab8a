package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.Wait;
import hopyard.truth.TruthClient;
import hopyard.truth.TruthRow;
import hopyard.truth.TruthRow.Truth;
import hopyard.truth.TruthStage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever an exchange comes to, the console says what really happened, in JSON, as a drawing, as HAR and in its
 * figures: compared with what client and app have measured. {@link hopyard.truth.TruthTable} has the rows.
 */
class FailureTruthTest {

    private static final Map<String, String> DRAWN = Map.ofEntries(
            Map.entry("receive", "read request"),
            Map.entry("queue", "held back"),
            Map.entry("auth", "auth request"),
            Map.entry("resolve", "resolve name"),
            Map.entry("retry", "failed tries"),
            Map.entry("connect", "connect"),
            Map.entry("send", "send request"),
            Map.entry("wait", "wait for app"),
            Map.entry("read", "read from app"),
            Map.entry("write", "write to client"),
            Map.entry("tunnel", "tunnel"));

    @TempDir
    private Path directory;

    private ConsoleUnderTest console;

    /** What the console says of a row that has been tried. */
    private record Seen(TruthRow row, Truth truth, JsonNode json, JsonNode har, String text) {}

    @TestFactory
    Stream<DynamicTest> everyOutcomeIsShownAsItWas() throws Exception {
        try (TruthStage stage = new TruthStage(directory);
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, stage.http(0))) {
            console = ConsoleUnderTest.of(null, proxy);
            // loads what takes its time the first time
            console.json("/_hops/exchanges");
            List<DynamicTest> tests = stage.tests(proxy.port(), met -> check(see(met)));
            tests.add(TruthStage.test("figures agree with the exchanges", this::checkFigures));
            tests.add(TruthStage.test("the last one is drawn like each", this::checkLast));
            return tests.stream();
        }
    }

    private Seen see(TruthStage.Met met) throws IOException {
        String id = find(met.truth().client()).get("id").asText();
        return new Seen(
                met.row(),
                met.truth(),
                console.json("/_hops/exchanges/" + id),
                console.json("/_hops/exchanges/" + id + ".har").at("/log/entries/0"),
                console.text("/_hops/exchanges/" + id).body());
    }

    private JsonNode find(TruthClient client) {
        JsonNode[] found = new JsonNode[1];
        Wait.until("the exchange from " + client.from(), () -> {
            for (JsonNode each : console.json("/_hops/exchanges?limit=1000").get("exchanges")) {
                // another client may have had the port before
                String request =
                        each.get("method").asText() + " " + each.get("target").asText();
                if (each.at("/client/from").asText().equals(client.from()) && request.equals(client.request())) {
                    found[0] = each;
                }
            }
            return found[0] != null;
        });
        return found[0];
    }

    // ---- one row

    private void check(Seen seen) {
        TruthRow row = seen.row;
        JsonNode json = seen.json;
        String all = json.toPrettyString() + "\n" + seen.text;
        assertEquals(row.status, json.get("status").asInt(), all);
        assertEquals(row.outcome, json.get("outcome").asText(), all);
        assertEquals(row.who, json.at("/answeredBy/who").asText(), all);
        assertEquals(row.why, json.at("/answeredBy/why").textValue(), all);
        assertTrue(json.at("/answeredBy/text").asText().contains(row.text), all);
        boolean isComplete = !List.of("cut", "client_left", "closed").contains(row.outcome);
        assertEquals(isComplete, json.get("complete").asBoolean(), all);
        if (row.tries >= 0) {
            assertEquals(row.tries, json.get("tries").size(), all);
        }
        checkTries(row, json, all);
        checkClient(seen, all);
        checkTimes(seen, all);
        checkHar(seen, all);
        checkText(seen, all);
        if (row.log != null) {
            String line = line(json.get("errorLog"), row.log);
            assertNotNull(line, all);
            assertTrue(line.matches("[0-9]{4}/[0-9/: ]+ \\[[a-z]+] .*"), line);
            // the file does not say what a subrequest is for
            String inFile = row.log.replaceFirst(" ?\\((mirror|background update)\\)", "");
            assertTrue(console.proxy.errorLine(inFile).length() > 0);
        }
    }

    private void checkTries(TruthRow row, JsonNode json, String all) {
        for (JsonNode each : json.get("tries")) {
            boolean isAnswered = !each.get("headerMs").isNull();
            assertEquals(isAnswered, !each.get("status").isNull(), all);
            boolean needsError = !isAnswered && row.outcome.equals("failed");
            assertFalse(needsError && each.get("error").isNull(), all);
            double sum = 0;
            for (String part : List.of("connectMs", "sendMs", "waitMs", "readMs")) {
                assertTrue(each.get(part).asDouble() >= 0, all);
                sum += each.get(part).asDouble();
            }
            assertTrue(sum <= each.get("totalMs").asDouble() + 0.01 || row.outcome.equals("ok"), all);
        }
        if (row.firstTry != null) {
            JsonNode first = json.at("/tries/0");
            assertEquals(row.firstTry, first.at("/error/code").asText(), all);
            assertTrue(first.at("/error/text").asText().length() > 20, all);
            if (first.get("status").isNull() && row.outcome.equals("failed")) {
                // the log has nginx's own code for it
                String line = console.proxy.accessLine(json.get("target").asText() + " ");
                assertTrue(line.matches(".* up=50[24].*"), line);
            }
        }
    }

    private static void checkClient(Seen seen, String all) {
        TruthClient client = seen.truth.client();
        if (client.status() != 0) {
            assertEquals(client.status(), seen.json.get("status").asInt(), all);
        }
        if (seen.row.status == 101) {
            assertEquals(client.sentContent(), seen.json.at("/bytes/received").asLong(), all);
        }
        boolean isPlain = !client.head().contains("chunked") && seen.row.status != 101;
        if (isPlain && client.sawEnd() && !seen.row.outcome.equals("client_left")) {
            assertEquals(client.content(), seen.json.at("/bytes/sent").asLong(), all);
        }
    }

    private static void checkTimes(Seen seen, String all) {
        TruthRow row = seen.row;
        JsonNode phases = seen.json.get("phases");
        double sum = 0;
        for (Map.Entry<String, JsonNode> phase : phases.properties()) {
            if (!phase.getKey().equals("totalMs")) {
                sum += phase.getValue().asDouble();
                double right = row.right(phase.getKey().replaceFirst("Ms$", ""), seen.truth);
                checkTime(row, phase.getKey(), right, phase.getValue().asDouble(), all);
            }
        }
        assertEquals(phases.get("totalMs").asDouble(), sum, 0.02, all);
        if (row.hasTotal) {
            checkTime(
                    row,
                    "totalMs",
                    seen.truth.client().totalMillis(),
                    phases.get("totalMs").asDouble(),
                    all);
        }
    }

    private static void checkTime(TruthRow row, String what, double right, double said, String all) {
        assertTrue(
                Math.abs(right - said) <= row.allowed(right),
                String.format(Locale.ROOT, "%s: %s is %.1f ms, measured %.1f ms%n%s", row, what, said, right, all));
    }

    private static void checkHar(Seen seen, String all) {
        JsonNode har = seen.har;
        JsonNode phases = seen.json.get("phases");
        int sent = seen.row.who.equals("nobody") ? 0 : seen.row.status;
        assertEquals(sent, har.at("/response/status").asInt(), all);
        assertEquals(seen.json.get("status"), har.get("_status"), all);
        assertEquals(phases.get("totalMs").asDouble(), har.get("time").asDouble(), 0.001, all);
        double sum = 0;
        for (JsonNode timing : har.get("timings")) {
            sum += Math.max(0, timing.asDouble());
        }
        assertEquals(har.get("time").asDouble(), sum, 0.02, har.toPrettyString());
        assertEquals(phases.get("waitMs").asDouble(), har.at("/timings/wait").asDouble(), 0.001, all);
        double received = phases.get("readMs").asDouble()
                + phases.get("writeMs").asDouble()
                + phases.get("tunnelMs").asDouble();
        assertEquals(received, har.at("/timings/receive").asDouble(), 0.01, all);
        assertEquals(seen.json.get("outcome"), har.get("_outcome"), all);
        assertEquals(seen.json.get("answeredBy"), har.get("_answeredBy"), all);
        assertEquals(phases, har.get("_phases"), all);
        assertEquals(seen.json.get("tries"), har.get("_tries"), all);
        assertEquals(seen.json.get("errorLog"), har.get("_errorLog"), all);
    }

    private static void checkText(Seen seen, String all) {
        JsonNode json = seen.json;
        String who = "answered by " + json.at("/answeredBy/who").asText() + " ("
                + json.get("outcome").asText() + "): ";
        assertTrue(seen.text.contains(who + json.at("/answeredBy/text").asText()), all);
        for (String phase : seen.row.phases()) {
            double millis = json.get("phases").get(phase + "Ms").asDouble();
            assertEquals(millis, drawn(seen.text, DRAWN.get(phase)), 0.011, all);
        }
        for (JsonNode line : json.get("errorLog")) {
            assertTrue(seen.text.contains(line.asText()), all);
        }
        assertEquals(seen.row.who.equals("nobody"), seen.text.contains(" nothing ("), all);
        if (seen.row.outcome.equals("failed")
                && List.of("garbage", "too_big_header").contains(seen.row.why)) {
            assertTrue(seen.text.contains(" " + seen.row.why + " after "), all);
        }
        assertEquals(
                seen.row.who.equals("nobody"), json.at("/startLines/toClient").isNull(), all);
    }

    /** What is drawn behind a name, in ms. */
    private static double drawn(String text, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + " +([0-9.]+) ms").matcher(text);
        return line.find() ? Double.parseDouble(line.group(1)) : -1;
    }

    private static String line(JsonNode lines, String part) {
        for (JsonNode line : lines) {
            if (line.asText().contains(part)) {
                return line.asText();
            }
        }
        return null;
    }

    // ---- all of them

    private void checkLast() throws IOException {
        JsonNode newest = console.json("/_hops/exchanges?limit=1").at("/exchanges/0");
        assertEquals(
                console.text("/_hops/exchanges/" + newest.get("id").asText()).body(),
                console.text("/_hops/last").body());
    }

    /** All that are kept, asked for page by page. */
    private List<JsonNode> pages() throws IOException {
        List<JsonNode> all = new ArrayList<>();
        String before = "";
        while (true) {
            JsonNode page = console.json("/_hops/exchanges?limit=50" + before).get("exchanges");
            page.forEach(all::add);
            if (page.size() < 50) {
                return all;
            }
            before = "&before=" + page.get(49).get("id").asText();
        }
    }

    private void checkFigures() throws IOException {
        List<JsonNode> all = pages();
        assertTrue(all.size() > 250, all.size() + " kept");
        assertEquals(
                all.size(), all.stream().map(each -> each.get("id")).distinct().count());
        Map<String, Long> outcomes = new TreeMap<>();
        Map<String, Long> answerers = new TreeMap<>();
        Map<String, Long> waited = new TreeMap<>();
        for (JsonNode each : all) {
            outcomes.merge(each.get("outcome").asText(), 1L, Long::sum);
            answerers.merge(each.at("/answeredBy/who").asText(), 1L, Long::sum);
            each.get("phases").properties().forEach(phase -> {
                if (phase.getValue().asDouble() > 0.01) {
                    waited.merge(phase.getKey().replaceFirst("Ms$", ""), 1L, Long::sum);
                }
            });
        }
        JsonNode[] stats = new JsonNode[1];
        Wait.until("the second to end", () -> {
            stats[0] = console.json("/_hops/stats");
            return stats[0].at("/phases/total/count").asLong() == all.size();
        });
        assertEquals(all.size(), stats[0].get("requests").asInt());
        outcomes.forEach((outcome, count) ->
                assertEquals(count, stats[0].get("outcomes").get(outcome).asLong(), outcome));
        answerers.forEach((who, count) ->
                assertEquals(count, stats[0].get("answeredBy").get(who).asLong(), who));
        String metrics = console.get("/_hops/metrics").body();
        outcomes.forEach((outcome, count) -> assertTrue(
                metrics.contains("hopyard_outcomes_total{outcome=\"" + outcome + "\"} " + count + "\n"), metrics));
        answerers.forEach((who, count) ->
                assertTrue(metrics.contains("hopyard_answered_total{by=\"" + who + "\"} " + count + "\n"), metrics));
        waited.forEach((phase, count) ->
                assertTrue(stats[0].get("phases").get(phase).get("count").asLong() >= count, phase + " " + stats[0]));
        Map<String, Long> reasons = new TreeMap<>();
        all.stream()
                .filter(each -> !each.at("/answeredBy/why").isNull())
                .forEach(each -> reasons.merge(each.at("/answeredBy/why").asText(), 1L, Long::sum));
        reasons.forEach((why, count) ->
                assertEquals(count, stats[0].get("reasons").get(why).asLong(), why));
    }
}
