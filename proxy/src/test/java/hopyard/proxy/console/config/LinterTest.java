package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lint} and {@code directives}, as the page asks for them. */
class LinterTest {

    @TempDir
    private Path directory;

    private static List<String> ids(JsonNode answer) {
        return StreamSupport.stream(answer.get("findings").spliterator(), false)
                .map(each -> each.get("id").asText())
                .toList();
    }

    @Test
    void theRunningTextIsLookedAtWithItsFilesAsTheyWereWhenItWasLoaded() throws IOException {
        Files.writeString(directory.resolve("more.conf"), "server_tokens on;\n");
        try (ConsoleUnderTest console = ConsoleUnderTest.start(
                directory, "include more.conf;", "hop_console edit; allow 127.0.0.1; deny all;")) {
            Files.writeString(directory.resolve("more.conf"), "server_tokens off;\n");
            JsonNode answer = console.json("/_hops/lint");
            assertTrue(ids(answer).contains("version-shown"), answer.toString());
            assertEquals(
                    directory.resolve("nginx.conf").toString(),
                    answer.get("file").asText());
            assertTrue(console.text("/_hops/lint").body().contains("[version-shown]"));
        }
    }

    @Test
    void expressionsThatTakeLongHoldNobodyUp() throws IOException {
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "", "hop_console; allow 127.0.0.1; deny all;")) {
            String slow = "(x" + ".*".repeat(1500) + "[^y]z)+q";
            StringBuilder text = new StringBuilder("events {}\nhttp { server {\n");
            for (int i = 0; i < 60; i++) {
                text.append("location ~ \"").append(slow).append(i).append("\" { return 200; }\n");
            }
            long begin = System.nanoTime();
            ConsoleUnderTest.Answer answer = console.post("/_hops/lint", Map.of("text", text + "} }"));
            assertEquals(200, answer.status(), answer.body());
            assertTrue(System.nanoTime() - begin < Duration.ofSeconds(30).toNanos());
        }
    }

    @Test
    void aTextThatIsSentIsLookedAtAndNothingElseIsDone() throws IOException {
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "", "hop_console; allow 127.0.0.1; deny all;")) {
            String before = console.json("/_hops/config").at("/files/0/text").asText();
            String text = "# é\nevents {}\nhttp { access_log made.log; server { location /é { alias /é/; } } }";
            JsonNode found = console.post("/_hops/lint", Map.of("text", text)).json();
            assertEquals(List.of("alias-traversal"), ids(found));
            JsonNode edit = found.at("/findings/0/fix/edits/0");
            assertEquals(
                    "/é",
                    text.substring(edit.get("from").asInt(), edit.get("to").asInt()));
            assertEquals("/é/", edit.get("insert").asText());
            assertFalse(Files.exists(directory.resolve("made.log")));
            assertEquals(
                    before, console.json("/_hops/config").at("/files/0/text").asText());
        }
    }

    @Test
    void aTextThatDoesNotLoadIsRefusedInNginxsWords() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer =
                    console.post("/_hops/lint", Map.of("text", "events {}\nhttp { include /etc/passwd; foo; }"));
            assertEquals(422, answer.status());
            assertTrue(answer.json().get("error").asText().contains("does not look outside"), answer.body());
            JsonNode mistake = console.post("/_hops/lint", Map.of("text", "events {}\nfoo;"))
                    .json();
            assertEquals("unknown directive \"foo\"", mistake.get("message").asText());
            assertEquals(2, mistake.get("line").asInt());
            assertEquals(405, console.delete("/_hops/lint").status());
        }
    }

    @Test
    void whatADirectiveMeansIsToldWithWhereItMayStand() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            JsonNode answer = console.json("/_hops/directives");
            JsonNode timeout = named(answer.get("directives"), "proxy_read_timeout");
            assertEquals("60s", timeout.get("default").asText());
            assertEquals("full", timeout.get("support").asText());
            assertEquals(
                    "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout",
                    timeout.get("url").asText());
            assertEquals(
                    "[{\"contexts\":[\"http\",\"server\",\"location\"],\"min\":1,\"max\":1,\"block\":false}]",
                    timeout.get("uses").toString());
            JsonNode server = named(answer.get("directives"), "server").get("uses");
            assertEquals(2, server.size());
            assertTrue(server.get(1).get("max").isNull());
            assertEquals("[\"upstream\"]", server.get(1).get("contexts").toString());
            assertTrue(named(answer.get("variables"), "$http_").get("family").asBoolean());
            assertFalse(named(answer.get("directives"), "hop_console")
                    .get("means")
                    .asText()
                    .isEmpty());
        }
    }

    private static JsonNode named(JsonNode all, String name) {
        return StreamSupport.stream(all.spliterator(), false)
                .filter(each -> each.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
