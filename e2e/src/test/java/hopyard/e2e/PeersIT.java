package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three proxies with one configuration, and the page of the first: whose exchanges it lists. */
class PeersIT {

    private static final String OF_ONE = ".live tbody:not(.pending) td.proxy";

    @TempDir
    private Path directory;

    private final int[] ports = {Program.freePort(), Program.freePort(), Program.freePort()};
    private final List<Program> proxies = new ArrayList<>();
    private final OkHttpClient client = new OkHttpClient();
    private Browser browser;

    @BeforeEach
    void start() throws IOException {
        Browser.require();
        StringBuilder peers = new StringBuilder();
        for (int port : ports) {
            peers.append(" http://127.0.0.1:").append(port);
        }
        for (int port : ports) {
            Path home = Files.createDirectories(directory.resolve("proxy" + port));
            Path conf = Files.writeString(
                    home.resolve("nginx.conf"),
                    "pid " + home
                            + "/pid; error_log stderr; events {}\n http { access_log off; hop_trace on;\n server {"
                            + " listen 127.0.0.1:" + port + "; location / { return 200 hello; }"
                            + " location /_hops/ { hop_console; allow 127.0.0.1; deny all;\n hop_peers" + peers
                            + "; } } }");
            proxies.add(Program.proxy("-c", conf.toString(), "-g", "daemon off;"));
        }
        for (int i = 0; i < ports.length; i++) {
            proxies.get(i).awaitPort(ports[i]);
        }
        browser = new Browser();
        browser.size(1400, 1000);
        browser.open("http://localhost:" + ports[0] + "/_hops/#live");
        browser.until("the live stream", () -> !browser.texts("#status.on").isEmpty());
    }

    @AfterEach
    void stop() {
        List<AutoCloseable> all = new ArrayList<>();
        all.add(browser);
        all.addAll(proxies);
        Program.closeAll(all.toArray(AutoCloseable[]::new));
    }

    private void send(int port, String path) throws IOException {
        Request request =
                new Request.Builder().url("http://127.0.0.1:" + port + path).build();
        try (Response response = client.newCall(request).execute()) {
            assertEquals(200, response.code());
        }
    }

    /** Chooses what is listed as a person does; by the end of the option's text. */
    private void choose(String end) {
        browser.until("the option " + end, () -> (Boolean) browser.script(
                "const s = document.querySelector('#live-proxy');"
                        + "const o = [...s.options].find(o => o.text.endsWith(arguments[0])); if (!o) return false;"
                        + "s.value = o.value; s.dispatchEvent(new Event('change')); return true",
                end));
    }

    private String[] names() {
        return browser.texts(OF_ONE).stream().distinct().sorted().toArray(String[]::new);
    }

    @Test
    void thePageListsTheExchangesOfAllProxiesByNameOrOfOne() throws Exception {
        for (int port : ports) {
            send(port, "/of-" + port);
        }
        browser.awaitText("#live-proxy", ":" + ports[0] + " (this one)");
        browser.awaitText(".live tbody:not(.pending) .request", "/of-" + ports[0]);
        assertEquals(List.of(), browser.texts(".live.many"));

        choose("all 3");
        for (int port : ports) {
            browser.awaitText(".live tbody:not(.pending) .request", "/of-" + port);
            browser.awaitText(OF_ONE, ":" + port);
        }
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            for (int width : new int[] {1400, 390}) {
                browser.size(width, 900);
                browser.screenshot("peers-" + colours + "-" + width);
                assertEquals(List.of(), browser.inaccessible(), colours + " " + width);
                assertEquals(
                        true,
                        browser.script("return document.documentElement.scrollWidth <= innerWidth"),
                        colours + " " + width);
            }
        }
        browser.colours("light");
        browser.size(1400, 1000);

        choose(":" + ports[1]);
        browser.until("the others to be gone", () -> names().length == 1 && names()[0].endsWith(":" + ports[1]));
        browser.script("[...document.querySelectorAll('.live .request button')].find(b => b.textContent.includes('/of-"
                + ports[1] + "')).click()");
        browser.awaitText("#stage-title", "/of-" + ports[1]);
        browser.awaitText("#live-actions strong", ":" + ports[1]);
        assertEquals(List.of(), browser.complaints());

        // the address bar leads there again
        browser.open(browser.script("return location.href").toString());
        browser.awaitText("#stage-title", "/of-" + ports[1]);
        browser.until("only its exchanges", () -> names().length == 1 && names()[0].endsWith(":" + ports[1]));
    }

    @Test
    void aProxyThatEndsIsSaidAndTheOthersAreListed() throws Exception {
        choose("all 3");
        browser.awaitText("#live-proxy", ":" + ports[2]);
        proxies.get(2).close();
        browser.awaitText("#live-proxy-said", "127.0.0.1:" + ports[2] + ": no answer: Connection refused");
        send(ports[1], "/after");
        browser.awaitText(".live tbody:not(.pending) .request", "/after");
        assertTrue(browser.text("#live-proxy").contains("127.0.0.1:" + ports[2] + " (no answer)"));
    }
}
