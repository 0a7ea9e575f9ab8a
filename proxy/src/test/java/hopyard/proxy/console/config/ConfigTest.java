package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The running nginx.conf: shown, counted, tested, changed and put back. */
class ConfigTest {

    @TempDir
    private Path directory;

    private static String text(ConsoleUnderTest console) throws IOException {
        return console.json("/_hops/config").at("/files/0/text").asText();
    }

    @Test
    void hitsAreCountedByLine() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            List<String> file = Files.readAllLines(directory.resolve("nginx.conf"));
            for (int i = 0; i < 3; i++) {
                console.exchange(console.request("/"));
            }
            console.exchange(console.request("/own"));
            JsonNode hits = console.json("/_hops/config").at("/files/0/hits");
            for (int line = 1; line <= file.size(); line++) {
                long count = hits.path(Integer.toString(line)).asLong();
                if (file.get(line - 1).startsWith("location / ")) {
                    assertEquals(3, count);
                } else if (file.get(line - 1).startsWith("location = /own")) {
                    assertEquals(1, count);
                } else if (file.get(line - 1).startsWith("server {")) {
                    assertEquals(4, count);
                }
            }
            assertTrue(console.text("/_hops/config").body().contains("3×"), "hits for terminals");
        }
    }

    @Test
    void expressionsOfATextThatTakeLongHoldNobodyUp() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            StringBuilder slow = new StringBuilder();
            for (int i = 0; i < 60; i++) {
                slow.append("location ~ \"")
                        .append(".*".repeat(1500))
                        .append("(?<=@")
                        .append(i)
                        .append(")\" { return 200; }\n");
            }
            String text = text(console).replace("location = /own", slow + "location = /own");
            long begin = System.nanoTime();
            ConsoleUnderTest.Answer tested = console.post("/_hops/config/test", Map.of("text", text));
            assertEquals(200, tested.status(), tested.body());
            assertEquals("regex", tested.json().at("/warnings/0/code").asText());
            assertTrue(System.nanoTime() - begin < Duration.ofSeconds(20).toNanos());
        }
    }

    @Test
    void aMistakeIsToldInNginxsWordsWithItsLineAndChangesNothing() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String before = text(console);
            String bad = before.replace("location = /own", "foo bar;\nlocation = /own");
            int line = (int) bad.substring(0, bad.indexOf("foo bar;")).lines().count() + 1;
            for (String path : List.of("/_hops/config/test", "/_hops/config")) {
                ConsoleUnderTest.Answer answer = console.post(path, Map.of("text", bad));
                assertEquals(422, answer.status());
                assertEquals(
                        "unknown directive \"foo\"",
                        answer.json().get("message").asText());
                assertEquals(line, answer.json().get("line").asInt());
                assertTrue(
                        answer.json().get("error").asText().startsWith("nginx: [emerg] unknown directive \"foo\" in "));
            }
            assertEquals(before, text(console));
            assertEquals("own", console.get("/own").body());
        }
    }

    @Test
    void aTestChangesNothing() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            console.exchange(console.request("/own"));
            String good = text(console)
                    .replace("return 200 own", "return 200 changed")
                    .replace("hop_trace on;", "hop_trace on; hop_exchanges 7;");
            assertEquals(
                    200,
                    console.post("/_hops/config/test", Map.of("text", good)).status());
            assertEquals("own", console.get("/own").body());
            assertEquals(1000, console.json("/_hops/exchanges").get("kept").asInt());
            assertEquals(2, console.json("/_hops/exchanges").get("exchanges").size());
        }
    }

    @Test
    void aTestOpensAndMakesAndLooksUpNothing() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String text = text(console)
                    .replace(
                            "hop_trace on;",
                            "access_log new.log; proxy_cache_path cache keys_zone=c:1m; hop_trace on;"
                                    + " upstream other { server no.such.host.invalid; }");
            List<Path> before = files();
            assertEquals(
                    200,
                    console.post("/_hops/config/test", Map.of("text", text)).status());
            assertEquals(before, files());
        }
    }

    @Test
    void aRefusedTextLeavesNothingBehind() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String text = text(console)
                    .replace(
                            "hop_trace on;",
                            "access_log new.log; proxy_cache_path cache keys_zone=c:1m; hop_trace on;"
                                    + " return nonsense;");
            List<Path> before = files();
            assertEquals(
                    422, console.post("/_hops/config", Map.of("text", text)).status());
            assertEquals(before, files());
            assertEquals("own", console.get("/own").body());
        }
    }

    @Test
    void aTestReadsWhatTheRunningOneHasReadAndWhatLiesBesideIt(@TempDir Path elsewhere) throws IOException {
        Path known = Files.writeString(elsewhere.resolve("known"), "add_header A b;");
        Path other = Files.writeString(elsewhere.resolve("other"), "SECRET;");
        Files.createSymbolicLink(directory.resolve("known-link"), known);
        Files.createDirectory(directory.resolve("sub"));
        Files.writeString(directory.resolve("sub/beside"), "add_header A b;");
        Files.createSymbolicLink(directory.resolve("sub/up"), Path.of("../sub/beside"));
        Files.writeString(directory.resolve("users"), "admin:HASH");
        try (ConsoleUnderTest console =
                ConsoleUnderTest.start(directory, "include " + known + ";", "hop_console edit;")) {
            String text = text(console);
            for (String readable :
                    List.of(known + "", elsewhere + "/kno*", "sub/beside", "sub/../sub/beside", "sub/up", "sub/b*")) {
                ConsoleUnderTest.Answer answer = test(console, text, readable);
                assertEquals(200, answer.status(), answer.body());
            }
            for (String outside : List.of(
                    other + "",
                    elsewhere + "/none",
                    elsewhere + "/o*",
                    "../" + elsewhere.getFileName() + "/other",
                    "sub/../../" + elsewhere.getFileName() + "/other",
                    "known-link",
                    "/proc/self/cmdline",
                    "/dev/zero")) {
                ConsoleUnderTest.Answer answer = test(console, text, outside);
                assertEquals(422, answer.status(), answer.body());
                assertTrue(answer.body().contains("does not look outside of"), answer.body());
            }
            ConsoleUnderTest.Answer users = test(console, text, "users");
            assertEquals(422, users.status());
            assertFalse(users.body().contains("HASH"), users.body());
            assertTrue(users.json().get("file").asText().endsWith("/users"), users.body());
        }
    }

    private static ConsoleUnderTest.Answer test(ConsoleUnderTest console, String text, String include)
            throws IOException {
        return console.post(
                "/_hops/config/test",
                Map.of("text", text.replace("hop_trace on;", "hop_trace on; include " + include + ";")));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.sorted().toList();
        }
    }

    @Test
    void anAppliedTextServesAtOnceAndTheFileStaysAsItIs() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String file = Files.readString(directory.resolve("nginx.conf"));
            String edited = text(console).replace("return 200 own", "return 200 changed");
            JsonNode applied =
                    console.post("/_hops/config", Map.of("text", edited)).json();
            assertTrue(applied.get("edited").asBoolean());
            assertEquals("changed", console.get("/own").body());
            assertEquals(file, Files.readString(directory.resolve("nginx.conf")));
            assertFalse(console.delete("/_hops/config").json().get("edited").asBoolean());
            assertEquals("own", console.get("/own").body());
        }
    }

    @Test
    void aTextForAWhileGoesByItself() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            String first = text(console).replace("return 200 own", "return 200 first");
            console.post("/_hops/config", Map.of("text", first));
            console.post("/_hops/config/keep", Map.of());
            console.post(
                    "/_hops/config", Map.of("text", text(console).replace("200 first", "200 second"), "seconds", 1));
            assertEquals("second", console.get("/own").body());
            Wait.until("what ran before", () -> console.get("/own").body().equals("first"));
            assertTrue(console.json("/_hops/config").get("edited").asBoolean());
        }
    }

    @Test
    void aTextWithoutConsoleIsRefusedBecauseNobodyCouldTakeItBack() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            ConsoleUnderTest.Answer answer =
                    console.post("/_hops/config", Map.of("text", text(console).replace("hop_console edit;", "")));
            assertEquals(422, answer.status());
            assertTrue(answer.json().get("error").asText().contains("hop_console"), answer.body());
        }
    }

    @Test
    void whatIsNoJsonOrHoldsNoTextIsToldSo() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            assertEquals(400, console.post("/_hops/config", List.of()).status());
            assertEquals(400, console.post("/_hops/config", Map.of("text", 7)).status());
            assertEquals(405, console.post("/_hops/config/nonsense", Map.of()).status());
        }
    }
}
