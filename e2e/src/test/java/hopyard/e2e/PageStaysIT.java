package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The page stays: without the app, over a restart of the proxy, in many tabs, and after a configuration that locks it
 * out.
 */
class PageStaysIT {

    private static final List<String> TABS =
            List.of("lesson", "live", "send", "compare", "load", "config", "ports", "experiments");

    private final int proxyPort = Program.freePort();
    private final int appPort = Program.freePort();
    private final String page = "http://localhost:" + proxyPort + "/";
    private final OkHttpClient client = new OkHttpClient();
    private Program playground;
    private Browser browser;

    @BeforeEach
    void start() {
        Browser.require();
        playground = Program.playground(proxyPort, appPort);
        browser = new Browser();
    }

    @AfterEach
    void stop() {
        Program.closeAll(browser, playground);
    }

    private void get(String path) throws IOException {
        try (Response response =
                client.newCall(new Request.Builder().url(page + path).build()).execute()) {
            response.body().bytes();
        }
    }

    @Test
    void withoutTheAppLocalhostEndsInTheInstrumentWhichSaysWhatIsDead() throws Exception {
        Program.signal(playground.child("hopyard-backend.jar"), "KILL");
        playground.awaitOutput("the app has ended");
        browser.open(page);
        browser.awaitText("#stage-title", "GET / 502");
        browser.awaitText("#stage-said", "nothing accepts at 127.0.0.1:" + appPort + ": is the app running?");
        browser.awaitText("#hops .node.app", "not reached");
        for (String tab : TABS) {
            browser.click("#tab-" + tab);
            browser.await("#panel-" + tab + " :is(h2, h3, p, form, table)");
            assertEquals(List.of(), browser.texts("#panel-" + tab + " [role=alert]"), tab);
        }
        browser.click("#tab-send");
        browser.click("#send-form .primary");
        browser.awaitText("#panel-send .card[data-way=direct]", "refused");
        browser.awaitText("#panel-send .card[data-way=proxied]", "502");
        browser.click("#tab-compare");
        browser.click("#panel-compare .primary");
        browser.awaitText("#compare-says", "not comparable");
        assertEquals(List.of(), browser.texts("#added-p50"));
        assertEquals(List.of(), browser.inaccessible());
    }

    @Test
    void eightTabsAreAllLive() throws IOException {
        browser.open(page);
        for (int i = 1; i < 8; i++) {
            browser.openTab();
            browser.open(page);
        }
        for (String tab : browser.tabs()) {
            browser.toTab(tab);
            browser.await("#status.on");
        }
        get("whoami?all=tabs");
        for (String tab : browser.tabs()) {
            browser.toTab(tab);
            browser.awaitText("#panel-live .request", "/whoami?all=tabs");
        }
    }

    @Test
    void afterARestartOfTheProxyAllExchangesAppearAndNoneIsMixedUp() throws Exception {
        for (int i = 0; i < 10; i++) {
            get("whoami?before=" + i);
        }
        browser.open(page);
        browser.awaitText("#panel-live .request", "/whoami?before=9");
        playground.close();
        browser.await("#status.off");
        playground = Program.playground(proxyPort, appPort);
        browser.await("#status.on");
        for (int i = 0; i < 20; i++) {
            get("whoami?after=" + i);
        }
        browser.type("#panel-live input[type=search]", "after=");
        browser.awaitText("#live-count", "20 of ");
        browser.type("#panel-live input[type=search]", "/whoami");
        browser.until(
                "all rows", () -> browser.texts("#panel-live tbody .request").size() >= 30);
        @SuppressWarnings("unchecked")
        List<String> all = (List<String>)
                browser.script("return [...document.querySelectorAll('#panel-live tbody tr')].map(r => r.dataset.id)");
        assertEquals(all.size(), new HashSet<>(all).size());
        browser.type("#panel-live input[type=search]", "before=3");
        browser.awaitText("#live-count", "1 of ");
        browser.click("#panel-live tbody .request button[title*='before=3']");
        browser.awaitText("#stage-title", "GET /whoami?before=3 200");
        browser.awaitText("#stage-said", "the app at 127.0.0.1:" + appPort + " answered 200");
    }

    @Test
    void aConfigurationThatLocksThePageOutGoesBackByItself() throws Exception {
        browser.open(page + "#config");
        browser.await(".CodeMirror");
        // the file comes after the editor
        browser.awaitEquals(
                true,
                () -> browser.script(
                        "const cm = document.querySelector('.CodeMirror').CodeMirror; const text = cm.getValue();"
                                + "const is = text.includes('allow 127.0.0.1;');"
                                + "if (is) { cm.setValue(text.replace('allow 127.0.0.1;', '').replace('allow ::1;', '')); } return is"));
        browser.click("#config-apply");
        browser.awaitText("#config-said .warning", "after this");
        browser.click("#apply-now");
        Program.until("the console to refuse", 20, () -> status("_hops/stats") == 403);
        Program.until("the console to answer again", 50, () -> status("_hops/stats") == 200);
        browser.await("#status.on");
        browser.awaitEquals(List.of(""), () -> browser.texts("#edited"));
        browser.awaitText("#panel-config .tools", "Test");
    }

    private int status(String path) throws IOException {
        try (Response response =
                client.newCall(new Request.Builder().url(page + path).build()).execute()) {
            return response.code();
        }
    }
}
