package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openqa.selenium.Keys;

/** The experiments of the page in a real Chromium: alone, two at once, stopped, by keyboard, and with the app dead. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ExperimentsIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();
    private static final String PAGE = "http://localhost:" + PROXY + "/_hops/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OkHttpClient CLIENT = new OkHttpClient();

    private static final int PATIENCE_SECONDS = 30;

    private static final Set<String> ENDS = Set.of("done", "unmeasured", "cannot", "stopped", "failed");

    /** What comes of each here, where both programs share one machine. A new experiment needs a line. */
    private static final Map<String, String> ANSWERS = new TreeMap<>(Map.ofEntries(
            Map.entry("whose-ip", "proxy"),
            Map.entry("spoofed-xff", "lie"),
            Map.entry("real-ip", "front"),
            Map.entry("allowed-hosts", "upstream"),
            Map.entry("https-behind-proxy", "header"),
            Map.entry("csrf-origin", "https"),
            Map.entry("redirect-loop", "loop"),
            Map.entry("redirect-port", "whole"),
            Map.entry("add-header-inherit", "own"),
            Map.entry("cors", "refuses"),
            Map.entry("trailing-slash", "/anything/shoes"),
            Map.entry("static-files", "never"),
            Map.entry("which-location", "regex"),
            Map.entry("sub-path", "outside"),
            Map.entry("encoded-slash", "none"),
            Map.entry("buffered-events", "end"),
            Map.entry("slow-client", "short"),
            Map.entry("websocket-idle", "closed"),
            Map.entry("gzip-who", "proxy"),
            Map.entry("listens-on-loopback", "refused"),
            Map.entry("address-in-use", "EADDRINUSE"),
            Map.entry("websocket", "plain"),
            Map.entry("upstream-keepalive", "few"),
            Map.entry("localhost-v6", "refused"),
            Map.entry("502-504", "504"),
            Map.entry("too-large", "proxy"),
            Map.entry("too-big-header", "502"),
            Map.entry("idle-close", "differ"),
            Map.entry("host-not-found", "refuses"),
            Map.entry("expose-publish", "refused"),
            Map.entry("localhost-inside", "502"),
            Map.entry("load-balancing", "none"),
            Map.entry("post-twice", "1"),
            Map.entry("rate-limit", "4"),
            Map.entry("cache", "stale"),
            Map.entry("container-restart", "old"),
            Map.entry("ephemeral-ports", "second"),
            Map.entry("upload-stored", "end"),
            Map.entry("https-redirect", "all"),
            Map.entry("proto-for-real", "each"),
            Map.entry("wrong-name", "nothing"),
            Map.entry("expired", "clients"),
            Map.entry("sni", "first"),
            Map.entry("client-certificate", "400"),
            Map.entry("resumption", "certificate"),
            Map.entry("plain-to-https", "400"),
            // the page is opened by http
            Map.entry("six-or-one", "few"),
            Map.entry("re-encrypt", "takes"),
            Map.entry("localhost-5432", "refused"),
            Map.entry("passthrough", "name")));

    /** These need a database, which is not here: DatabasePageIT has one. */
    private static final Set<String> NEED_DATABASE = Set.of(
            "n-plus-one",
            "slow-query",
            "pool-exhausted",
            "row-lock",
            "open-connections",
            "too-many-clients",
            "database-dead",
            "database-tls");

    /** What it needs may not be there: IPv6. Then it says so. */
    private static final Set<String> MAY_BE_UNMEASURED = Set.of("localhost-v6");

    private static Program playground;
    private static Browser browser;
    private static String configuration;

    @BeforeAll
    static void start() throws IOException {
        Browser.require();
        playground = Program.playground(PROXY, APP);
        browser = new Browser();
        configuration = console("config").at("/files/0/text").asText();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(playground, browser);
        CLIENT.connectionPool().evictAll();
        CLIENT.dispatcher().executorService().shutdown();
    }

    @BeforeEach
    void begin() {
        browser.size(1280, 900);
        browser.complaints();
    }

    private static JsonNode console(String path) throws IOException {
        return ask(new Request.Builder().url(PAGE + path).build());
    }

    private static JsonNode post(String path, String json) throws IOException {
        return ask(new Request.Builder()
                .url(PAGE + path)
                .post(RequestBody.create(json, MediaType.get("application/json")))
                .build());
    }

    private static JsonNode ask(Request request) throws IOException {
        try (Response response = CLIENT.newCall(request.newBuilder()
                        .header("Accept", "application/json")
                        .build())
                .execute()) {
            return JSON.readTree(response.body().string());
        }
    }

    private static String card(String id) {
        // some ids begin with a digit
        return "[id='experiment-" + id + "']";
    }

    private static void open(String id) {
        browser.open(PAGE + "#experiments/" + id);
        browser.await(card(id));
    }

    private static String state(String id) {
        return browser.attribute(card(id), "data-state");
    }

    private static String answer(String id) {
        return browser.attribute(card(id), "data-answer");
    }

    private static String run(String id) {
        browser.click(card(id) + " [data-do=run]");
        return end(id);
    }

    private static String end(String id) {
        Program.until("the end of " + id, PATIENCE_SECONDS, () -> ENDS.contains(state(id)));
        return state(id);
    }

    private static String said(String id) {
        return String.join("\n", browser.texts(card(id) + " .result"));
    }

    private static void assertAllIsBack() throws IOException {
        JsonNode config = console("config");
        assertFalse(config.get("edited").asBoolean());
        assertFalse(config.has("lock"), config.toString());
        assertEquals(configuration, config.at("/files/0/text").asText());
        assertEquals(0, console("doors").get("doors").size());
    }

    static List<String> ids() {
        return new ArrayList<>(ANSWERS.keySet());
    }

    @Test
    @Order(1)
    @SuppressWarnings("unchecked")
    void eachOfTheListIsTestedHere() {
        open("whose-ip");
        assertEquals(
                Stream.concat(ids().stream(), NEED_DATABASE.stream()).sorted().toList(),
                ((List<String>) browser.script(
                                "return [...document.querySelectorAll('.index a')].map(a => a.dataset.id)"))
                        .stream().sorted().toList());
    }

    @ParameterizedTest
    @MethodSource("ids")
    @Order(2)
    void anExperimentMeasuresDrawsAndPutsBack(String id) throws IOException {
        open(id);
        browser.awaitEquals("ready", () -> state(id));
        assertTrue(browser.texts(card(id) + " .steps li").size() >= 1);
        int guesses = browser.texts(card(id) + " .guess label").size();
        assertTrue(guesses >= 2 && guesses <= 4);
        String state = run(id);
        if (!state.equals("unmeasured") || !MAY_BE_UNMEASURED.contains(id)) {
            assertEquals("done", state, said(id));
            assertEquals(ANSWERS.get(id), answer(id), said(id));
        }
        if (state.equals("done")) {
            assertFalse(browser.texts(card(id) + " .figure").isEmpty());
            // what is drawn says itself to who does not see it
            assertEquals(
                    List.of(),
                    browser.script(
                            "return [...document.querySelectorAll('.figure [role=img]:not([aria-label])')].length"
                                    + " ? ['unnamed'] : []"));
        }
        for (int width : List.of(360, 2560)) {
            browser.size(width, 900);
            long wide = (Long) browser.script("return document.documentElement.scrollWidth");
            assertTrue(wide <= width, id + " is " + wide + " wide");
        }
        browser.size(1280, 900);
        browser.await(card(id) + " .result");
        browser.script(
                "document.documentElement.style.scrollBehavior = 'auto'; document.querySelector(arguments[0]).scrollIntoView()",
                card(id) + " .result");
        browser.screenshot("experiment-" + id);
        assertAllIsBack();
    }

    static Set<String> needDatabase() {
        return NEED_DATABASE;
    }

    @ParameterizedTest
    @MethodSource("needDatabase")
    @Order(3)
    void withoutADatabaseAnExperimentThatNeedsOneSaysSo(String id) throws IOException {
        open(id);
        assertEquals("cannot", run(id), said(id));
        assertTrue(said(id).contains("the app has no database: "), said(id));
        assertEquals(List.of(), browser.texts(card(id) + " :is(.figure, .verdict)"));
        assertAllIsBack();
    }

    @Test
    @Order(3)
    void aSecondOneInAnotherTabWaitsForTheFirstAndBothAreRight() throws IOException {
        open("slow-client");
        String first = browser.tab();
        browser.openTab();
        open("trailing-slash");
        String second = browser.tab();
        browser.toTab(first);
        browser.click(card("slow-client") + " [data-do=run]");
        browser.until("the first to run", () -> said(first, "slow-client").contains("Running"));
        browser.toTab(second);
        browser.click(card("trailing-slash") + " [data-do=run]");
        browser.awaitText(
                card("trailing-slash") + " .state",
                "Waits for “What does a slow client cost the app?”, which runs now.");
        browser.awaitEquals("waiting", () -> state("trailing-slash"));
        assertEquals("done", end("trailing-slash"), said("trailing-slash"));
        assertEquals("/anything/shoes", answer("trailing-slash"));
        browser.closeTab();
        browser.toTab(first);
        assertEquals("done", end("slow-client"), said("slow-client"));
        assertEquals("short", answer("slow-client"));
        assertAllIsBack();
    }

    private static String said(String tab, String id) {
        browser.toTab(tab);
        return String.join("", browser.texts(card(id) + " .state"));
    }

    @Test
    @Order(3)
    void whoHasTheConfigurationElsewhereIsWaitedFor() throws IOException {
        String token = post("config/lock", "{\"name\": \"somebody at a terminal\", \"seconds\": 60}")
                .get("token")
                .asText();
        open("trailing-slash");
        browser.click(card("trailing-slash") + " [data-do=run]");
        browser.awaitText(card("trailing-slash") + " .state", "Waits for “somebody at a terminal”");
        ask(new Request.Builder()
                .url(PAGE + "config/lock?token=" + token)
                .delete()
                .build());
        assertEquals("done", end("trailing-slash"), said("trailing-slash"));
        assertAllIsBack();
    }

    @Test
    @Order(3)
    void aStoppedOneSaysSoAndPutsBack() throws IOException {
        open("slow-client");
        browser.click(card("slow-client") + " [data-do=run]");
        browser.awaitText(card("slow-client") + " .state", "the slow client reads");
        browser.click(card("slow-client") + " [data-do=stop]");
        assertEquals("stopped", end("slow-client"));
        assertEquals("", said("slow-client"));
        assertAllIsBack();
        browser.click(card("slow-client") + " [data-do=reset]");
        browser.awaitEquals("ready", () -> state("slow-client"));
    }

    @Test
    @Order(3)
    void aPageThatIsLeftInTheMiddlePutsBack() throws IOException {
        open("slow-client");
        browser.click(card("slow-client") + " [data-do=run]");
        browser.awaitText(card("slow-client") + " .state", "the slow client reads");
        assertTrue(console("config").get("edited").asBoolean());
        browser.open("about:blank");
        Program.until("the configuration to come back", 10, () -> {
            JsonNode config = console("config");
            return !config.get("edited").asBoolean() && !config.has("lock");
        });
        assertAllIsBack();
    }

    @Test
    @Order(3)
    void oneIsDoneByKeyboardAndRemembersHowItCameOut() {
        open("trailing-slash");
        browser.await(card("trailing-slash") + " .needs .ok");
        browser.pressOn(card("trailing-slash") + " .guess input", Keys.ARROW_DOWN);
        browser.press(Keys.TAB);
        browser.awaitFocus("[data-do=run]");
        assertTrue(browser.text(":focus").startsWith("Run"), browser.focused());
        browser.press(Keys.ENTER);
        assertEquals("done", end("trailing-slash"));
        browser.awaitText(card("trailing-slash") + " .verdict", "As you predicted: /anything/shoes");
        browser.awaitFocus("[data-do=run]");
        assertEquals("right", browser.attribute(".index [data-id=trailing-slash]", "data-mark"));
        // the exchange goes on the path on top, and the card stays
        browser.press(Keys.TAB, Keys.TAB);
        browser.press(Keys.ENTER);
        browser.awaitText("#stage-title", "/experiment/kept/anything/shoes");
        browser.await(card("trailing-slash") + " .cuts");
        browser.click(".index [data-id=whose-ip]");
        browser.await(card("whose-ip"));
        browser.script("history.back()");
        browser.await(card("trailing-slash") + " .cuts");
        browser.pressOn(card("trailing-slash") + " [data-do=reset]", Keys.ENTER);
        browser.awaitEquals("ready", () -> state("trailing-slash"));
        assertEquals("", browser.attribute(".index [data-id=trailing-slash]", "data-mark"));
    }

    @Test
    @Order(4)
    void anAppThatDiesInTheMiddleLeavesNoFigures() throws Exception {
        open("slow-client");
        browser.click(card("slow-client") + " [data-do=run]");
        browser.awaitText(card("slow-client") + " .state", "the slow client reads");
        Program.signal(playground.child("hopyard-backend.jar"), "KILL");
        assertEquals("unmeasured", end("slow-client"), said("slow-client"));
        assertEquals(List.of(), browser.texts(card("slow-client") + " .figure"));
        assertAllIsBack();
    }

    @Test
    @Order(5)
    void withTheAppDeadEachSaysSoAndShowsNothingElse() throws IOException {
        open("whose-ip");
        for (String id : ids()) {
            browser.script("location.hash = 'experiments/' + arguments[0]", id);
            browser.await(card(id));
            String state = run(id);
            String said = said(id);
            if (state.equals("done")) {
                // it needs no app, and what it says is as true as before
                assertEquals(ANSWERS.get(id), answer(id), id + ": " + said);
                continue;
            }
            if (!state.equals("unmeasured") || !MAY_BE_UNMEASURED.contains(id)) {
                assertEquals("cannot", state, id + ": " + said);
                assertTrue(said.contains("the app does not answer at 127.0.0.1:" + APP), id + ": " + said);
            }
            assertEquals(List.of(), browser.texts(card(id) + " :is(.figure, .verdict)"), id);
        }
        assertAllIsBack();
    }
}
