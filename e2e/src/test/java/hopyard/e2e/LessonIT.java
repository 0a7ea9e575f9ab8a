package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lesson's chapters: each picture is of this machine, and each prediction is decided by what was measured. */
class LessonIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();

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
        Program.closeAll(browser, playground);
    }

    /** The number of the answer that is right for each of a chapter's predictions. */
    @ParameterizedTest
    @CsvSource({
        "house, 1",
        "services, 1",
        "listening, 1",
        "reach, 1",
        "ephemeral, 1",
        "protocols, 1 0",
        "proxy, 2",
        "headers, 1",
        "docker, 1",
    })
    void aChapterIsRightAboutThisMachine(String chapter, String right) {
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            browser.open("http://localhost:" + PROXY + "/_hops/#lesson/" + chapter);
            browser.await("#chapter .predict");
            List<String> answers = List.of(right.split(" "));
            for (int i = 0; i < answers.size(); i++) {
                int asked = i;
                browser.awaitEquals(
                        true,
                        () -> browser.script(
                                "const form = document.querySelectorAll('#chapter .predict')[arguments[0]];"
                                        + " if (form) { form.id = 'asked'; } return Boolean(form)",
                                asked));
                browser.click("#asked .choice:nth-of-type(1)");
                browser.click("#asked .primary");
                browser.await("#asked .choice:nth-of-type(" + (Integer.parseInt(answers.get(i)) + 1) + ").right");
                assertFalse(browser.text("#asked .evidence").isEmpty(), chapter);
                browser.script("document.querySelector('#asked').id = ''");
            }
            assertEquals(List.of(), browser.texts("#chapter [role=alert]"));
            assertEquals(List.of(), browser.inaccessible(), chapter + ", " + colours);
            browser.screenshot("lesson-" + chapter + "-" + colours);
        }
        browser.colours("light");
    }

    @Test
    void listeningIsDoneStepByStepAndTheKernelShowsIt() {
        browser.open("http://localhost:" + PROXY + "/_hops/#lesson/listening");
        for (String step : List.of("socket", "bind", "listen", "connect", "accept")) {
            browser.click("#chapter [data-step=" + step + "] button");
            browser.await("#step-said.good");
            browser.await("#chapter [data-step=" + step + "].past");
        }
        browser.awaitText("#chapter .kernel", "accepted");
        browser.click("#chapter [data-step=close] button");
        browser.awaitText("#step-said", "closed port");
    }
}
