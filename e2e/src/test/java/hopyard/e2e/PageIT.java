package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/** The page in a real Chromium, with both real servers behind it. */
class PageIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();
    private static final String PAGE = "http://localhost:" + PROXY + "/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OkHttpClient CLIENT =
            new OkHttpClient.Builder().followRedirects(false).build();

    private static final List<String> TABS =
            List.of("lesson", "send", "compare", "load", "config", "ports", "experiments", "live");

    private static Program playground;
    private static Browser browser;

    @BeforeAll
    static void start() {
        Browser.require();
        playground = Program.playground(PROXY, APP);
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(playground, browser);
        CLIENT.connectionPool().evictAll();
        CLIENT.dispatcher().executorService().shutdown();
    }

    private static JsonNode console(String path) throws IOException {
        Request request = new Request.Builder()
                .url(PAGE + "_hops/" + path)
                .header("Accept", "application/json")
                .build();
        try (Response response = CLIENT.newCall(request).execute()) {
            return JSON.readTree(response.body().string());
        }
    }

    private static void curl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("curl", "-s", "-o", "/dev/null"));
        command.addAll(List.of(arguments));
        assertEquals(0, new ProcessBuilder(command).start().waitFor());
    }

    private static void openPage(String tab) {
        browser.open(PAGE + "#" + tab);
        // its own load, and no other exchange that the page knew first
        browser.awaitText("#stage-title", "GET / 200");
        browser.await("#status.on");
        browser.await("#panel-" + tab);
    }

    @Test
    void theHopsOfThePagesOwnLoadShowWithTheirRealPorts() throws IOException {
        openPage("live");
        JsonNode exchange = console("exchanges?path=/&limit=1000")
                .get("exchanges")
                .valueStream()
                .filter(each -> each.get("target").asText().equals("/"))
                .findFirst()
                .orElseThrow();
        browser.awaitEquals(
                List.of(
                        exchange.at("/client/from").asText(),
                        "127.0.0.1:" + PROXY,
                        exchange.at("/tries/0/from").asText(),
                        "127.0.0.1:" + APP),
                () -> browser.script("return [...document.querySelectorAll('#hops .ends > span')]"
                        + ".map(e => e.querySelector('.ip').textContent + e.querySelector('strong').textContent)"));
        List<String> times = browser.texts("#hops .line-of b");
        assertEquals(2, times.size());
        assertTrue(times.stream().allMatch(time -> time.matches("(?s).*[0-9.]+ ms")), times.toString());
        assertEquals(exchange.at("/answeredBy/text").asText(), browser.text("#stage-said"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy", "app"})
    void itLoadsWithoutAnErrorAndAsksNoOtherHost(String way) {
        String origin = "http://localhost:" + (way.equals("proxy") ? PROXY : APP);
        browser.complaints();
        browser.open(origin + "/");
        if (way.equals("proxy")) {
            browser.await("[role=tablist]");
            for (String tab : TABS) {
                browser.click("#tab-" + tab);
                browser.await("#panel-" + tab);
            }
            browser.click("#tab-config");
            browser.await(".CodeMirror .lit");
        }
        assertEquals(List.of(), browser.complaints());
        Object elsewhere = browser.script(
                "return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(arguments[0]))",
                origin + "/");
        assertEquals(List.of(), elsewhere);
    }

    @Test
    void onTheAppsOwnPortItSaysThatTheProxyWasBypassed() {
        browser.open("http://localhost:" + APP + "/");
        browser.awaitText(".first-page", "You bypassed the proxy");
        browser.awaitText("#instrument", "http://localhost:" + PROXY + "/");
        assertEquals(2, browser.texts(".hops .node").size());
        assertTrue(browser.texts(".first-page .absent").size() >= 10);
        assertEquals(List.of(), browser.texts("[role=tab]"));
        assertEquals(List.of(), browser.inaccessible());
    }

    @Test
    void aRequestSentInThePageAndOneByCurlBothAppear() throws Exception {
        openPage("send");
        browser.type("#send-form .field:nth-of-type(2) input", "/anything?sent=here");
        browser.type("#send-form textarea", "X-Mine: from the page");
        browser.click("#send-form .primary");
        browser.awaitText("#panel-send .card[data-way=proxied]", "Through the proxy 200");
        browser.awaitText("#panel-send .card[data-way=direct]", "Direct 200");
        browser.awaitText("#panel-send .copyable pre", "-H 'X-Mine: from the page'");
        browser.click("#panel-send .card[data-way=proxied] .small");
        browser.awaitText("#stage-title", "/anything?sent=here");
        browser.click("#hops [data-hop=app]");
        browser.awaitText("#hop-detail", "X-Mine: from the page");
        browser.click("#tab-live");
        browser.awaitText("#panel-live .request", "/anything?sent=here");
        curl(PAGE + "whoami?sent=by-curl");
        browser.awaitText("#panel-live .request", "/whoami?sent=by-curl");
    }

    @Test
    void twoHundredRequestsOfATerminalAllAppear() throws Exception {
        openPage("live");
        for (int i = 0; i < 200; i++) {
            curl(PAGE + "whoami?loop=" + i);
        }
        browser.type("#panel-live input[type=search]", "path:loop=");
        browser.awaitText("#live-count", "200 of ");
        browser.click("#panel-live summary");
        browser.until("the chart to move", () -> {
            String highest = browser.attribute("#panel-live .chart", "data-highest");
            return highest != null && Double.parseDouble(highest) > 5;
        });
        assertTrue(browser.texts(".live tbody:not(.pending) tr").size() <= 150);
    }

    @Test
    void everyChangedHeaderIsMarkedWithItsLineWhichLeadsToTheConfiguration() throws IOException {
        openPage("live");
        List<String> file = Files.readAllLines(Program.ROOT.resolve("proxy/conf/nginx.conf"));
        int line = 1
                + IntStream.range(0, file.size())
                        .filter(i -> file.get(i).contains("X-Real-IP"))
                        .findFirst()
                        .orElseThrow();
        openHop("proxy");
        String marked = browser.awaitText("#hop-detail li.added[data-header=x-real-ip]", "X-Real-IP: 127.0.0.1");
        assertTrue(marked.contains("nginx.conf:" + line + " proxy_set_header X-Real-IP $remote_addr;"), marked);
        assertFalse(
                browser.texts("#hop-detail li.removed[data-header=connection]").isEmpty());
        browser.click("#hop-detail li[data-header=x-real-ip] .line");
        browser.awaitText(".CodeMirror .CodeMirror-linenumber", Integer.toString(line));
        browser.await(".CodeMirror .sought");
        // lit in the editor is just what the console says that the exchange obeyed
        String id = (String) browser.script("return new URLSearchParams(location.hash.split('?')[1]).get('x')");
        List<Long> obeyed = console("exchanges/" + id)
                .get("lines")
                .valueStream()
                .map(each -> each.get("line").asLong() - 1)
                .distinct()
                .sorted()
                .toList();
        browser.awaitEquals(
                obeyed,
                () -> browser.script("const cm = document.querySelector('.CodeMirror').CodeMirror; const out = [];"
                        + "cm.eachLine(l => { if (/lit/.test(l.bgClass ?? '')) out.push(l.lineNo()); }); return out"));
    }

    @Test
    void anExchangeIsReplayedAsItWasOrEdited() throws Exception {
        openPage("live");
        curl("-H", "X-Again: yes", "-H", "Cookie: a=b", PAGE + "anything?again=1");
        browser.type("#panel-live input[type=search]", "again=1");
        browser.click("#panel-live tbody:not(.pending) .request button[title*='again=1']");
        browser.awaitText("#stage-title", "again=1");
        browser.click("#live-replay");
        browser.awaitText("#live-result", "Sent again: 200");
        browser.awaitText("#live-count", "2 of ");
        JsonNode newest = console("exchanges?path=again=1&limit=2").at("/exchanges/0");
        String again = console("exchanges/" + newest.get("id"))
                .at("/headers/fromClient")
                .toString();
        assertTrue(again.contains("[\"X-Again\",\"yes\"]") && !again.contains("Cookie"), again);
        browser.click("#live-actions button:nth-of-type(3)");
        browser.awaitText("#panel-send .said", "Cookie was redacted");
        assertEquals("/anything?again=1", browser.property("#send-form .field:nth-of-type(2) input", "value"));
    }

    @Test
    void markupInARequestIsShownAndNeverRuns() throws Exception {
        openPage("live");
        browser.script("window.ran = 0; const tell = () => window.ran++; window.alert = tell");
        String markup = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        curl(
                "-A",
                markup,
                "-H",
                "X-Bad: " + markup,
                "-H",
                "Referer: javascript:alert(3)",
                "-H",
                "X-Forwarded-For: " + markup,
                "-X",
                "PATCH",
                PAGE + "nothing?markup=%3Cimg%20src=x%20onerror=alert(4)%3E&\"'><svg/onload=alert(5)>");
        browser.awaitText("#stage-title", "markup=");
        for (String hop : List.of("browser", "proxy", "app")) {
            openHop(hop);
            browser.awaitText("#hop-detail", markup);
        }
        browser.click("#tab-send");
        browser.click("#tab-config");
        browser.click("#tab-live");
        assertEquals(0L, browser.script("return window.ran"));
        // and what the app lets a client choose is not a page of this origin
        browser.open(PAGE + "response-headers?Content-Type=text/html&x=%3Cscript%3Edocument.title='ran'%3C/script%3E");
        assertEquals("null", browser.script("return self.origin"));
        assertNotEquals("ran", browser.script("return document.title"));
        browser.complaints();
    }

    @Test
    void credentialsAreShownNowhere() throws Exception {
        openPage("live");
        curl("-H", "Authorization: Bearer s3cret", "-H", "Cookie: sid=s3cret", PAGE + "whoami?token=s3cret&show=1");
        browser.awaitText("#stage-title", "show=1");
        for (String hop : List.of("browser", "proxy", "app")) {
            openHop(hop);
            Object html = browser.script(
                    "document.querySelectorAll('details').forEach(d => d.open = true); return document.body.innerHTML");
            assertTrue(((String) html).contains("[redacted:6]"));
            assertFalse(((String) html).contains("s3cret"), hop);
        }
    }

    @Test
    void aComparisonFinishesAndDrawsBothDistributions() {
        openPage("compare");
        browser.type("#panel-compare input[type=number]", "20");
        browser.click("#panel-compare .primary");
        browser.awaitText("#panel-compare .figures", "through the proxy, in the median");
        browser.awaitText("#compare-says", "through the proxy");
        browser.awaitText("#panel-compare table", "20 × 200");
        browser.await("#panel-compare .chart canvas");
        browser.awaitText("#seen-diff li.added", "X-Forwarded-For");
        browser.awaitText("#got-diff li.added", "Via: 1.1 hopyard");
    }

    @Test
    void aSmallLoadFinishesAndDrawsItsCharts() {
        openPage("load");
        browser.type("#panel-load .field:nth-of-type(3) input", "200");
        browser.click("#panel-load .primary");
        browser.awaitText("#load-status", "Complete after");
        String table = browser.awaitText("#panel-load table", "100 × 200");
        assertTrue(table.contains("direct") && table.contains("proxied"), table);
        browser.awaitEquals(3, () -> browser.texts("#panel-load .chart canvas").size());
        assertEquals(List.of(), browser.inaccessible());
    }

    @Test
    void aLongLoadIsStopped() {
        openPage("load");
        browser.type("#panel-load .field:nth-of-type(3) input", "60");
        browser.script(
                "const s = document.querySelectorAll('#panel-load select')[1]; s.value = 'seconds'; s.dispatchEvent(new Event('change'))");
        browser.type("#panel-load .field:nth-of-type(6) input", "50");
        browser.click("#panel-load .primary");
        browser.awaitText("#load-status", "Running for");
        browser.click("#panel-load button[type=button]:not(.small)");
        browser.awaitText("#load-status", "Stopped after");
    }

    @Test
    void aMistakeInTheConfigurationShowsAtItsLineAndAGoodOneServesAtOnce() throws IOException {
        openPage("config");
        browser.await(".CodeMirror");
        replaceInEditor("location = /proxy-says {", "location = /proxy-says {\n            foo bar;");
        browser.click("#config-test");
        browser.awaitText("#config-said", "unknown directive \"foo\"");
        browser.awaitText(".CodeMirror .mistake", "unknown directive \"foo\"");
        browser.await(".CodeMirror .wrong");
        browser.screenshot("config-mistake");
        replaceInEditor("            foo bar;\n", "");
        replaceInEditor("return 200 \"I am", "return 200 \"Edited, I am");
        browser.click("#config-apply");
        browser.awaitText("#config-said .added", "Edited, I am");
        assertTrue(ask("proxy-says").startsWith("I am"));
        browser.click("#apply-now");
        browser.awaitText("#trial", "goes back to the file");
        assertTrue(ask("proxy-says").startsWith("Edited, I am"));
        browser.await("#edited");
        assertEquals(List.of(), browser.inaccessible());
        browser.click("#keep");
        browser.awaitEquals(List.of(""), () -> browser.texts("#trial"));
        assertTrue(ask("proxy-says").startsWith("Edited, I am"));
        browser.click("#config-file");
        browser.awaitText("#config-said", "The file’s configuration runs again");
        assertTrue(ask("proxy-says").startsWith("I am"));
    }

    /** Opens a hop's details; the path stays with what it shows then. */
    private static void openHop(String hop) {
        browser.click("#hops [data-hop=" + hop + "]:not([aria-expanded=true])");
        browser.await("#hops [data-hop=" + hop + "][aria-expanded=true]");
        browser.await("#hop-detail .detail");
    }

    private static void replaceInEditor(String from, String to) {
        // the file comes after the editor
        browser.awaitEquals(
                true,
                () -> browser.script(
                        "const cm = document.querySelector('.CodeMirror').CodeMirror; const text = cm.getValue();"
                                + "const is = text.includes(arguments[0]); if (is) { cm.setValue(text.replace(arguments[0], arguments[1])); }"
                                + "return is",
                        from,
                        to));
    }

    private static String ask(String path) throws IOException {
        try (Response response =
                CLIENT.newCall(new Request.Builder().url(PAGE + path).build()).execute()) {
            return response.body().string();
        }
    }

    @Test
    void aDoorIsOpenedFilledTakenAndClosed() {
        int port = Program.freePort();
        openPage("ports");
        browser.awaitText("#panel-ports .room.proxy", Integer.toString(PROXY));
        browser.type("#panel-ports .field:nth-of-type(2) input", Integer.toString(port));
        browser.click("#open-door");
        browser.awaitText("#door-said", "the socket is in state LISTEN");
        String door = "#own-doors [data-port='" + port + "'] ";
        browser.click(door + "[data-step=connect]");
        browser.awaitText(door, "ESTABLISHED");
        browser.click("#open-door");
        browser.awaitText("#door-said", "98: Address already in use");
        browser.click(door + "[data-step=accept]");
        browser.awaitText("#door-said", "accept() took the connection");
        assertEquals(List.of(), browser.inaccessible());
        browser.click(door + "[data-step=close]");
        browser.awaitText("#door-said", "TIME_WAIT");
    }

    @Test
    void tabsAndHopsAreReachedByKeyboard() {
        openPage("live");
        browser.pressOn("#tab-live", Keys.ARROW_RIGHT);
        browser.awaitFocus("#tab-send");
        browser.await("#panel-send");
        browser.press(Keys.END);
        browser.awaitFocus("#tab-experiments");
        browser.pressOn("#hops [data-hop=browser]", Keys.ENTER);
        browser.awaitText("#hop-detail h3", "What the client sent");
        Object unnamed = browser.script("return [...document.querySelectorAll('input, select, textarea, button')]"
                + ".filter(e => !e.labels?.length && !e.textContent.trim() && !e.getAttribute('aria-label') && !e.closest('.CodeMirror, [hidden]'))"
                + ".map(e => e.outerHTML)");
        assertEquals(List.of(), unnamed);
    }
}
