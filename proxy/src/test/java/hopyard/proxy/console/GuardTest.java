package hopyard.proxy.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import okhttp3.RequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask the console, and who may change something. */
class GuardTest {

    private static final RequestBody NOTHING = RequestBody.create(new byte[0], null);

    @TempDir
    private Path directory;

    @Test
    void thereIsNoConsoleUnlessItIsConfigured() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "", "return 404;")) {
            assertEquals(404, console.get("/_hops/exchanges").status());
        }
    }

    @Test
    void anAddressThatIsNotAllowedGets403() throws IOException {
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "", "hop_console; allow 10.0.0.0/8; deny all;")) {
            assertEquals(403, console.get("/_hops/").status());
            console.proxy.errorLine("access forbidden by rule, client: 127.0.0.1");
            assertEquals(200, console.get("/").status());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST:8080, 200",
        "app.localhost, 200",
        "127.0.0.1, 200",
        "[::1]:80, 200",
        "test.example, 200",
        "evil.example, 403",
        "127.0.0.1.evil.example, 403",
        "localhost.evil.example, 403"
    })
    void anotherNameForThisMachineIsRefused(String host, int status) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(
                    status,
                    console.send(console.request("/_hops/stats").header("Host", host))
                            .status());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"config", "config/test", "send", "load", "doors", "compare"})
    void aPageFromElsewhereChangesNothing(String path) throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String[][] foreign = {
                {"Origin", "http://evil.example"},
                {"Origin", "null"},
                {"Origin", "http://127.0.0.1:1"},
                {"Origin", "https://127.0.0.1:" + console.proxy.port()},
                {"Sec-Fetch-Site", "cross-site"},
                {"Sec-Fetch-Site", "same-site"},
            };
            for (String[] field : foreign) {
                ConsoleUnderTest.Answer answer = console.send(console.request("/_hops/" + path)
                        .header(field[0], field[1])
                        .header("Accept", "application/json")
                        .post(NOTHING));
                assertEquals(403, answer.status(), String.join(": ", field));
                assertTrue(answer.json().get("error").asText().contains("may not change"), answer.body());
            }
        }
    }

    @Test
    void aPageFromElsewhereCannotEvenStartAComparison() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(
                    403,
                    console.send(console.request("/_hops/compare?path=/").header("Sec-Fetch-Site", "cross-site"))
                            .status());
            assertEquals(0, console.upstream.connections());
        }
    }

    @Test
    void thePageItselfMay() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer = console.send(console.request("/_hops/send")
                    .header("Origin", "http://127.0.0.1:" + console.proxy.port())
                    .header("Sec-Fetch-Site", "same-origin")
                    .header("Accept", "application/json")
                    .post(RequestBody.create("{\"path\":\"/\"}".getBytes(), null)));
            assertEquals(200, answer.status(), answer.body());
        }
    }

    @Test
    void withoutEditTheConfigurationCannotBeChanged() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory, "", "hop_console;")) {
            String text = console.json("/_hops/config").at("/files/0/text").asText();
            ConsoleUnderTest.Answer answer = console.post("/_hops/config", Map.of("text", text));
            assertEquals(403, answer.status());
            assertFalse(console.json("/_hops/config").get("mayEdit").asBoolean());
        }
    }

    @Test
    void whatIsSentGoesToTheProxyOrItsUpstreamsOnly() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (String path :
                    new String[] {"http://evil.example/", "//evil.example/", "@evil.example/", "x", "/a b", ""}) {
                ConsoleUnderTest.Answer answer = console.post("/_hops/send", Map.of("path", path));
                assertTrue(
                        answer.status() == 400
                                || answer.json().at("/results/0/to").asText().startsWith("127.0.0.1:"),
                        path + ": " + answer.body());
            }
            assertEquals(
                    400, console.get("/_hops/compare?path=http://evil.example/").status());
        }
    }

    @Test
    void whatTheConsoleAnswersMayNotRunScripts() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.exchange(console.request("/<script>alert(1)</script>"));
            ConsoleUnderTest.Answer page =
                    console.send(console.request("/_hops/exchanges").header("Accept", "text/html"));
            assertTrue(page.type().startsWith("text/html"));
            assertFalse(page.body().contains("<script>"), page.body());
        }
    }
}
