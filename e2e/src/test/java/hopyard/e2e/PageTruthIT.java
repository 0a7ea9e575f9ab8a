package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hopyard.truth.TruthApp;
import hopyard.truth.TruthClient;
import hopyard.truth.TruthRow;
import hopyard.truth.TruthRow.Truth;
import hopyard.truth.TruthStage;
import hopyard.truth.TruthStage.Met;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever an exchange comes to, a person reads on the page what really happened: compared with what client and app
 * have sent, got and measured. {@link hopyard.truth.TruthTable} has the rows.
 */
class PageTruthIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A phase's name in the table, and in the page's words. */
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("receive", "read the request"),
            Map.entry("queue", "held back here"),
            Map.entry("auth", "ask whether it may (auth_request)"),
            Map.entry("resolve", "ask for a name"),
            Map.entry("retry", "failed tries"),
            Map.entry("connect", "connect to the app"),
            Map.entry("send", "send the request"),
            Map.entry("wait", "wait for the app"),
            Map.entry("read", "read from the app"),
            Map.entry("write", "write to the client"),
            Map.entry("tunnel", "tunnel"),
            Map.entry("own", "the proxy itself"));

    /**
     * What is added to a time by a machine that runs a browser, too, in ms. Who is taken for another one is off by 300
     * or more.
     */
    private static final double BUSY = 100;

    private static final Pattern TITLE = Pattern.compile("(\\S+ \\S+) ([0-9]{3}) in ([0-9.]+) ms(?: (.+))?");

    private static final Pattern TIME = Pattern.compile("(.+?):? ([0-9.]+) ms");

    /** Everything about the selected exchange that one sees, of the path and of the details of the opened hop. */
    private static final String READ = """
            const all = (selector, of) => [...document.querySelectorAll(selector)].map(of);
            const text = (e) => e?.innerText.replace(/\\s+/g, ' ').trim() ?? '';
            const end = (e) => (e.querySelector('.ip') ? e.querySelector('.ip').textContent + e.querySelector('strong').textContent : e.lastChild.textContent);
            return {
                hop: document.querySelector('#hops [aria-expanded=true]')?.dataset.hop ?? '',
                title: text(document.querySelector('#stage-title')),
                said: text(document.querySelector('#stage-said')),
                boxes: all('#hops .box', (e) => text(e.querySelector('span'))),
                wires: all('#hops .wire', (e) => ({
                    is: e.className, from: end(e.querySelector('.from')), at: end(e.querySelector('.at')), time: text(e.querySelector('.line-of b')),
                    before: text(e.querySelector('.before')),
                })),
                log: document.querySelector('#hop-detail .error-log')?.innerText ?? '',
                tries: all('#hop-detail .tries li', text),
                bar: document.querySelector('#hop-detail .waterfall')?.getAttribute('aria-label') ?? '',
                bars: all('#hop-detail .waterfall i', (e) => ({ title: e.title, part: e.getBoundingClientRect().width / e.parentElement.getBoundingClientRect().width })),
                legend: all('#hop-detail .legend > span', text),
                lists: Object.fromEntries(all('#hop-detail .detail > div', (e) => [text(e.querySelector('h3')), [
                    ...[...e.querySelectorAll('h3 ~ p')].map(text), ...[...e.querySelectorAll('.headers li')].map((li) => text(li.lastElementChild))]])),
            };
            """;

    /** Outcomes that look very different: kept as pictures, in both themes. */
    private static final Set<String> PICTURES = Set.of(
            "refused",
            "refused, then a second one",
            "read timeout",
            "garbage for a head",
            "too big a head",
            "no TLS there",
            "name not found",
            "closed before all of the length, buffering on",
            "client leaves before the head",
            "client is slow to upload and the app thinks, request buffering on",
            "large, slow client and the app stops, buffering off",
            "return 444",
            "limit req",
            "cache stale",
            "tunnel");

    @TempDir
    private Path directory;

    private final OkHttpClient client = new OkHttpClient();
    private final Map<String, String> ids = new HashMap<>();
    private final List<Met> all = new ArrayList<>();

    private TruthStage stage;
    private int port;
    private Program proxy;
    private Browser browser;

    @BeforeEach
    void start() throws IOException {
        Browser.require();
        stage = new TruthStage(directory);
        port = Program.freePort();
        Path conf = Files.writeString(
                directory.resolve("nginx.conf"),
                "worker_processes 2; error_log error.log info; events {} http { access_log access.log; "
                        + stage.http(port) + " }");
        proxy = Program.proxy("-p", directory.toString(), "-c", conf.toString(), "-g", "daemon off;");
        proxy.awaitPort(port);
        browser = new Browser();
    }

    @AfterEach
    void stop() throws IOException {
        Program.closeAll(browser, proxy, stage);
        client.connectionPool().evictAll();
    }

    @TestFactory
    Stream<DynamicTest> everyOutcomeReadsAsItWas() throws Exception {
        browser.open("http://127.0.0.1:" + port + "/_hops/#live");
        browser.await("#status.on");
        List<DynamicTest> tests = stage.tests(port, this::check);
        tests.add(TruthStage.test("the table of Live says the same of all", this::checkTable));
        tests.add(TruthStage.test("the browser's console has nothing to complain of", () -> {
            assertEquals(List.of(), browser.complaints());
        }));
        return tests.stream();
    }

    // ---- one row

    private void check(Met met) throws IOException {
        String id = id(met.truth().client());
        JsonNode proxyHop = show(met, id, "proxy");
        String seen = proxyHop.toPrettyString();
        checkTitle(met, proxyHop, seen);
        Map<String, Double> times = checkTimes(met, proxyHop, seen);
        checkConsole(console("exchanges/" + id), proxyHop, times, seen);
        checkBoxes(met, proxyHop, seen);
        checkLog(met, proxyHop, seen);
        if (PICTURES.contains(met.row().name)) {
            picture(met.row());
        }
        checkClientsSide(met, show(met, id, "browser").get("lists"));
        if (proxyHop.get("boxes").size() > 2 && !isDecidedElsewhere(met.row())) {
            checkAppsSide(met, show(met, id, "app").get("lists"));
        }
        all.add(met);
    }

    /** The id of the client's exchange. */
    private String id(TruthClient from) {
        // another client may have had the port before
        String key = from.from() + " " + from.request();
        Program.until("the exchange from " + key, () -> {
            if (!ids.containsKey(key)) {
                console("exchanges?limit=1000")
                        .get("exchanges")
                        .forEach(each -> ids.put(
                                each.at("/client/from").asText() + " "
                                        + each.get("method").asText() + " "
                                        + each.get("target").asText(),
                                each.get("id").asText()));
            }
            return ids.containsKey(key);
        });
        return ids.get(key);
    }

    private JsonNode console(String path) throws IOException {
        Request request = new Request.Builder()
                .url("http://127.0.0.1:" + port + "/_hops/" + path)
                .header("Accept", "application/json")
                .build();
        try (Response response = client.newCall(request).execute()) {
            return JSON.readTree(response.body().string());
        }
    }

    /** Goes to the exchange, with a hop's details, and reads it. */
    private JsonNode show(Met met, String id, String hop) {
        browser.script("location.hash = arguments[0]", "live?x=" + id + "&hop=" + hop);
        JsonNode[] read = new JsonNode[1];
        browser.until("exchange " + id + " on the path", () -> {
            read[0] = JSON.valueToTree(browser.script(READ));
            return read[0].at("/wires/0/from")
                            .asText()
                            .equals(met.truth().client().from())
                    && read[0].get("hop").asText().equals(hop);
        });
        return read[0];
    }

    private void checkTitle(Met met, JsonNode read, String seen) {
        TruthRow row = met.row();
        TruthClient from = met.truth().client();
        Matcher title = TITLE.matcher(read.get("title").asText());
        assertTrue(title.matches(), seen);
        assertEquals(from.request(), title.group(1), seen);
        assertEquals(row.status, Integer.parseInt(title.group(2)), seen);
        if (from.status() != 0) {
            assertEquals(from.status(), row.status);
        }
        assertEquals(row.outcome.equals("ok") ? null : row.outcome.replace('_', ' '), title.group(4), seen);
        if (row.hasTotal) {
            assertTime(row, "total", from.totalMillis(), Double.parseDouble(title.group(3)), seen);
        }
        String said = read.get("said").asText();
        assertTrue(said.contains(row.text), seen);
        String app = "the " + (row.name.contains("another proxy") ? "proxy" : "app") + " at "
                + stage.app().address() + " answered " + (row.name.contains("keeps the status") ? 200 : row.status);
        switch (row.who) {
            case "app" -> assertTrue(said.startsWith(app), seen);
            case "cache" -> assertTrue(said.startsWith("the cache answered"), seen);
            case "nobody" ->
                assertTrue(said.matches("the client left .*|this proxy closed .* without an answer.*"), seen);
            default -> assertTrue(!said.isEmpty() && (!said.startsWith(app) || row.why.equals("intercepted")), seen);
        }
        boolean isCut = List.of("cut", "client_left").contains(row.outcome) && !row.who.equals("nobody");
        if (row.outcome.equals("failed")) {
            // why may say that somebody answered, but what is of no use; nobody was sent a part of it
            assertFalse(said.contains("sent to the client"), seen);
        } else {
            assertEquals(isCut, said.contains(", but "), seen);
        }
        Matcher bytes = Pattern.compile("([0-9]+)( of [0-9]+)? bytes were sent").matcher(said);
        if (bytes.find() && from.sawEnd() && isPlain(met)) {
            assertEquals(from.content(), Long.parseLong(bytes.group(1)), seen);
        }
    }

    private static boolean isPlain(Met met) {
        return !met.truth().client().head().contains("chunked") && met.row().status != 101;
    }

    private Map<String, Double> checkTimes(Met met, JsonNode read, String seen) {
        TruthRow row = met.row();
        Truth truth = met.truth();
        Map<String, Double> times = new HashMap<>();
        List<String> legend = new ArrayList<>();
        read.get("legend").forEach(each -> legend.add(each.asText()));
        for (String each : legend) {
            Matcher time = TIME.matcher(each);
            assertTrue(time.matches(), each);
            times.put(time.group(1), Double.parseDouble(time.group(2)));
        }
        assertTrue(WORDS.values().containsAll(times.keySet()), seen);
        WORDS.forEach((phase, words) ->
                assertTime(row, words, row.right(phase, truth), times.getOrDefault(words, 0.0), seen));
        double total = times.values().stream().mapToDouble(Double::doubleValue).sum();
        // each is rounded
        assertEquals(total, milliseconds(read.at("/wires/0/time")), 0.006 * times.size() + total / 100, seen);
        assertEquals(String.join(", ", legend), read.get("bar").asText(), seen);
        assertEquals(legend.size(), read.get("bars").size(), seen);
        for (int i = 0; i < legend.size(); i++) {
            JsonNode bar = read.get("bars").get(i);
            assertEquals(legend.get(i), bar.get("title").asText().replace(": ", " "), seen);
            double part = times.get(bar.get("title").asText().split(": ")[0]) / total;
            assertEquals(part, bar.get("part").asDouble(), 0.01 + 0.02 / total, seen);
        }
        if (read.get("wires").size() > 1) {
            double right = Stream.of("connect", "send", "wait", "read", isDecidedElsewhere(row) ? "auth" : "connect")
                    .distinct()
                    .mapToDouble(phase -> row.right(phase, truth))
                    .sum();
            assertTime(row, "on the app's wire", right, milliseconds(read.at("/wires/1/time")), seen);
        }
        return times;
    }

    /** The page says just what the console's JSON says, which {@code FailureTruthTest} has measured to a tenth. */
    private static void checkConsole(JsonNode json, JsonNode read, Map<String, Double> times, String seen) {
        assertEquals(json.at("/answeredBy/text").asText(), read.get("said").asText(), seen);
        List<String> log = new ArrayList<>();
        json.get("errorLog").forEach(line -> log.add(line.asText()));
        assertEquals(log, read.get("log").asText().lines().toList(), seen);
        WORDS.forEach((phase, words) -> {
            double said = json.get("phases").get(phase + "Ms").asDouble();
            double rounding = said >= 100 ? 0.5 : said >= 10 ? 0.05 : 0.005;
            assertEquals(said, times.getOrDefault(words, 0.0), rounding + 1e-6, seen);
        });
    }

    private static double milliseconds(JsonNode words) {
        Matcher time = TIME.matcher(words.asText());
        assertTrue(time.matches(), words.asText());
        return Double.parseDouble(time.group(2));
    }

    private static void assertTime(TruthRow row, String what, double right, double said, String seen) {
        assertTrue(
                Math.abs(right - said) <= row.allowed(right) + BUSY,
                String.format(Locale.ROOT, "%s: %s is %.1f ms, measured %.1f ms%n%s", row, what, said, right, seen));
    }

    /** How often the apps were asked for this exchange. */
    private static int asked(Met met) {
        return met.truth().app().asked() + met.truth().other().asked() - met.row().before;
    }

    private void checkBoxes(Met met, JsonNode read, String seen) {
        TruthRow row = met.row();
        JsonNode way = read.get("wires");
        assertEquals(met.truth().client().from(), way.at("/0/from").asText(), seen);
        assertEquals("127.0.0.1:" + port, way.at("/0/at").asText(), seen);
        boolean isWhole = !List.of("cut", "client_left", "closed").contains(row.outcome);
        assertEquals(isWhole ? "wire" : "wire cut", way.at("/0/is").asText(), seen);
        if (isDecidedElsewhere(row)) {
            boolean hasSaid = !met.truth().app().answered().isEmpty();
            assertEquals(
                    hasSaid ? "answered " + met.truth().app().answered().split(" ")[1] : "did not answer",
                    read.at("/boxes/2").asText(),
                    seen);
            assertEquals(hasSaid ? "wire" : "wire silent", way.at("/1/is").asText(), seen);
            assertEquals(stage.app().address(), way.at("/1/at").asText(), seen);
            return;
        }
        boolean isAsked = row.tries != 0 && asked(met) > 0;
        boolean isSpokenTo = isAsked || row.conf.matches(".*(BANNER|SILENT).*");
        boolean isTried =
                isSpokenTo || row.firstTry != null || row.conf.matches(".*((?<!resolver )CLOSED|DEAF|proxy_bind).*");
        if (!isTried) {
            assertEquals(2, read.get("boxes").size(), seen);
            return;
        }
        String box = read.at("/boxes/2").asText();
        String is = way.at("/1/is").asText();
        String before = way.at("/1/before").asText();
        int others = Math.max(0, row.tries - 1) + (row.conf.contains("auth_request /asked") ? 1 : 0);
        assertEquals(others, before.isEmpty() ? 0 : before.split("; ").length, seen);
        if (!isSpokenTo || isLastRefused(row)) {
            assertEquals(row.conf.contains("proxy_bind") ? "not called" : "not reached", box, seen);
            assertEquals("wire broken", is, seen);
            return;
        }
        boolean isAnswered = !met.truth().app().answered().isEmpty();
        String fault = row.outcome.equals("failed") ? FAULTS.get(row.why) : null;
        if (row.name.contains("another proxy")) {
            assertTrue(box.endsWith(" in it and behind it"), seen);
        } else if (isAnswered && fault == null) {
            String answered = "answered " + met.truth().app().answered().split(" ")[1];
            assertEquals(answered + (row.outcome.equals("cut") ? ", cut" : ""), box, seen);
            assertTrue(is.equals("wire") ? !row.outcome.equals("cut") : is.equals("wire cut") && !isWhole, seen);
        } else {
            boolean isBegun = row.name.matches(".*in the (middle of the )?head|early hints, and closed");
            String none = isBegun ? "no whole answer" : "did not answer";
            boolean isRead = isAnswered && "invalid_header".equals(row.why) && row.log == null;
            String refused = isRead ? "answered " + met.truth().app().answered().split(" ")[1] + ", not taken" : fault;
            assertEquals(fault == null ? none : refused, box, seen);
            assertEquals("wire silent", is, seen);
        }
        if (isAsked) {
            assertEquals(stage.app().address(), way.at("/1/at").asText(), seen);
        }
        JsonNode tries = read.get("tries");
        assertEquals(row.tries > 1 ? row.tries : 0, tries.size(), seen);
        double failed = 0;
        for (int i = 0; i < tries.size() - 1; i++) {
            failed += Double.parseDouble(tries.get(i).asText().split(" ms ")[0]);
        }
        assertTime(row, "failed tries", row.right("retry", met.truth()), failed, seen);
    }

    /** Whether nobody was asked but whom auth_request asks. */
    private static boolean isDecidedElsewhere(TruthRow row) {
        return row.conf.contains("auth_request /asked") && row.tries == 0;
    }

    private static boolean isLastRefused(TruthRow row) {
        return row.outcome.equals("failed") && "refused".equals(row.why);
    }

    /** What stands on the app for an answer that is none. */
    private static final Map<String, String> FAULTS = Map.of(
            "garbage", "its answer is no HTTP",
            "invalid_header", "its header is not valid",
            "too_big_header", "its header is too big",
            "tls_timeout", "no TLS with it",
            "tls_failed", "no TLS with it");

    private void checkLog(Met met, JsonNode read, String seen) throws IOException {
        TruthRow row = met.row();
        String log = read.get("log").asText();
        if (row.log != null) {
            assertTrue(log.contains(row.log), seen);
        }
        List<String> file = Files.readAllLines(directory.resolve("error.log"), StandardCharsets.ISO_8859_1);
        for (String line : log.lines().toList()) {
            // in the file, nginx's context follows: client, server, request …; with a subrequest's, more of it. What
            // others have sent stands in the file only.
            String start = line.replaceFirst(", subrequest: .*|\\[redacted:.*", "");
            assertTrue(file.stream().anyMatch(each -> each.startsWith(start)), "not in error.log: " + line);
        }
    }

    private void checkClientsSide(Met met, JsonNode lists) {
        TruthClient from = met.truth().client();
        String seen = met.row() + "\n" + lists.toPrettyString();
        List<String> sent = lines(lists.get("What the client sent"));
        if (from.request().startsWith("CONNECT ")) {
            // what is no request for this server is not read any further
            assertEquals(List.of(from.sentHead().lines().findFirst().orElseThrow()), sent, seen);
        } else if (met.row().status != 431) {
            // of a line that is too long, the client remembers the beginning
            assertHead(from.sentHead(), sent, seen);
        }
        List<String> got = lines(lists.get("What the client got"));
        int end = from.head().indexOf("\r\n\r\n");
        if (end > 0) {
            // the reason says nothing
            assertHead(from.head().substring(0, end).replaceFirst("(?<= [0-9]{3}) .*", ""), got, seen);
        } else if (from.sawEnd() || met.row().who.equals("nobody")) {
            assertTrue(got.get(0).startsWith("Nothing"), seen);
        }
    }

    private void checkAppsSide(Met met, JsonNode lists) {
        String seen = met.row() + "\n" + lists.toPrettyString();
        TruthApp.Told app = met.truth().app();
        List<String> got = lines(lists.get("What the app got"));
        List<String> answered = lines(lists.get("What the app answered"));
        if (asked(met) == 0 || isLastRefused(met.row())) {
            assertTrue(got.get(0).startsWith("Nothing"), seen);
        } else {
            assertHead(app.got(), got, seen);
        }
        if ("invalid_header".equals(met.row().why)) {
            assertTrue(answered.size() > 0, seen);
        } else if (app.answered().isEmpty() || met.row().outcome.equals("failed")) {
            assertTrue(answered.size() == 1 && !answered.get(0).startsWith("HTTP/"), seen);
        } else {
            assertHead(app.answered(), answered, seen);
        }
    }

    /** The order of different fields means nothing (RFC 9110 section 5.3). */
    private static void assertHead(String head, List<String> shown, String seen) {
        List<String> right = head.lines().toList();
        assertEquals(right.get(0), shown.get(0), seen);
        assertEquals(
                right.stream().skip(1).sorted().toList(),
                shown.stream().skip(1).sorted().toList(),
                seen);
    }

    private static List<String> lines(JsonNode list) {
        List<String> lines = new ArrayList<>();
        list.forEach(line -> lines.add(line.asText()));
        return lines;
    }

    private void picture(TruthRow row) {
        String name = "truth-" + row.path(0).split("/")[1];
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            browser.screenshot(name + "-" + colours);
            if (row.tries > 1 || row.outcome.equals("cut")) {
                assertEquals(List.of(), browser.inaccessible(), name + ", " + colours);
            }
        }
        browser.colours("light");
    }

    // ---- all of them

    private void checkTable() {
        browser.script("location.hash = 'live'");
        browser.until("all rows", () -> (Boolean) browser.script("""
                const more = [...document.querySelectorAll('#panel-live button')].find((e) => !e.hidden && /^show .* more of/.test(e.innerText));
                more?.click();
                return !more;
                """));
        @SuppressWarnings("unchecked")
        Map<String, Map<String, String>> rows = (Map<String, Map<String, String>>) browser.script("""
                return Object.fromEntries([...document.querySelectorAll('table.live tbody:not(.pending) tr')].map((row) => [row.dataset.id,
                    Object.fromEntries([...row.cells].map((cell) => [cell.className.split(' ')[0], cell.innerText.trim()]))]));
                """);
        for (Met met : all) {
            TruthRow row = met.row();
            TruthClient from = met.truth().client();
            Map<String, String> shown = rows.get(id(from));
            assertEquals(from.from(), shown.get("from"));
            assertEquals(from.request(), shown.get("request"));
            String outcome = row.outcome.equals("ok") ? "" : " " + row.outcome.replace('_', ' ');
            assertEquals(row.status + outcome, shown.get("status-cell"), row.name);
            if (row.hasTotal) {
                double total = Double.parseDouble(shown.get("total").replace(" ms", ""));
                assertTime(row, "total in the table", from.totalMillis(), total, shown.toString());
            }
            if (from.sawEnd() && isPlain(met) && from.content() < 1000 && !row.outcome.equals("client_left")) {
                assertEquals(from.content() + " B", shown.get("size"), row.name);
            }
        }
        assertTrue(all.size() > 40, all.size() + " rows");
    }
}
