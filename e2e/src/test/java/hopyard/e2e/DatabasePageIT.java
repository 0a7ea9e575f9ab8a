package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fourth hop on the page, with the real PostgreSQL of the playground: path, pool, queries, lesson, experiments. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DatabasePageIT {

    private static final int PROXY = Program.freePort();
    private static final int APP = Program.freePort();
    private static final int DB = Program.freePort();
    private static final String SITE = "http://localhost:" + PROXY;
    private static final String PAGE = SITE + "/_hops/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OkHttpClient CLIENT = new OkHttpClient();

    private static final int PATIENCE_SECONDS = 60;

    private static Program playground;
    private static Program database;
    private static Browser browser;

    @BeforeAll
    static void start() {
        Browser.require();
        playground = Program.playground(PROXY, APP, "--db-port=" + DB);
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(browser, playground, database);
        CLIENT.connectionPool().evictAll();
        CLIENT.dispatcher().executorService().shutdown();
    }

    @BeforeEach
    void begin() {
        browser.size(1400, 1000);
        browser.colours("light");
    }

    private static String get(String url, String name) throws IOException {
        try (Response response = CLIENT.newCall(new Request.Builder()
                        .url(url)
                        .header("Accept", "application/json")
                        .build())
                .execute()) {
            return name == null ? response.body().string() : response.header(name);
        }
    }

    private static JsonNode json(String url) throws IOException {
        return JSON.readTree(get(url, null));
    }

    /** Asks for the path through the proxy; returns what Hop-Trace says of the database, as the console has it. */
    private static JsonNode hopOf(String path) throws IOException {
        String requestId = get(SITE + path, "X-Request-ID");
        JsonNode exchange = json(PAGE + "exchanges/" + requestId + "?wait=3000");
        JsonNode hop = exchange.at("/hops/2");
        assertTrue(hop.has("database"), exchange.toPrettyString());
        browser.open(PAGE + "#live?x=" + exchange.get("id").asText());
        browser.awaitText("#stage-title", path);
        return hop;
    }

    private static String portOf(String address) {
        return address.substring(address.lastIndexOf(':'));
    }

    private static void assertFits(int width) {
        long wide = (Long) browser.script("return document.documentElement.scrollWidth");
        assertTrue(wide <= width, "the page is " + wide + " wide");
    }

    @Test
    @Order(1)
    void thePathHasFourBoxesAndBothRealPortsOfTheDatabasesConnection() throws IOException {
        JsonNode hop = hopOf("/notes");
        browser.await("#hops [data-hop=database]");
        assertEquals(4, browser.texts("#hops .box").size());
        assertEquals(":" + DB, portOf(hop.get("at").asText()));
        String wire = browser.text("#hops .wire:nth-last-child(2)");
        assertTrue(wire.contains(portOf(hop.get("from").asText())) && wire.contains(":" + DB), wire);
        assertTrue(wire.contains("1 query, ") && wire.contains("PostgreSQL"), wire);
        assertTrue(browser.text("#hops [data-hop=database]").contains("1 query, "));
        // the kernel has just that connection
        JsonNode sockets = json(PAGE + "sockets?port=" + DB).get("connections");
        assertTrue(
                StreamSupport.stream(sockets.spliterator(), false)
                        .anyMatch(each -> each.get("local")
                                .asText()
                                .equals(hop.get("from").asText())),
                sockets::toPrettyString);
    }

    @Test
    @Order(1)
    void anExchangeThatNeedsNoRowsSaysThatTheDatabaseWasNotAsked() throws IOException {
        String requestId = get(SITE + "/whoami", "X-Request-ID");
        JsonNode exchange = json(PAGE + "exchanges/" + requestId + "?wait=3000");
        browser.open(PAGE + "#live?x=" + exchange.get("id").asText());
        browser.awaitText("#hops [data-hop=database]", "not asked");
        browser.await("#hops .wire.idle");
    }

    @Test
    @Order(1)
    void itsDetailsHaveTheProcessTheClientsPortItsStateAndThePool() throws IOException {
        JsonNode hop = hopOf("/notes");
        browser.click("#hops [data-hop=database]");
        browser.awaitText("#hop-detail .backend-state", "idle");
        String pid = browser.text("#hop-detail .backend-pid");
        assertEquals(hop.at("/database/pid").asText(), pid);
        assertTrue(Files.readString(Path.of("/proc", pid, "cmdline")).contains("postgres"));
        browser.await("#hop-detail .place.mine[data-pid='" + pid + "']");
        assertTrue(browser.text("#hop-detail .place.mine")
                .contains(portOf(hop.get("from").asText())));
        int max = json(SITE + "/db").at("/pool/max").asInt();
        assertEquals(max, browser.texts("#hop-detail .place").size());
        browser.awaitText("#hop-detail .pool-said", "of at most " + max);
    }

    @Test
    @Order(1)
    void thePoolIsDrawnAsItIsNow() throws Exception {
        hopOf("/notes");
        browser.click("#hops [data-hop=database]");
        browser.await("#hop-detail .place.mine");
        Thread slow = new Thread(() -> {
            try {
                get("http://localhost:" + APP + "/notes/slow?seconds=5", null);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        slow.start();
        browser.await("#hop-detail .place.works");
        browser.awaitText("#hop-detail .pool-said", "1 connection busy");
        slow.join();
        browser.until(
                "the pool to be idle again",
                () -> browser.texts("#hop-detail .place.works").isEmpty());
    }

    @Test
    @Order(1)
    void theQueriesAreAWaterfallInsideTheAppsTime() throws IOException {
        JsonNode hop = hopOf("/notes/each");
        browser.click("#hops [data-hop=database]");
        browser.awaitText("#hop-detail .queries .about", "The whole width is the app’s");
        int queries = hop.at("/database/queries").asInt();
        assertTrue(queries > 10, hop.toPrettyString());
        assertEquals(queries, browser.texts("#hop-detail .queries i.p-database").size());
        Object outside = browser.script(
                "return [...document.querySelectorAll('#hop-detail .queries i')].filter(i => { const r = i.getBoundingClientRect(),"
                        + " t = i.parentElement.getBoundingClientRect(); return r.left < t.left - 1 || r.right > t.right + 3; }).length");
        assertEquals(0L, outside);
        String said = String.join("\n", browser.texts("#hop-detail .queries code"));
        assertTrue(said.toUpperCase().contains("SELECT") && !said.contains("traceparent"), said);
    }

    @Test
    @Order(1)
    void itFitsAndCanBeReadInLightAndDark() throws IOException {
        hopOf("/notes/each");
        browser.click("#hops [data-hop=database]");
        browser.await("#hop-detail .queries");
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            for (int width : List.of(1400, 400)) {
                browser.size(width, 1000);
                browser.await("#hop-detail .place.mine");
                assertFits(width);
                assertEquals(List.of(), browser.inaccessible(), colours + ", " + width);
                browser.screenshot("database-" + colours + "-" + width);
            }
        }
    }

    @Test
    @Order(1)
    void aTerminalDrawsTheSame() throws IOException {
        JsonNode hop = hopOf("/notes");
        JsonNode list = json(PAGE + "exchanges?path=/notes&limit=1");
        String drawn = get(PAGE + "exchanges/" + list.at("/exchanges/0/id").asText() + "?format=text", null);
        assertTrue(
                drawn.contains(hop.get("from").asText())
                        && drawn.contains("──►  " + hop.get("at").asText()),
                drawn);
        assertTrue(drawn.contains("postgres   1 query, "), drawn);
    }

    @ParameterizedTest
    @CsvSource({"house, 2", "services, 2"})
    @Order(1)
    void theLessonSaysWhereTheDatabaseReallyLives(String chapter, int choice) {
        browser.open(PAGE + "#lesson/" + chapter);
        browser.click("#chapter .predict .choice:nth-of-type(" + choice + ")");
        browser.click("#chapter .predict .primary");
        browser.awaitText(
                "#chapter .predict .evidence",
                "The app’s PostgreSQL lives in this house, in room " + DB + " (the usual one, 5432, is ");
        browser.screenshot("database-lesson-" + chapter);
    }

    private static String card(String id) {
        return "[id='experiment-" + id + "']";
    }

    private static void run(String id) {
        browser.open(PAGE + "#experiments/" + id);
        browser.await(card(id) + " .needs .ok");
        browser.click(card(id) + " [data-do=run]");
    }

    private static void assertAnswer(String id, String answer) throws IOException {
        Program.until(
                "the end of " + id,
                PATIENCE_SECONDS,
                () -> !List.of("ready", "running", "waiting").contains(browser.attribute(card(id), "data-state")));
        String said = String.join("\n", browser.texts(card(id) + " .result"));
        assertEquals("done", browser.attribute(card(id), "data-state"), said);
        assertEquals(answer, browser.attribute(card(id), "data-answer"), said);
        assertFalse(browser.texts(card(id) + " .figure").isEmpty());
        for (int width : List.of(400, 1400)) {
            browser.size(width, 1000);
            assertFits(width);
            browser.script(
                    "document.documentElement.style.scrollBehavior = 'auto'; document.querySelector(arguments[0]).scrollIntoView()",
                    card(id) + " .result");
            browser.screenshot("database-experiment-" + id + "-" + width);
        }
        assertEquals(List.of(), browser.inaccessible());
        assertFalse(json(PAGE + "config").get("edited").asBoolean());
    }

    @ParameterizedTest
    @CsvSource({
        "n-plus-one, many",
        "slow-query, goes",
        "pool-exhausted, 503",
        "row-lock, same",
        "open-connections, few",
        "too-many-clients, some",
        "localhost-5432, refused",
        "database-tls, plain",
    })
    @Order(2)
    void anExperimentNamesTheGuiltyOneRight(String id, String answer) throws IOException {
        run(id);
        assertAnswer(id, answer);
    }

    @Test
    @Order(3)
    void aRequestThatGotNoConnectionNamesThePoolOnThePath() throws IOException {
        run("pool-exhausted");
        assertAnswer("pool-exhausted", "503");
        browser.click(card("pool-exhausted") + " .lanes li:nth-child(2) [data-exchange]");
        browser.awaitText("#stage-said", "the app’s pool had no free connection within");
        browser.awaitText("#hops [data-hop=database]", "no connection was free");
        browser.await("#hops .wire.broken");
        browser.screenshot("database-pool-exhausted-path");
        browser.click(card("pool-exhausted") + " .lanes li:nth-child(3) [data-exchange]");
        browser.awaitText("#stage-title", "504");
        browser.awaitText("#stage-said", "the app’s pool had no free connection within");
    }

    @Test
    @Order(4)
    void aDeadDatabaseIsTheApps500AndTheCommandsToEndAndStartItAreReal() throws Exception {
        String id = "database-dead";
        run(id);
        String end = browser.awaitText(card(id) + " .by-hand pre", "kill -INT ");
        long pid = Long.parseLong(end.replaceAll("(?s).*kill -INT (\\d+).*", "$1"));
        assertTrue(Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                .contains("postgres"));
        browser.screenshot("database-by-hand");
        Program.signal(pid, "INT");
        browser.awaitText(card(id) + " .by-hand pre", "./playground --db-only --db-port " + DB);
        database = Program.start(Map.of(), "./playground", "--db-only", "--db-port", Integer.toString(DB));
        assertAnswer(id, "500");
        browser.script(
                "[...document.querySelectorAll(arguments[0])].find(e => e.textContent.includes('the list of notes')).querySelector('button').click()",
                card(id) + " .chain-label");
        browser.awaitText("#stage-said", "the app could not connect to PostgreSQL");
        browser.await("#hops .wire.broken");
        browser.screenshot("database-dead-path");
    }
}
