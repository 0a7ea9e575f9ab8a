package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hopyard.proxy.console.Console;
import hopyard.proxy.console.ConsoleModule;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.modules.Reference;
import hopyard.proxy.modules.Reference.Entry;
import hopyard.proxy.modules.Reference.Support;
import hopyard.proxy.running.ConfigurationLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/nginx.md} says of nginx's directives is true. */
class DirectivesTest {

    private static final Path PAGE = Path.of("../docs/nginx.md");

    /** Of the page's lines. */
    private static final int WIDTH = 118;

    @TempDir
    private Path directory;

    /** All modules, the console's included. */
    private static final List<Module> MODULES = ConsoleModule.andAllOthers(new Console());

    private static Set<String> known() {
        return MODULES.stream()
                .flatMap(module -> module.directives().stream())
                .map(Command::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void eachHasOneMeaningAndSoHasEachVariable() {
        Map<String, Entry> entries = Reference.directives(MODULES).stream()
                .collect(Collectors.toMap(Entry::name, entry -> entry, (a, b) -> fail("twice: " + a), TreeMap::new));
        assertEquals(known(), entries.keySet());
        entries.values().forEach(entry -> assertTrue(entry.means().endsWith("."), entry.name()));
        Variables variables = new Variables();
        MODULES.forEach(module -> module.prepare(variables));
        assertEquals(variables.names(), Reference.variables().keySet());
    }

    /** {@code -Ddocs.write=true} has the page say what the modules say. */
    @Test
    void thePageSaysWhatTheModulesSay() throws IOException {
        String page = Files.readString(PAGE);
        String right = with(page, "Directives that mean what they mean in nginx", byModule());
        right = with(right, "Partly", partly());
        right = with(right, "Accepted and checked, without effect", wrapped(names(Support.IGNORED)));
        Set<String> missing = new TreeSet<>(NginxDirectives.all());
        missing.removeAll(known());
        right = with(right, "Not supported", wrapped(missing.stream()));
        right = with(
                right,
                "Variables",
                wrapped(Reference.variables().keySet().stream()
                        .filter(name -> !name.endsWith("_"))
                        .map(name -> "$" + name)));
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PAGE, right);
        } else {
            assertIterableEquals(
                    right.lines().toList(),
                    page.lines().toList(),
                    "docs/adding-a-directive.md has the command that writes the page");
        }
    }

    /** That table is written by hand, with the arguments. */
    @Test
    void thePageNamesHopyardsOwnDirectives() throws IOException {
        String page = Files.readString(PAGE);
        String own = page.substring(page.indexOf("\n## Hopyard's own directives\n"));
        String table = own.substring(0, own.indexOf("\n## ", 1));
        Reference.directives(MODULES).stream()
                .filter(entry -> entry.page().endsWith(".md"))
                .forEach(entry -> assertTrue(
                        Pattern.compile("`" + entry.name() + "\\b")
                                .matcher(table)
                                .find(),
                        () -> "docs/nginx.md, \"Hopyard's own directives\": add " + entry.name()
                                + " to its module's row, with its arguments"));
    }

    private static Stream<String> names(Support support) {
        return nginxs().filter(entry -> entry.support() == support)
                .map(Entry::name)
                .sorted();
    }

    private static Stream<Entry> nginxs() {
        return Reference.directives(MODULES).stream()
                .filter(entry -> !entry.page().endsWith(".md"));
    }

    private static List<String> byModule() {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        nginxs().filter(entry -> entry.support() == Support.FULL)
                .forEach(entry -> rows.computeIfAbsent(
                                "| " + entry.title() + " (`" + entry.type() + "`) | ", row -> new ArrayList<>())
                        .add(entry.name()));
        List<String> lines = new ArrayList<>(List.of("| module (file) | directives |", "|---|---|"));
        rows.forEach((row, names) ->
                lines.add(row + names.stream().sorted().collect(Collectors.joining("` `", "`", "` |"))));
        return lines;
    }

    private static List<String> partly() {
        List<String> lines = new ArrayList<>(List.of("| directive | what there is |", "|---|---|"));
        nginxs().filter(entry -> entry.support() == Support.PARTLY)
                .sorted(Comparator.comparing(Entry::name))
                .forEach(entry -> lines.add("| `" + entry.name() + "` | " + entry.note() + " |"));
        return lines;
    }

    private static List<String> wrapped(Stream<String> names) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        names.map(name -> "`" + name + "`").forEach(name -> {
            if (line.length() + name.length() > WIDTH) {
                lines.add(line.toString().strip());
                line.setLength(0);
            }
            line.append(name).append(' ');
        });
        lines.add(line.toString().strip());
        return lines;
    }

    /** The page with other lines in the place of the first table, or list of names, under a heading. */
    private static String with(String page, String heading, List<String> lines) {
        int start = page.indexOf("\n## " + heading + "\n");
        assertTrue(start >= 0, heading);
        Matcher block = Pattern.compile("(?m)(^(\\|.*|(`[$a-z0-9_]+` ?)+)\n)+").matcher(page);
        assertTrue(block.find(start), heading);
        return page.substring(0, block.start()) + String.join("\n", lines) + "\n" + page.substring(block.end());
    }

    @Test
    void anErrorTellsAMissingOneFromAMisspeltOne() throws IOException {
        assertEquals("\"image_filter\" directive is not supported by hopyard in F:2", mistake("image_filter x;"));
        assertEquals("no port in upstream \"x\" in F:2", mistake("location / { grpc_pass x; }"));
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
