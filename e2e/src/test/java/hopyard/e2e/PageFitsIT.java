package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page fits its window: nothing to be scrolled sideways, tabs and path in sight, nothing that a screen reader
 * stumbles over.
 */
class PageFitsIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();
    private static final List<String> TABS =
            List.of("live", "lesson", "send", "compare", "load", "config", "ports", "experiments");

    private static Program playground;
    private static Browser browser;

    @BeforeAll
    static void start() {
        Browser.require();
        playground = Program.playground(PROXY, APP, "--tls-port=" + Program.freePort());
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(browser, playground);
    }

    @ParameterizedTest
    @CsvSource({
        "360, 740",
        "400, 800",
        "1280, 720",
        "1366, 768",
        "1440, 900",
        "2560, 1300",
    })
    void everyTabFitsInLightAndDark(int width, int height) {
        browser.size(width, height);
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            browser.complaints();
            browser.open("http://localhost:" + PROXY + "/");
            browser.await("#hops [data-hop=app]");
            browser.await("#status.on");
            for (String selector : List.of("#tabs a", "#hops > li", "#hops .box", "#hops .ends > span")) {
                Object outside = browser.script(
                        "return [...document.querySelectorAll(arguments[0])].map(e => [e.textContent, e.getBoundingClientRect()])"
                                + ".filter(([, r]) => r.width === 0 || r.left < -0.5 || r.right > innerWidth + 0.5 || r.bottom > innerHeight)"
                                + ".map(([text]) => text)",
                        selector);
                assertEquals(List.of(), outside, selector + " in sight at load");
            }
            List<String> found = new ArrayList<>();
            for (String tab : TABS) {
                browser.click("#tab-" + tab);
                browser.await("#panel-" + tab);
                if (tab.equals("config")) {
                    browser.await(".CodeMirror");
                }
                long wide = (Long) browser.script("return document.documentElement.scrollWidth");
                assertTrue(wide <= width, tab + " is " + wide + " wide");
                found.addAll(browser.inaccessible().stream()
                        .map(each -> tab + ": " + each)
                        .toList());
            }
            assertEquals(List.of(), found, colours);
            browser.click("#tab-live");
            browser.click("#panel-live tbody .request button");
            browser.click("#hops [data-hop=proxy]");
            browser.await("#hop-detail .detail");
            long wide = (Long) browser.script("return document.documentElement.scrollWidth");
            assertTrue(wide <= width, "with a hop's details it is " + wide + " wide");
            assertEquals(List.of(), browser.inaccessible(), "a hop's details, " + colours);
            browser.script("scrollTo(0, 0)");
            browser.screenshot("page-" + colours + "-" + width);
            assertEquals(List.of(), browser.complaints());
        }
    }
}
