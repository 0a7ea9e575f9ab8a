package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** Live: its time axis, its filter, messages of what is under way, files of other programs, and the keys. */
class LiveIT {

    private static final int PROXY = Program.freePort();
    private static final String PAGE = "http://localhost:" + PROXY + "/";

    /** The left and the right end of the bar of an exchange, in px from the axis's left end, and the axis's length. */
    private static final String BAR = "const axis = document.querySelector('.axis').getBoundingClientRect();"
            + "const at = text => { const row = [...document.querySelectorAll('.live tbody:not(.pending) tr')].find(r => r.textContent.includes(text));"
            + "  const bar = row.querySelector('.timeline .whole').getBoundingClientRect(); return [bar.left - axis.left, bar.right - axis.left]; };";

    @TempDir
    private static Path directory;

    private static Program playground;
    private static Browser browser;

    private final OkHttpClient client = new OkHttpClient();

    @BeforeAll
    static void start() throws IOException {
        Browser.require();
        String conf =
                Program.shippedConf(directory, text -> text.replace("hop_trace on;", "hop_trace on; hop_bodies 64k;"));
        playground = Program.playground(PROXY, Program.freePort(), "--conf", conf);
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(browser, playground);
    }

    @BeforeEach
    void open() {
        open("#live");
    }

    private void open(String hash) {
        browser.size(1400, 1000);
        browser.colours("light");
        browser.open(PAGE + "_hops/" + hash);
        browser.until("the live stream", () -> !browser.texts("#status.on").isEmpty());
        browser.complaints();
    }

    private void send(String path, String... header) throws IOException {
        Request.Builder request = new Request.Builder().url(PAGE + path);
        for (int i = 0; i < header.length; i += 2) {
            request.header(header[i], header[i + 1]);
        }
        try (Response response = client.newCall(request.build()).execute()) {
            response.body().bytes();
        }
    }

    private static void filter(String text) {
        browser.script(
                "const f = document.querySelector('#live-filter'); f.value = arguments[0]; f.dispatchEvent(new Event('input'))",
                text);
    }

    private static void awaitRow(String text) {
        browser.awaitText(".live tbody:not(.pending) .request", text);
    }

    private static double number(String code, Object... arguments) {
        return ((Number) browser.script(code, arguments)).doubleValue();
    }

    private static void assertAccessible() {
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            assertEquals(List.of(), browser.inaccessible(), colours);
        }
        browser.colours("light");
    }

    // ---- the time axis

    @Test
    void whoChoosesARowFarDownSeesItsPathAndNothingElseMoves() throws IOException {
        for (int i = 0; i < 40; i++) {
            send("whoami?down=" + i);
        }
        for (int[] size : new int[][] {{1280, 720}, {820, 900}, {390, 700}}) {
            open("#live");
            browser.size(size[0], size[1]);
            browser.until(
                    "the rows", () -> (Boolean) browser.script("return document.body.textContent.includes('down=5')"));
            browser.script("document.querySelector('.live').parentElement.scrollTop = 300; scrollTo(0, 9999)");
            Object before = browser.script("return scrollY");
            browser.script("[...document.querySelectorAll('.live .request button')]"
                    + ".find(b => b.textContent.includes('down=5')).click()");
            browser.awaitText("#stage-title", "down=5");
            assertEquals(
                    true,
                    browser.script("const bar = document.querySelector('#bar').getBoundingClientRect().bottom;"
                            + "const at = document.querySelector('#stage').getBoundingClientRect();"
                            + "return at.top >= bar - 1 && at.bottom <= innerHeight"),
                    "the path is in sight at " + size[0]);
            if (size[0] > 800) {
                assertEquals(before, browser.script("return scrollY"), "the page has not moved at " + size[0]);
                assertEquals(
                        List.of(),
                        browser.script("return [...document.querySelectorAll('.live thead :is(th, td)')]"
                                + ".filter(cell => /transparent|, 0\\)/.test(getComputedStyle(cell).backgroundColor))"
                                + ".map(cell => cell.textContent)"),
                        "nothing shines through the table's head");
            }
        }
    }

    @Test
    void barsStandWhereTheirTimesAreOnOneAxis() throws IOException {
        filter("axis=");
        send("delay/0.4?axis=long");
        send("delay/0.2?axis=short");
        send("proxy-says?axis=last");
        awaitRow("axis=last");
        browser.until(
                "the bars to stand in a row",
                () -> (Boolean) browser.script(BAR + "const [a, b, c] = ['=long', '=short', '=last'].map(at);"
                        + "return a[0] >= 0 && a[1] <= b[0] + 3 && b[1] <= c[0] + 3 && c[1] <= axis.width + 4"));
        // as long as their times say, and both together nearly all there is
        double ratio = number(
                BAR
                        + "const ms = text => parseFloat([...document.querySelectorAll('.live tbody tr')].find(r => r.textContent.includes(text)).querySelector('.total').textContent);"
                        + "const [a, b] = ['=long', '=short'].map(at); return (a[1] - a[0]) / (b[1] - b[0]) / (ms('=long') / ms('=short'))");
        assertEquals(1, ratio, 0.05);
        assertTrue(number(BAR + "const [a, b] = ['=long', '=short'].map(at);"
                        + "return (a[1] - a[0] + b[1] - b[0]) / axis.width")
                > 0.75);
        List<String> marks = browser.texts(".axis .marks span:not(:empty)");
        assertTrue(marks.size() >= 2, marks.toString());
        assertTrue(marks.stream().allMatch(mark -> mark.matches("\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?")), marks.toString());
        assertAccessible();
        browser.screenshot("live-axis");
        // from each one's own start, all begin at the left
        browser.click("#live-axis input[type=checkbox]");
        browser.until("the bars to begin together", () -> (Boolean) browser.script(
                BAR + "return ['=long', '=short', '=last'].every(x => Math.abs(at(x)[0]) < axis.width / 50)"));
        browser.awaitText(".axis .marks", "ms");
        browser.click("#live-axis input[type=checkbox]");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void theAxisIsZoomedAndMovedByButtonsKeysWheelAndDrag() throws IOException {
        filter("zoom=");
        send("delay/0.3?zoom=one");
        send("delay/0.3?zoom=two");
        awaitRow("zoom=two");
        String span = "return Number(document.querySelector('.live .timeline').style.getPropertyValue('--span'))";
        double all = number(span);
        browser.click("#live-axis button[aria-label='Zoom in']");
        assertEquals(all / 2, number(span), all / 100);
        browser.click("#live-axis button[aria-label='Zoom out']");
        assertEquals(all, number(span), all / 100);
        browser.script("document.querySelector('.axis').focus()");
        browser.press("++");
        assertEquals(all / 4, number(span), all / 100);
        double left = number(BAR + "return at('=two')[0]");
        browser.press(Keys.ARROW_RIGHT);
        assertTrue(number(BAR + "return at('=two')[0]") < left);
        browser.press("0");
        assertEquals(all, number(span), all / 100);
        // what is under the pointer stays there
        String wheel = "const a = document.querySelector('.axis'); const r = a.getBoundingClientRect();"
                + "const event = new WheelEvent('wheel', { bubbles: true, cancelable: true, ctrlKey: arguments[0], deltaY: -100, clientX: r.left + r.width / 4, clientY: r.top + 5 });"
                + "a.dispatchEvent(event); return event.defaultPrevented";
        assertEquals(false, browser.script(wheel, false), "without Ctrl the list scrolls");
        assertEquals(true, browser.script(wheel, true));
        assertEquals(all / 1.25, number(span), all / 100);
        browser.click("#live-axis button:last-of-type");
        String drag = "const a = document.querySelector(arguments[0]); const r = a.getBoundingClientRect();"
                + "const send = (type, part) => a.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientX: r.left + part * r.width, clientY: r.top + 5 }));"
                + "send('pointerdown', arguments[1]); send('pointermove', arguments[2]); send('pointerup', arguments[2])";
        browser.script(drag, ".axis", 0.75, 0.5);
        assertEquals(all / 4, number(span), all / 50);
        assertEquals(
                true,
                browser.script(
                        "const lit = document.querySelector('.overview .lit').getBoundingClientRect();"
                                + "const all = document.querySelector('.overview').getBoundingClientRect();"
                                + "return Math.abs((lit.left - all.left) / all.width - .5) < .02 && Math.abs(lit.width / all.width - .25) < .02"));
        browser.script(drag, ".overview", 0.0, 0.5);
        assertEquals(all / 2, number(span), all / 50);
        String said = browser.awaitText("#live-span", " to ");
        assertTrue(said.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d+ to \\d\\d:\\d\\d:\\d\\d\\.\\d+: [0-9.]+ m?s"), said);
        // what comes while somebody has zoomed moves nothing
        double before = number(BAR + "return at('=one')[0]");
        send("proxy-says?zoom=three");
        awaitRow("zoom=three");
        assertEquals(before, number(BAR + "return at('=one')[0]"), 1);
        for (int width : List.of(360, 2560)) {
            browser.size(width, 900);
            assertEquals(true, browser.script("return document.documentElement.scrollWidth <= innerWidth"));
        }
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void rowsStandByTheirStartAlsoWhereALongOneEndsLast() throws Exception {
        filter("order=");
        Thread slow = new Thread(() -> {
            try {
                send("delay/1?order=first");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        slow.start();
        browser.awaitText(".live .pending .request", "order=first");
        assertEquals(
                true,
                browser.script(
                        "return document.querySelector('.live .pending .timeline .whole').getBoundingClientRect().width >= 3"));
        send("proxy-says?order=second");
        slow.join();
        awaitRow("order=first");
        browser.until(
                "both rows", () -> browser.texts(".live tbody:not(.pending) tr").size() == 2);
        List<String> rows = browser.texts(".live tbody:not(.pending) .request");
        assertTrue(rows.get(0).contains("order=second") && rows.get(1).contains("order=first"), rows.toString());
    }

    // ---- the filter

    @Test
    void theFilterFindsWhatIsAskedFor() throws IOException {
        send("anything?which=filter");
        send("delay/0.25?which=filter");
        send("proxy-says?which=filter", "Host", "shop.example:8443");
        awaitRow("/proxy-says?which=filter");
        String[][] found = {
            {"localhost:PORT", "2"},
            {"host:localhost:PORT", "2"},
            {"host=localhost:PORT", "2"},
            {"host:localhost", "2"},
            {"host=localhost", "2"},
            {"HOST:LOCALHOST:PORT", "2"},
            {"host:\"localhost:PORT\"", "2"},
            {"\"localhost:PORT\"", "2"},
            {"http://localhost:PORT/anything", "1"},
            {"localhost:PORT/anything", "1"},
            {"host:shop.example:8443", "1"},
            {"host:shop.example", "1"},
            {"shop.example:8443", "1"},
            {"-host:localhost:PORT", "1"},
            {"-localhost:PORT", "1"},
            {"-host:\"localhost:PORT\"", "1"},
            {"host!=localhost:PORT", "1"},
            {"-host:shop.example:8443 status:200", "2"},
            {"localhost:1", "0"},
            {"host:localhost:1", "0"},
            {"ms>0.2s", "1"},
            {"ms>=200ms", "1"},
            {"ms<0.2s", "2"},
            {"-ms>0.2s", "2"},
            {"ms>1min", "0"},
            {"ms>100us", "3"},
            {"size>100B", "1"},
            {"size<1MB", "3"},
            {"size>10kB", "0"},
            {"size>=0.1k", "1"},
            {"status!=200", "0"},
            {"status=2xx", "3"},
            {"-status:5xx", "3"},
            {"path:\"which=filter\"", "3"},
            {"which=filter", "3"},
        };
        for (String[] each : found) {
            String text = each[0].replace("PORT", Integer.toString(PROXY));
            // also without the one before it
            filter("status:999");
            browser.awaitText("#live-count", "0 of ");
            filter("which=filter path:/ " + text);
            browser.awaitText("#live-count", each[1] + " of ");
            assertEquals(
                    false,
                    browser.script("return document.querySelector('#live-filter').hasAttribute('aria-invalid')"),
                    text);
        }
    }

    @Test
    void aFilterThatIsNoneSaysWhatIsWrong() {
        String[][] wrong = {
            {"foo:bar", "\"foo\" is nothing to filter by. There are: status"},
            {"-foo:bar", "As a word it stands in quotation marks: \"foo:bar\""},
            {"foo>3", "\"foo\" is nothing to filter by"},
            {"foo!=3", "\"foo\" is nothing to filter by"},
            {"ms>fast", "after ms comes a number"},
            {"ms>10kB", "with a unit if you like (us"},
            {"size>10ms", "with a unit if you like (b"},
            {"conn:x", "after conn comes a number"},
            {"path>3", "path is text"},
            {"status:20", "a status is three digits"},
            {"path:\"a b", "a quotation mark begins it"},
            {"/(/", "Invalid regular expression"},
        };
        for (String[] each : wrong) {
            filter(each[0]);
            browser.awaitText("#live-filter-said", each[1]);
            assertEquals(
                    "true",
                    browser.script("return document.querySelector('#live-filter').getAttribute('aria-invalid')"),
                    each[0]);
        }
    }

    // ---- what is under way

    @Test
    void messagesOfAnOpenWebSocketAreShownAsTheyCome() throws Exception {
        Request request = new Request.Builder().url(PAGE + "ws?open=socket").build();
        WebSocket socket = client.newWebSocket(request, new WebSocketListener() {});
        try {
            socket.send("first word");
            browser.awaitText(".live .pending .request", "open=socket");
            browser.click(".live .pending .request button[title*='open=socket']");
            browser.awaitText("#live-open", "is a tunnel now");
            browser.awaitText("#live-open .messages .from-client", "first word");
            browser.awaitText("#live-open .messages .from-app", "first word");
            socket.send("{\"password\":\"correct horse\"}");
            String shown = browser.awaitText("#live-open .messages .from-app", "[redacted:13]");
            assertFalse(shown.contains("correct horse"), shown);
            assertTrue(shown.matches("(?s)[0-9.,]+ ms.*"), shown);
            browser.awaitText(".live .pending .where", "4 messages");
            assertAccessible();
            browser.screenshot("live-open-messages");
            for (int width : List.of(360, 2560)) {
                browser.size(width, 900);
                assertEquals(true, browser.script("return document.documentElement.scrollWidth <= innerWidth"));
            }
            assertTrue(((String) browser.script("return location.hash")).contains("open=p"));
        } finally {
            socket.close(1000, "done");
        }
        browser.click("#live-open .buttons button");
        browser.awaitText("#stage-title", "open=socket");
        browser.awaitText("#hop-detail .messages", "first word");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void eventsAreShownWhileTheStreamGoesOn() throws Exception {
        Thread reader = new Thread(() -> {
            try {
                send("sse?count=8&interval=0.4&open=stream");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        reader.start();
        browser.click(".live .pending .request button[title*='open=stream']");
        browser.awaitText("#live-open .messages", "event 1 of 8");
        assertEquals(List.of(), browser.texts(".live tbody:not(.pending) .request button[title*='open=stream']"));
        browser.awaitText("#live-open .messages", "event 4 of 8");
        browser.awaitText("#live-open", "It has ended");
        reader.join();
    }

    // ---- files of other programs

    @Test
    void anOpenedHarShowsWhatItHasAndStandsWhereItsTimesAre() throws IOException {
        send("proxy-says?har=now");
        awaitRow("har=now");
        filter("har=");
        String entry =
                "{\"startedDateTime\":\"%s\",\"time\":%d,\"request\":{\"method\":\"GET\",\"url\":\"https://shop.example:8443/x?har=%s\",\"httpVersion\":\"HTTP/1.1\",\"headers\":[],\"bodySize\":0},"
                        + "\"response\":{\"status\":200,\"statusText\":\"OK\",\"httpVersion\":\"HTTP/1.1\",\"headers\":[],\"content\":{\"size\":5,\"mimeType\":\"text/plain\"},\"bodySize\":5},"
                        + "\"timings\":{\"send\":1,\"wait\":2,\"receive\":3}%s}";
        String har = "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"x\",\"version\":\"1\"},\"entries\":["
                + String.join(
                        ",",
                        // the first of them ends last
                        entry.formatted(
                                "2020-01-02T03:04:05.000Z",
                                9000,
                                "first",
                                ",\"serverIPAddress\":\"192.0.2.7\",\"connection\":\"4711\""),
                        entry.formatted("2020-01-02T03:04:06.000Z", 10, "second", ",\"serverIPAddress\":\"192.0.2.7\""),
                        entry.formatted(
                                "2020-01-02T03:04:07.000Z",
                                10,
                                "third",
                                ",\"_client\":{\"from\":\"198.51.100.9:50123\",\"at\":\"192.0.2.7:80\",\"connection\":3,\"request\":2,\"reused\":true}"))
                + "]}}";
        browser.script(
                "const files = new DataTransfer(); files.items.add(new File([arguments[0]], 'a.har'));"
                        + "const input = document.querySelector('#panel-live input[type=file]'); input.files = files.files; input.dispatchEvent(new Event('change'))",
                har);
        awaitRow("har=first");
        List<String> rows = browser.texts(".live tbody:not(.pending) .request");
        assertEquals(4, rows.size(), rows.toString());
        for (int i = 0; i < 4; i++) {
            String wanted =
                    List.of("har=now", "har=third", "har=second", "har=first").get(i);
            assertTrue(rows.get(i).contains(wanted), rows.toString());
        }
        List<String> from = browser.texts(".live tbody:not(.pending) td.from");
        assertEquals("198.51.100.9:50123", from.get(1));
        assertEquals("–", from.get(2));
        browser.click(".live .request button[title*='har=first']");
        browser.awaitText("#hops", "192.0.2.7");
        browser.awaitText("#hops", "connection 4711");
        browser.awaitText("#hops .node.app", "shop.example");
        assertEquals(List.of(), browser.texts("#hops .node.proxy"));
        browser.click("#hops [data-hop=app]");
        browser.awaitText("#hop-detail", "A HAR file does not say it");
        filter("har= host:shop.example:8443");
        browser.awaitText("#live-count", "3 of ");
        filter("har= from:198.51.100.9");
        browser.awaitText("#live-count", "1 of ");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void whatThisProxySavedIsOpenedWithTheClientsAddress() throws IOException {
        send("anything?saved=har");
        awaitRow("saved=har");
        String from = browser.texts(".live tbody:not(.pending) tr:first-child td.from")
                .get(0);
        filter("saved=har");
        browser.script(
                "return fetch('/_hops/exchanges.har?path=saved=har').then(r => r.text()).then(text => {"
                        + "const files = new DataTransfer(); files.items.add(new File([text], 'a.har'));"
                        + "const input = document.querySelector('#panel-live input[type=file]'); input.files = files.files; input.dispatchEvent(new Event('change')); })");
        browser.awaitText(".live tbody .number", "HAR 1");
        assertEquals(List.of(from, from), browser.texts(".live tbody:not(.pending) td.from"));
        browser.script(
                "[...document.querySelectorAll('.live tr')].find(r => r.textContent.includes('HAR 1')).querySelector('.request button').click()");
        browser.awaitText("#stage-said", "the app");
        browser.awaitText("#hops .node.proxy", "Proxy");
    }

    // ---- keys

    @Test
    void keysOfOneLetterAreTurnedOffForGood() {
        browser.script("document.body.focus()");
        browser.press("2");
        browser.awaitText("#tab-live[aria-selected=true]", "Live");
        browser.press("?");
        browser.awaitText("dialog", "Keys");
        browser.click("#keys-on");
        assertEquals(List.of(), browser.inaccessible());
        browser.click("dialog .buttons button:last-child");
        for (String key : List.of("5", "/", "j", "?")) {
            browser.press(key);
        }
        assertEquals("tab-live", browser.script("return document.querySelector('[role=tab][aria-selected=true]').id"));
        assertEquals(false, browser.script("return Boolean(document.querySelector('dialog[open]'))"));
        assertEquals("", browser.script("return document.querySelector('#live-filter').value"));
        open("#live");
        browser.press("5");
        assertEquals("tab-live", browser.script("return document.querySelector('[role=tab][aria-selected=true]').id"));
        browser.click("#help");
        browser.click("#keys-on");
        browser.click("dialog .buttons button:last-child");
        browser.press("3");
        browser.awaitText("[role=tab][aria-selected=true]", "Send");
    }
}
