package hopyard.proxy.nginx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Regex;
import hopyard.proxy.support.Nginx;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RandomPatterns;
import hopyard.proxy.support.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Regular expressions that chance has made, before the real nginx and before Hopyard: more with -Dregex.patterns=5000.
 */
class RegexDifferentialTest {

    private static final int PATTERNS = Integer.getInteger("regex.patterns", 300);
    private static final int TEXTS = 4;
    private static final long SEED = Long.getLong("regex.seed", 1);

    private static final Directive LINE = new Directive("rewrite", List.of(), null, "nginx.conf", 1, 0);

    @TempDir
    private Path directory;

    @BeforeAll
    static void needsNginx() {
        Nginx.require();
    }

    /** What Hopyard says of an expression; {@code null} if there is nothing wrong with it. */
    private static String mistake(String pattern) {
        try {
            Regex.compile(new Variables(), LINE, pattern, false);
            return null;
        } catch (ConfException e) {
            return e.getMessage();
        }
    }

    private static String quoted(String pattern) {
        return '"' + pattern.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    @Test
    void whatMatchesAndWhatIsCapturedIsTheSameInLocationsConditionsRewritesAndMaps() throws Exception {
        RandomPatterns random = new RandomPatterns(SEED);
        List<String> patterns = new ArrayList<>();
        while (patterns.size() < PATTERNS) {
            String pattern = random.pattern();
            if (mistake(pattern) == null) {
                patterns.add(pattern);
            }
        }
        StringBuilder http = new StringBuilder("merge_slashes off; server_names_hash_max_size 65536;"
                + " variables_hash_max_size 65536; map $uri $n { default ''; }\n");
        for (int i = 0; i < patterns.size(); i++) {
            http.append(server(i, quoted(patterns.get(i))));
        }
        List<String> theirs;
        try (Nginx nginx = Nginx.withHttp(directory.resolve("nginx"), named(http.toString()))) {
            theirs = answers(nginx.port(), patterns);
        }
        Path ours = Files.createDirectory(directory.resolve("hopyard"));
        try (ProxyUnderTest hopyard =
                ProxyUnderTest.withHttp(ours, named(http.toString()).replace("@PORT@", "0"))) {
            List<String> answers = answers(hopyard.port(), patterns);
            for (int i = 0; i < theirs.size(); i++) {
                assertEquals(theirs.get(i), answers.get(i), "seed " + SEED);
            }
        }
        System.out.println("regex: " + TEXTS * patterns.size() + " requests the same");
    }

    /** A named group is a variable, which must not be that of the map above. */
    private static String named(String http) {
        return http.replace("map $uri $n { default ''; }", "map $uri $unused { default ''; }");
    }

    /** Four ways to use an expression: which one, the request's path begins with. */
    private static String server(int number, String pattern) {
        String captures = "[$1][$2][$3]";
        return """
                map $http_x $m%1$d { default no; %2$s "yes %3$s"; }
                server {
                    listen 127.0.0.1:@PORT@;
                    server_name s%1$d;
                    location ~ %4$s { return 200 "location %3$s"; }
                    location / { return 200 "no"; }
                    if ($http_way = if) { set $found "no"; }
                    if ($http_x ~ %4$s) { set $found "yes %3$s"; }
                    if ($http_way = if) { return 200 $found; }
                    if ($http_way = map) { return 200 $m%1$d; }
                }
                """.formatted(number, pattern.replaceFirst("\"", "\"~"), captures, pattern);
    }

    private static List<String> answers(int port, List<String> patterns) throws IOException {
        List<String> answers = new ArrayList<>();
        RandomPatterns random = new RandomPatterns(SEED + 1);
        for (int i = 0; i < patterns.size(); i++) {
            StringBuilder requests = new StringBuilder();
            List<String> asked = new ArrayList<>();
            for (int j = 0; j < TEXTS; j++) {
                String text = random.text();
                String way = List.of("if", "map", "location").get(j % 3);
                String line = "GET /" + (way.equals("location") ? encoded(text) : "") + " HTTP/1.1\r\n";
                requests.append(line)
                        .append("Host: s" + i + "\r\nWay: " + way + "\r\nX: " + text + "\r\n")
                        .append(j == TEXTS - 1 ? "Connection: close\r\n\r\n" : "\r\n");
                asked.add(way + " \"" + text + "\"");
            }
            String said = RawClient.exchange(port, requests.toString())
                    .replaceAll("(?m)^[A-Z][A-Za-z-]*: .*\r\n", "")
                    .replaceAll("nginx/[0-9.]+( \\(\\w+\\))?|hopyard/[0-9.]+", "SERVER")
                    .replaceAll("nginx|hopyard", "SERVER");
            answers.add(patterns.get(i) + " on " + asked + "\n" + said);
        }
        return answers;
    }

    private static String encoded(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.ISO_8859_1)) {
            out.append(String.format("%%%02X", b));
        }
        return out.toString();
    }

    @Test
    void aMistakeIsReportedInTheSameWords() throws Exception {
        RandomPatterns random = new RandomPatterns(SEED);
        Path file = directory.resolve("nginx.conf");
        int mistakes = 0;
        for (int i = 0; i < PATTERNS / 5; i++) {
            String pattern = random.mistake();
            String ours = mistake(pattern);
            if (ours == null) {
                continue;
            }
            mistakes++;
            Files.writeString(
                    file,
                    "events {} http { server { rewrite " + quoted(pattern) + " /; } }",
                    StandardCharsets.ISO_8859_1);
            String theirs = Nginx.test(directory, file, "error_log stderr;");
            String said = ours.substring(0, ours.indexOf(" in nginx.conf"));
            assertEquals(true, theirs.contains(said), pattern + "\n" + said + "\n" + theirs);
        }
        assertEquals(true, mistakes > PATTERNS / 20, mistakes + " mistakes");
    }
}
