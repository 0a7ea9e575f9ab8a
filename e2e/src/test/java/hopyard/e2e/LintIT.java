package hopyard.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hopyard --lint}: what it prints, and how it ends. */
class LintIT {

    @TempDir
    private Path directory;

    private String output;

    private int run(String... arguments) throws Exception {
        try (Program lint = Program.proxy(arguments)) {
            int status = lint.await();
            output = lint.output();
            return status;
        }
    }

    private String write(String http) throws Exception {
        return Files.writeString(directory.resolve("nginx.conf"), "events {}\nhttp {\n" + http + "\n}\n")
                .toString();
    }

    @Test
    void theShippedFileIsClean() throws Exception {
        assertEquals(0, run("--lint", "proxy/conf/nginx.conf"), output);
        assertEquals("nothing found\n", output);
    }

    @Test
    void theExitStatusTellsWhetherSomethingIsWrong() throws Exception {
        String hint = write("server_tokens on;");
        assertEquals(0, run("--lint", hint), output);
        assertTrue(output.startsWith(hint + ":3:1: hint: "), output);
        assertEquals(1, run("--lint", write("server { location /a { alias /srv/; } }")), output);
        assertTrue(output.contains(" error: ") && output.endsWith("1 error, 0 warnings, 0 hints\n"), output);
        String broken = write("foo bar;");
        assertEquals(2, run("--lint", broken), output);
        assertEquals("nginx: [emerg] unknown directive \"foo\" in " + broken + ":3\n", output);
    }

    @Test
    void programsGetJson() throws Exception {
        assertEquals(1, run("--lint", write("server { location /a { alias /srv/; } }"), "--json"), output);
        JsonNode answer = new ObjectMapper().readTree(output);
        assertEquals("alias-traversal", answer.at("/findings/0/id").asText());
        assertEquals("/a/", answer.at("/findings/0/fix/edits/0/insert").asText());
    }

    @Test
    void prefixAndDirectivesOfTheCommandLineCountAsForATest() throws Exception {
        write("access_log logs/access.log;");
        assertEquals(1, run("-p", directory + "/", "-c", "nginx.conf", "-g", "error_log off;", "--lint"), output);
        assertTrue(output.startsWith("command line: warning: "), output);
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(1, files.count(), "nothing is made");
        }
    }
}
