package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page shows of contents, of messages, and of requests that have not ended. */
class InspectorIT {

    private static final int PROXY_PORT = Program.freePort();
    private static final String PAGE = "http://localhost:" + PROXY_PORT + "/";

    @TempDir
    private static Path directory;

    private static Program playground;
    private static Browser browser;

    private final OkHttpClient client = new OkHttpClient();

    @BeforeAll
    static void start() throws IOException {
        Browser.require();
        String conf = Program.shippedConf(
                directory,
                text -> text.replace("hop_trace on;", "hop_trace on; hop_bodies 64k;")
                        .replace(
                                "        location / {",
                                "location = /whoami { hop_bodies 0; proxy_pass http://app; }\nlocation / {"));
        playground = Program.playground(PROXY_PORT, Program.freePort(), "--conf", conf);
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        Program.closeAll(browser, playground);
    }

    @BeforeEach
    void open() {
        browser.size(1400, 1000);
        browser.colours("light");
        browser.open(PAGE + "#live");
        browser.await("#status.on");
    }

    private static void assertAccessible() {
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            assertEquals(List.of(), browser.inaccessible(), colours);
        }
    }

    private void send(Request.Builder request) throws IOException {
        try (Response response = client.newCall(request.build()).execute()) {
            response.body().bytes();
        }
    }

    private Request.Builder to(String path) {
        return new Request.Builder().url(PAGE + path);
    }

    private void pick(String target) {
        browser.awaitText("#panel-live tbody:not(.pending) .request", target);
        browser.click("#panel-live tbody:not(.pending) .request button[title*='" + target + "']");
        browser.awaitText("#stage-title", target);
        if (browser.texts("#hop-content").isEmpty()) {
            browser.click("#hops [data-hop=proxy]");
        }
        if (browser.texts("#hop-content[aria-pressed=true]").isEmpty()) {
            browser.click("#hop-content");
        }
    }

    @Test
    void keptContentsAndMessagesAreShown() throws Exception {
        String json = "{\"colour\":\"green\",\"password\":\"correct horse\"}";
        send(to("anything?one").post(RequestBody.create(json, MediaType.get("application/json"))));
        pick("/anything?one");
        String shown = browser.awaitText("#hop-detail pre", "\"colour\": \"green\"");
        assertTrue(shown.contains("[redacted:13]"), shown);
        assertFalse(browser.text("#hop-detail").contains("correct horse"));
        // it stays where it was
        browser.awaitFocus("#hop-content");
        assertAccessible();
        browser.screenshot("inspector-content");
        send(to("sse?count=3&interval=0.05"));
        pick("/sse");
        browser.awaitText("#hop-detail .messages", "data: ");
        browser.awaitText("#hop-detail h3", "messages");
        assertAccessible();
        browser.size(360, 800);
        assertEquals(true, browser.script("return document.documentElement.scrollWidth <= innerWidth"));
        browser.screenshot("inspector-messages-360");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void whatIsNotKeptSaysWhatKeepsIt() throws Exception {
        send(to("whoami?two"));
        pick("/whoami?two");
        browser.awaitText("#hop-detail", "hop_bodies 64k;");
        browser.click("#hop-detail section button");
        browser.await("#tab-config[aria-selected=true]");
    }

    @Test
    void aRequestUnderWayIsOnTopOfTheTableUntilItEnds() throws Exception {
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
            try {
                send(to("delay/4?three"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        browser.awaitText("#panel-live .pending .request", "/delay/4?three");
        browser.awaitText("#panel-live .pending .where", "waits for the app, ");
        String total = browser.text("#panel-live .pending .total");
        assertTrue(total.matches("[0-9.]+ s"), total);
        browser.until("its time to go on", () -> {
            List<String> now = browser.texts("#panel-live .pending .total");
            return !now.isEmpty() && !now.get(0).equals(total);
        });
        assertAccessible();
        browser.screenshot("inspector-pending");
        sent.join();
        browser.awaitText("#panel-live tbody:not(.pending) .request", "/delay/4?three");
        browser.awaitEquals(List.of(), () -> browser.texts("#panel-live .pending .request"));
        assertEquals(List.of(), browser.complaints());
    }
}
