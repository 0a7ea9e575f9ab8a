package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lesson without the app: a chapter that needs it says so, and none says that it is there. */
class DeadAppLessonIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();

    private static Program playground;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        Browser.require();
        playground = Program.playground(PROXY, APP);
        Program.signal(playground.child("hopyard-backend.jar"), "KILL");
        playground.awaitOutput("the app has ended");
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(browser, playground);
    }

    /** Answers the chapter's first question; gives what is said then. */
    private static String evidence(String chapter) {
        browser.open("http://localhost:" + PROXY + "/_hops/#lesson/" + chapter);
        browser.click("#chapter .predict .choice");
        browser.click("#chapter .predict .primary");
        browser.until(
                "an answer",
                () -> !browser.texts("#chapter .predict .evidence > *").isEmpty()
                        && !browser.texts("#chapter .predict .evidence").get(0).startsWith("running"));
        return browser.texts("#chapter .predict .evidence").get(0);
    }

    @Test
    void theHouseHasNoRoomOfTheApps() {
        String said = evidence("house");
        assertTrue(said.contains("port " + PROXY + " belongs to the proxy"), said);
        assertFalse(said.contains(" " + APP), said);
        assertFalse(browser.texts("#chapter .room.app b").contains(Integer.toString(APP)));
    }

    @ParameterizedTest
    @CsvSource({"proxy", "headers"})
    void aChapterThatAsksTheAppSaysThatItIsNotThere(String chapter) {
        String said = evidence(chapter);
        assertTrue(said.contains("nobody listens: the app is not running") && said.contains("--app-port " + APP), said);
        assertEquals(List.of(), browser.texts("#chapter .predict .choice.right"));
    }

    @ParameterizedTest
    @CsvSource({"services", "listening", "reach", "ephemeral", "protocols", "docker"})
    void aChapterThatDoesWithoutTheAppIsAsItWas(String chapter) {
        evidence(chapter);
        assertEquals(List.of(), browser.texts("#chapter [role=alert]"));
        assertEquals(
                1,
                browser.texts("#chapter .predict:first-of-type .choice.right").size());
    }
}
