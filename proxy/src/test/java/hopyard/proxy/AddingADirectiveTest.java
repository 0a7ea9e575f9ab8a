package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.modules.Reference;
import hopyard.proxy.running.ConfigurationLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/adding-a-directive.md} says: a directive is a component of a record. */
class AddingADirectiveTest {

    private static final Path PAGE = Path.of("../docs/adding-a-directive.md");
    private static final Path SELF = Path.of("src/test/java/hopyard/proxy/AddingADirectiveTest.java");

    @TempDir
    private Path directory;

    /** Notes what counts in each location. */
    private static final class Invented implements Module {

        private static final Settings<InventedSettings> SETTINGS = Settings.of("proxy", InventedSettings::new);

        private final Map<String, InventedSettings> found = new TreeMap<>();

        // the lines of the page
        private record InventedSettings(long nextUpstreamDelay) {
            InventedSettings(SettingsReader in) {
                this(in.directive("*_next_upstream_delay")
                        .byDefault("0")
                        .means("How long to wait before the next server of the group is asked.")
                        .millis());
            }
        }

        @Override
        public Manual manual() {
            return new Manual("proxy", "ngx_http_proxy_module");
        }

        @Override
        public List<Settings<?>> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public void compile(Scope scope, LocationHandlers location) {
            found.put(location.location().name(), SETTINGS.of(scope));
        }
    }

    private Map<String, Invented.InventedSettings> load(String http) throws IOException, ConfException {
        Path file =
                Files.writeString(directory.resolve("nginx.conf"), "events {} http { access_log off; " + http + " }");
        Invented invented = new Invented();
        List<Module> modules = new ArrayList<>(Modules.all());
        modules.add(invented);
        new ConfigurationLoader(modules, directory, file, "", "stderr").read(null);
        return invented.found;
    }

    private String mistake(String http) {
        String message = assertThrows(ConfException.class, () -> load(http)).getMessage();
        return message.replace(directory.resolve("nginx.conf").toString(), "F");
    }

    @Test
    void isReadAndInheritedAndHasItsDefault() throws Exception {
        var found = load("server { listen 1; location /none {} }"
                + "server { listen 2; proxy_next_upstream_delay 2s; location /outer {}"
                + " location /own { proxy_next_upstream_delay 1500ms; location /own/inner {} } }");
        assertEquals(0, found.get("/none").nextUpstreamDelay());
        assertEquals(2000, found.get("/outer").nextUpstreamDelay());
        assertEquals(1500, found.get("/own").nextUpstreamDelay());
        assertEquals(1500, found.get("/own/inner").nextUpstreamDelay());
    }

    @Test
    void levelsThatSayNothingShareWhatIsMade() throws Exception {
        var found = load("server { location /a {} location /b {} }");
        assertTrue(found.get("/a") == found.get("/b"));
    }

    @Test
    void mistakesAreToldInNginxsWords() {
        assertEquals(
                "\"proxy_next_upstream_delay\" directive is duplicate in F:1",
                mistake("proxy_next_upstream_delay 1s; proxy_next_upstream_delay 2s;"));
        assertEquals(
                "\"proxy_next_upstream_delay\" directive invalid value in F:1",
                mistake("proxy_next_upstream_delay x;"));
        assertEquals(
                "invalid number of arguments in \"proxy_next_upstream_delay\" directive in F:1",
                mistake("proxy_next_upstream_delay 1 2;"));
        assertEquals(
                "\"proxy_next_upstream_delay\" directive is not allowed here in F:1",
                mistake("server { if ($host) { proxy_next_upstream_delay 1; } }"));
    }

    @Test
    void isDocumented() {
        Reference.Entry entry = Reference.directives(List.of(new Invented())).get(0);
        assertEquals("proxy_next_upstream_delay", entry.name());
        assertEquals("0", entry.byDefault());
        assertEquals("How long to wait before the next server of the group is asked.", entry.means());
        assertEquals(
                "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_delay", entry.url());
        assertEquals(Reference.Support.FULL, entry.support());
    }

    @Test
    void thePageShowsTheseVeryLinesAndTheyAreNoMoreThanTen() throws IOException {
        List<String> added = Files.readString(PAGE)
                .lines()
                .filter(line -> line.startsWith("+") && !line.startsWith("+++"))
                .map(line -> line.substring(1).strip())
                .toList();
        assertTrue(!added.isEmpty() && added.size() <= 10, added::toString);
        String self = Files.readString(SELF).lines().map(String::strip).collect(Collectors.joining());
        for (String line : added) {
            assertTrue(self.contains(line.replaceFirst(",$", "")), line);
        }
    }
}
