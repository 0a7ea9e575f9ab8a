package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock on the wires of the page, in a Chromium that trusts the authority, and the same in a terminal. */
class LockIT {

    private static final int PROXY = Program.freePort();
    private static final int TLS = Program.freePort();
    private static final int APP = Program.freePort();
    private static final String PAGE = "https://localhost:" + TLS + "/_hops/";

    @TempDir
    private static Path home;

    private static Path authority;
    private static Program playground;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        Browser.require();
        requireCertutil();
        authority = home.resolve("state/hopyard/authority.pem");
        String conf = Program.shippedConf(
                home,
                text -> text.replace(
                        "location = /proxy-says {",
                        "location /again/ { proxy_pass https://127.0.0.1:" + TLS + "/; }\nlocation = /proxy-says {"));
        playground = Program.playground(
                Map.of("XDG_STATE_HOME", home.resolve("state").toString()),
                PROXY,
                APP,
                "--tls-port=" + TLS,
                "--conf",
                conf);
        Path store = Files.createDirectories(home.resolve(".pki/nssdb"));
        run("certutil", "-d", "sql:" + store, "-A", "-t", "C,,", "-n", "hopyard", "-i", authority.toString());
        browser = new Browser(Map.of("HOME", home.toString()));
    }

    @AfterAll
    static void stop() {
        Program.closeAll(playground, browser);
    }

    private static void requireCertutil() {
        boolean present = Files.isExecutable(Path.of("/usr/bin/certutil"));
        if (!present && "true".equals(System.getenv("CI"))) {
            Assertions.fail(
                    "certutil is not installed, and under CI nothing is skipped: apt-get install libnss3-tools");
        }
        Assumptions.assumeTrue(present, "skipped: certutil is not installed (apt-get install libnss3-tools)");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> List.of(command) + " has not ended");
        assertEquals(0, process.exitValue(), () -> List.of(command) + ": " + said);
        return said;
    }

    private static String curl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("curl", "-sS", "--http1.1", "--max-time", "20", "--cacert", authority.toString()));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** The id of the exchange whose path was asked for last. */
    private static String idOf(String path) throws IOException, InterruptedException {
        String list = curl("-H", "Accept: application/json", PAGE + "exchanges?limit=1&path=" + path);
        return list.replaceAll("(?s).*?\"id\" ?: ?([0-9]+).*", "$1");
    }

    @Test
    void aBrowserThatTrustsTheAuthorityShowsNoWarningAndThePageDrawsTheLock() throws Exception {
        curl("https://localhost:" + TLS + "/whoami?locked");
        browser.open(PAGE + "#live?x=" + idOf("locked"));
        browser.awaitText("#stage-title", "/whoami?locked");
        browser.awaitText("#hops .lock", "TLS 1.3");
        assertEquals(1, browser.texts("#hops .lock").size());
        browser.click("#hops .lock");
        String said = browser.awaitText("#hop-detail", "Key exchange");
        for (String each : List.of(
                "TLS 1.3",
                "TLS_AES_",
                "localhost",
                "Hopyard local authority",
                "new",
                "http/1.1",
                "first on the connection")) {
            assertTrue(said.contains(each), each + " in " + said);
        }
        assertTrue(said.contains("TLS handshake, ahead of the request"), said);
        assertEquals(List.of(), browser.inaccessible());
        assertEquals(List.of(), browser.complaints());
        for (String colours : List.of("light", "dark")) {
            browser.colours(colours);
            for (int width : List.of(1400, 390)) {
                browser.size(width, 900);
                browser.await("#hops .lock");
                browser.screenshot("lock-" + colours + "-" + width);
                long wide = (Long) browser.script("return document.documentElement.scrollWidth");
                assertTrue(wide <= width, "the page is " + wide + " wide");
            }
        }
        browser.colours("light");
        browser.size(1400, 1000);
    }

    @Test
    void whatIsNotEncryptedHasNoLockAndSaysWhatItSpeaks() throws Exception {
        curl("http://localhost:" + PROXY + "/whoami?open");
        browser.open(PAGE + "#live?x=" + idOf("open"));
        browser.awaitText("#stage-title", "/whoami?open");
        browser.awaitText("#hops .spoken", "HTTP/1.1");
        assertEquals(List.of(), browser.texts("#hops .lock"));
    }

    @Test
    void theWireToAnAppThatSpeaksTlsHasALockOfItsOwn() throws Exception {
        curl("https://localhost:" + TLS + "/again/whoami");
        browser.open(PAGE + "#live?x=" + idOf("/again/whoami"));
        browser.awaitText("#stage-title", "/again/whoami");
        browser.until("two locks", () -> browser.texts("#hops .lock").size() == 2);
        browser.click("#hops [data-hop=app-lock]");
        String said = browser.awaitText("#hop-detail", "has not said whom it asks for");
        assertTrue(said.contains("Hopyard local authority"), said);
        browser.screenshot("lock-app");
    }

    @Test
    void severalStreamsOnOneConnectionAreDrawnBesideEachOther() throws Exception {
        run(
                "curl",
                "-sS",
                "--http2",
                "--parallel",
                "--max-time",
                "20",
                "--cacert",
                authority.toString(),
                "-o",
                "/dev/null",
                "https://localhost:" + TLS + "/delay/0.5?beside=[1-4]");
        browser.open(PAGE + "#live?hop=lock&x=" + idOf("beside=1"));
        browser.awaitText("#hop-detail .streams h3", "4 streams at once on connection ");
        assertEquals(4, browser.texts("#hop-detail .streams li").size());
        assertEquals(1, browser.texts("#hop-detail .streams .current").size());
        browser.awaitText("#hops .lock", "HTTP/2.0, TLS 1.3");
        assertEquals(List.of(), browser.inaccessible());
        browser.screenshot("lock-streams");
        browser.size(390, 900);
        browser.await("#hop-detail .streams");
        browser.screenshot("lock-streams-390");
        browser.size(1400, 1000);
    }

    @Test
    void overHttp2OneConnectionCarriesAllThatAPageAsksForAtOnce() {
        browser.open(PAGE + "#experiments/six-or-one");
        String card = "#experiment-six-or-one";
        browser.click(card + " [data-do=run]");
        browser.awaitEquals("done", () -> browser.attribute(card, "data-state"));
        assertEquals(
                "one",
                browser.attribute(card, "data-answer"),
                () -> String.join("\n", browser.texts(card + " .result")));
        browser.screenshot("six-or-one");
    }

    @Test
    void aWebSocketOfTheBrowserIsAStreamOfTheConnectionThatItHas() {
        browser.open(PAGE);
        browser.script("""
                window.said = [];
                const socket = new WebSocket(`wss://${location.host}/ws`);
                socket.onopen = () => {
                    socket.send('hello');
                    socket.send('x'.repeat(100000));
                };
                socket.onmessage = event => {
                    said.push(event.data.length);
                    if (said.length === 2) {
                        socket.close(1000);
                    }
                };
                socket.onclose = event => said.push(event.code);
                """);
        browser.awaitEquals("5,100000,1000", () -> browser.script("return window.said.join()"));
        browser.until("its line in the log", () -> playground.output().contains("\"GET /ws HTTP/2.0\" 101 "));
    }

    @Test
    void aTerminalSaysTheSame() throws Exception {
        String head = curl("-D", "-", "-o", "/dev/null", "https://localhost:" + TLS + "/whoami?terminal");
        assertTrue(
                head.matches("(?si).*\r\nHop-Trace: proxy;.*;tls=\"TLSv1\\.3\";cipher=\"TLS_[^\"]*\".*;req=1;.*"),
                head);
        assertTrue(head.matches("(?s).*;sni=\"localhost\";resumed=\\?0;handshake=[0-9.]+;.*"), head);
        assertTrue(
                head.matches(
                        "(?si).*\r\nServer-Timing: .*, tls;dur=[0-9.]+;desc=\"handshake, TLSv1\\.3, new session\".*"),
                head);
        String drawn = curl("--user-agent", "curl/8", PAGE + "exchanges/" + idOf("terminal"));
        assertTrue(drawn.contains("TLSv1.3 TLS_AES_"), drawn);
        assertTrue(drawn.contains("SNI localhost, new session, handshake "), drawn);
        assertTrue(drawn.contains("certificate CN=localhost"), drawn);
        assertTrue(drawn.contains("TLS handshake"), drawn);
        assertTrue(curl(PAGE + "https").contains("You have asked this on\n    TLSv1.3 "), "https");
        assertFalse(curl("http://localhost:" + PROXY + "/_hops/https").contains("You have asked this on\n"));
        assertTrue(curl("http://localhost:" + PROXY + "/_hops/https").contains("You have asked this without TLS."));
    }
}
