package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/**
 * The page by keyboard alone, in a real Chromium: nothing is clicked, and no script acts; scripts only look where the
 * focus is.
 */
class KeyboardIT {

    private static final int MAX_STOPS = 120;

    /** Whether one sees where the focus is; of the editor it is the box around it that shows it. */
    private static final String OUTLINED = """
            const a = document.activeElement;
            const s = getComputedStyle(a.closest('.CodeMirror-focused') ?? a);
            return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
            """;

    private final int proxyPort = Program.freePort();
    private final int appPort = Program.freePort();
    private final OkHttpClient client = new OkHttpClient();
    private Program playground;
    private Program app;
    private Browser browser;

    @BeforeEach
    void start() {
        Browser.require();
        playground = Program.playground(proxyPort, appPort);
        browser = new Browser();
        browser.size(1280, 900);
    }

    @AfterEach
    void stop() {
        Program.closeAll(browser, app, playground);
        client.connectionPool().evictAll();
    }

    private void open(String place) {
        browser.open("http://localhost:" + proxyPort + "/_hops/#" + place);
        browser.await("#panel-" + place);
    }

    private String get(String path) throws IOException {
        try (Response response = client.newCall(new Request.Builder()
                        .url("http://localhost:" + proxyPort + path)
                        .build())
                .execute()) {
            return response.body().string();
        }
    }

    private boolean isAt(String selector) {
        return browser.isFocused(selector);
    }

    private boolean isAtText(String text) {
        return (Boolean) browser.script(
                "const a = document.activeElement; return a !== document.body && (a.innerText ?? '').trim().startsWith(arguments[0])",
                text);
    }

    private void assertFocused(String when) {
        String focus = browser.focused();
        assertTrue(!focus.isEmpty(), "nothing has the focus " + when);
        assertTrue((Boolean) browser.script(OUTLINED), "no outline on " + focus + " " + when);
    }

    private interface Goal {
        boolean isReached();
    }

    /** Goes by Tab, or by Shift and Tab, until it is there; at each stop one sees where one is. */
    private void tab(String what, boolean back, Goal goal) {
        StringBuilder way = new StringBuilder();
        for (int i = 0; i < MAX_STOPS; i++) {
            if (goal.isReached()) {
                return;
            }
            if (back) {
                browser.pressWith(Keys.SHIFT, Keys.TAB);
            } else {
                browser.press(Keys.TAB);
            }
            String focus = browser.focused();
            way.append('\n').append(focus);
            // once round: the browser's own bar has it for a moment
            if (!focus.isEmpty()) {
                assertTrue((Boolean) browser.script(OUTLINED), "no outline on " + focus);
            }
        }
        throw new AssertionError("Tab does not lead to " + what + ":" + way);
    }

    private void tabTo(String selector) {
        tab(selector, false, () -> isAt(selector));
    }

    private void tabToText(String text) {
        tab("\"" + text + "\"", false, () -> isAtText(text));
    }

    /** Presses what has the focus, and looks where the focus is then. */
    private void enter() {
        String before = browser.focused();
        browser.press(Keys.ENTER);
        settled("after Enter on " + before);
    }

    /** The page has had time to take away what was pressed; what it puts there takes the focus. */
    private void settled(String when) {
        browser.script("return new Promise(done => requestAnimationFrame(() => setTimeout(done, 150)))");
        browser.until(
                "something to have the focus " + when, () -> !browser.focused().isEmpty());
        assertFocused(when);
    }

    /** From anywhere to a tab of the bar: the skip link's neighbours are the first things that there are. */
    private void goTo(String name) {
        tab("the tabs", true, () -> isAt("[role=tab]"));
        for (int i = 0; i < 8 && !isAt("#tab-" + name); i++) {
            browser.press(Keys.ARROW_RIGHT);
            assertFocused("in the bar");
        }
        browser.awaitFocus("#tab-" + name);
        browser.await("#panel-" + name);
    }

    @Test
    void theTourFromTheFirstVisitToItsEnd() throws Exception {
        open("live");
        browser.awaitText("#tour", "New here?");
        tabToText("Start the tour");
        enter();
        browser.awaitText("#tour", "1 of 5");

        tabToText("Open Send");
        enter();
        browser.await("#panel-send");
        tabToText("Send");
        tab("the form's Send", false, () -> isAt("#send-form button"));
        enter();
        browser.awaitText("#tour .good", "where the proxy listens");
        browser.awaitFocus("#send-form button");

        tab("the tour", true, () -> isAtText("Next"));
        enter();
        browser.awaitText("#tour", "2 of 5: Take the app away");
        Program.signal(playground.child("hopyard-backend.jar"), "TERM");
        Program.until("the app to be gone", () -> !Program.answers(appPort));
        tabTo("#send-form button");
        enter();
        browser.awaitText("#tour .good", "The proxy answered 502 by itself");
        app = Program.start(Map.of(), "./playground", "--app-only", "--app-port", "" + appPort);
        Program.until("the app to be back", () -> Program.answers(appPort));
        tab("the tour", true, () -> isAtText("Next"));
        enter();

        browser.awaitText("#tour", "3 of 5: Change a line");
        changeALine("We are $hostname");
        browser.awaitText("#tour .good", "The proxy runs what you wrote");
        assertTrue(get("/proxy-says").startsWith("We are "));
        browser.awaitFocus("#keep");
        enter();
        browser.awaitEquals(List.of(""), () -> browser.texts("#trial"));
        settled("after the changes are kept");
        tab("the tour", true, () -> isAtText("Next"));
        enter();

        browser.awaitText("#tour", "4 of 5: Compare");
        tabToText("Open Compare");
        enter();
        tab("the form's Compare", false, () -> isAt("#panel-compare form button.primary"));
        enter();
        browser.awaitText("#tour .good", "second hop");
        settled("after Compare");
        tab("the tour", true, () -> isAtText("Next"));
        enter();

        browser.awaitText("#tour", "5 of 5: Put it under load");
        tabToText("Open Load");
        enter();
        tab("the form's Start", false, () -> isAt("#panel-load form button.primary"));
        enter();
        browser.awaitText("#tour .good", "requests so far");
        settled("after Start");
        tab("the tour", true, () -> isAtText("Finish"));
        enter();
        browser.await("#panel-lesson");
        browser.awaitEquals(List.of(""), () -> browser.texts("#tour"));
    }

    /** Reaches the editor, replaces what the proxy says by itself, leaves the editor by Tab, and has it applied. */
    private void changeALine(String text) {
        goTo("config");
        browser.awaitEquals(
                true,
                () -> browser.script("return document.querySelector('.CodeMirror')?.CodeMirror.getValue()"
                        + ".includes('I am $hostname')"));
        tab("the editor", false, () -> isAt(".CodeMirror-code"));
        browser.pressWith(Keys.CONTROL, "f");
        browser.await(".CodeMirror-dialog input");
        assertFocused("in the search");
        browser.press("I am $hostname", Keys.ENTER);
        browser.awaitFocus(".CodeMirror-code");
        browser.press(text);
        browser.press(Keys.TAB);
        assertTrue(!isAt(".CodeMirror-code"), "Tab leaves the editor");
        tab("Apply", true, () -> isAt("#config-apply"));
        enter();
        browser.awaitFocus("#apply-now");
        enter();
    }

    @Test
    void anExperimentIsChosenPredictedRunAndRead() {
        open("experiments");
        tab("the list", false, () -> isAt(".index [data-id=which-location]"));
        browser.press(Keys.ENTER);
        String card = "#experiment-which-location ";
        browser.await(card);
        settled("after the choice");
        tab("the prediction", false, () -> isAt(card + ".guess input"));
        browser.press(Keys.ARROW_DOWN);
        assertFocused("in the prediction");
        tab("Run", false, () -> isAt(card + "[data-do=run]"));
        browser.press(Keys.ENTER);
        browser.awaitText(card + ".verdict", "As you predicted: the regular expression");
        settled("after the run");
        browser.awaitFocus(card + "[data-do=run]");
        // and on to what came of it
        tab("the first of its hops", false, () -> isAt(card + ".figure button"));
        enter();
        browser.awaitText("#stage-title", "/experiment/img/");
    }

    @Test
    void theKeysAreOnASheetAndDoWhatItSays() throws IOException {
        for (int i = 1; i <= 3; i++) {
            get("/anything?number=" + i);
        }
        open("live");
        browser.press("?");
        browser.awaitText("dialog", "next exchange (older)");
        assertFocused("in the sheet");
        browser.press(Keys.ESCAPE);
        browser.until(
                "the sheet to be closed", () -> browser.texts("dialog[open]").isEmpty());
        browser.awaitText("#stage-title", "/anything?number=3");
        browser.awaitText("table.live tbody", "/anything?number=1");
        browser.press("jj");
        browser.awaitText("#stage-title", "/anything?number=1");
        browser.press("k");
        browser.awaitText("#stage-title", "/anything?number=2");
        browser.press("/");
        browser.awaitFocus("#live-filter");
        assertFocused("in the filter");
        browser.press("number=2");
        browser.awaitEquals(1, () -> browser.texts("table.live [data-id]").size());
        assertTrue(isAt("#panel-live input"));
        browser.press(Keys.TAB);
        browser.press("6");
        browser.await("#panel-config");
        settled("after another tab was chosen by its key");
    }
}
