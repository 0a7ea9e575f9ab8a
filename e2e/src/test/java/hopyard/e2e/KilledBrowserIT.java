package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An experiment's lock ends with its page, however that ends, and what ran before comes back. */
class KilledBrowserIT {

    private static final int PROXY = Program.freePort();
    private static final String CONSOLE = "http://localhost:" + PROXY + "/_hops/";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OkHttpClient CLIENT = new OkHttpClient();

    /** How long a lock may outlive its browser, in seconds. */
    private static final int PATIENCE = 10;

    private static Program playground;

    @BeforeAll
    static void start() {
        Browser.require();
        playground = Program.playground(PROXY, Program.freePort());
    }

    @AfterAll
    static void stop() {
        if (playground != null) {
            playground.close();
        }
    }

    private static JsonNode config() throws IOException {
        Request request = new Request.Builder()
                .url(CONSOLE + "config")
                .header("Accept", "application/json")
                .build();
        try (Response response = CLIENT.newCall(request).execute()) {
            return JSON.readTree(response.body().string());
        }
    }

    private static void run(Browser browser) {
        browser.open(CONSOLE + "#experiments/slow-client");
        browser.click("[id='experiment-slow-client'] [data-do=run]");
        Program.until(
                "the experiment to change nginx.conf",
                () -> config().has("lock") && config().get("edited").asBoolean());
    }

    @Test
    void ofAKilledBrowserNothingIsLeft() throws Exception {
        String mark = "--user-agent=to-be-killed-" + PROXY;
        try (Browser browser = new Browser(mark)) {
            run(browser);
            List<ProcessHandle> killed = ProcessHandle.current()
                    .descendants()
                    .filter(each -> each.info().commandLine().orElse("").contains(mark))
                    .toList();
            assertTrue(!killed.isEmpty(), "the browser is among the processes");
            killed.forEach(ProcessHandle::destroyForcibly);
            Program.until("the lock to end", PATIENCE, () -> !config().has("lock"));
            assertEquals(false, config().get("edited").asBoolean());
        }
    }
}
