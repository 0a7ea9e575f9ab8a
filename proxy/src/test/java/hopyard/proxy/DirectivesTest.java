package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.NginxDirectives;
import hopyard.proxy.http.ConfigurationLoader;
import hopyard.proxy.modules.Modules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/nginx.md} says of nginx's directives is true. */
class DirectivesTest {

    private static final Path PAGE = Path.of("../docs/nginx.md");

    @TempDir
    private Path directory;

    /** The names in backticks under a heading; in a table, those of its directives' column. */
    private static Set<String> listed(String heading, int column) throws IOException {
        String page = Files.readString(PAGE);
        int start = page.indexOf("\n## " + heading + "\n");
        assertEquals(true, start >= 0, heading);
        int end = page.indexOf("\n## ", start + 4);
        String section = page.substring(start + heading.length() + 5, end);
        Set<String> names = new TreeSet<>();
        for (String line : section.lines().toList()) {
            boolean isRow = line.startsWith("|") && line.contains("`");
            if (!isRow && !line.matches("(`[a-z0-9_]+` ?)+")) {
                continue;
            }
            Matcher matcher = Pattern.compile("`([a-z0-9_]+)`").matcher(isRow ? line.split(" \\| ")[column] : line);
            while (matcher.find()) {
                assertEquals(true, names.add(matcher.group(1)), "twice: " + matcher.group(1));
            }
        }
        return names;
    }

    private static Set<String> known() {
        Set<String> names = Modules.all().stream()
                .flatMap(module -> module.commands().stream())
                .map(Command::name)
                .filter(name -> !name.startsWith("hop_"))
                .collect(Collectors.toCollection(TreeSet::new));
        names.add("include");
        return names;
    }

    @Test
    void theOnesThatAreKnownAreListedAsSuch() throws IOException {
        Set<String> listed = listed("Directives that mean what they mean in nginx", 1);
        listed.addAll(listed("Partly", 0));
        listed.addAll(listed("Accepted and checked, without effect", 0));
        assertEquals(known(), listed);
    }

    @Test
    void theOnesThatAreMissingAreListedAsSuch() throws IOException {
        Set<String> missing = new TreeSet<>(NginxDirectives.all());
        missing.removeAll(known());
        assertEquals(missing, listed("Not supported", 0));
    }

    @Test
    void anErrorTellsAMissingOneFromAMisspeltOne() throws IOException {
        assertEquals("\"fastcgi_pass\" directive is not supported by hopyard in F:2", mistake("fastcgi_pass x;"));
        assertEquals("unknown directive \"proxypass\" in F:2", mistake("proxypass x;"));
    }

    private String mistake(String line) throws IOException {
        Path file = Files.writeString(directory.resolve("nginx.conf"), "events {} http { server {\n" + line + " } }");
        try {
            new ConfigurationLoader(Modules.all(), directory, file, "", "stderr").load();
            return "none";
        } catch (ConfException e) {
            return e.getMessage().replace(file.toString(), "F");
        }
    }
}
