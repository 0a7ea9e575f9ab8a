package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.Modules;
import hopyard.proxy.running.ConfigurationLoader;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings are read and inherited, and those that the modules declare are sound in what the compiler cannot see. */
class SettingsTest {

    @TempDir
    private Path directory;

    private static List<Settings<?>> all() {
        return Modules.all().stream()
                .flatMap(module -> module.settings().stream())
                .toList();
    }

    private Scope main() throws Exception {
        Path file = Files.writeString(directory.resolve("nginx.conf"), "events {} http { server { } }");
        return new ConfigurationLoader(Modules.all(), directory, file, "", "stderr")
                .inspect()
                .main();
    }

    /**
     * A component and its directive belong together by their place. The compiler sees that their types fit; where others have
     * the same type, their names have to fit, too.
     */
    @Test
    void aComponentIsCalledLikeItsDirective() throws Exception {
        Scope main = main();
        List<String> strange = new ArrayList<>();
        int count = 0;
        for (Settings<?> each : all()) {
            RecordComponent[] components = each.of(main).getClass().getRecordComponents();
            assertEquals(components.length, each.components().size(), () -> "components of " + each.of(main));
            for (int i = 0; i < components.length; i++) {
                count++;
                String component = components[i].getName();
                String directive = each.components().get(i).get(0).name();
                boolean isLike = Stream.of(component.split("(?=[A-Z])"))
                        .map(word -> word.toLowerCase(Locale.ROOT))
                        .map(word -> word.length() > 4 ? word.substring(0, 4) : word)
                        .anyMatch(directive::contains);
                Class<?> type = components[i].getType();
                boolean isAlone = Stream.of(components)
                                .filter(other -> other.getType() == type)
                                .count()
                        == 1;
                if (!isLike && !isAlone) {
                    strange.add(component + " " + directive);
                }
            }
        }
        assertTrue(count > 150, "components: " + count);
        assertEquals(List.of(), strange);
    }

    @Test
    void everyDefaultCanBeRead() throws Exception {
        Scope main = main();
        for (Settings<?> each : all()) {
            assertNotNull(each.of(main));
        }
    }

    private record Lists(List<String> words, int number) {
        Lists(SettingsReader in) {
            this(
                    in.directive("add")
                            .in(Context.MAIN, Context.HTTP, Context.SERVER)
                            .args(1, Command.ANY)
                            .read(new Words(), List.of()),
                    in.directive("number")
                            .byDefault("7")
                            .in(Context.MAIN, Context.HTTP)
                            .between(1, 9)
                            .number());
        }
    }

    private static final class Words implements ValueReader.Repeated<List<String>> {
        @Override
        public List<String> read(Scope scope, Directive d, List<String> former) {
            List<String> words = former == null ? new ArrayList<>() : former;
            words.addAll(d.args());
            return words;
        }
    }

    private static final Settings<Lists> LISTS = Settings.of(Lists::new);

    private static void apply(Scope scope, String name, String... args) throws ConfException {
        new Loader(Path.of("/"), LISTS.commands(), Bounds.ofHeap())
                .apply(new Block(List.of(new Directive(name, List.of(args), null, "F", 1, 0)), null), scope);
    }

    @Test
    void aLevelThatAddsHasNothingOfTheLevelAround() throws Exception {
        Scope main = new Scope(Context.MAIN, null);
        Scope http = new Scope(Context.HTTP, main);
        Scope server = new Scope(Context.SERVER, http);
        apply(main, "add", "a");
        apply(main, "add", "b");
        apply(http, "number", "3");
        apply(server, "add", "c");
        LISTS.inherit(main, http);
        LISTS.inherit(http, server);
        assertEquals(new Lists(List.of("a", "b"), 7), LISTS.of(main));
        assertEquals(new Lists(List.of("a", "b"), 3), LISTS.of(http));
        assertEquals(new Lists(List.of("c"), 3), LISTS.of(server));
        assertThrows(
                UnsupportedOperationException.class,
                () -> LISTS.of(server).words().add("d"));
    }

    @Test
    void whatWasMadeBeforeALineIsMadeAnewAfterIt() throws Exception {
        Scope main = new Scope(Context.MAIN, null);
        apply(main, "add", "a");
        assertEquals(List.of("a"), LISTS.of(main).words());
        apply(main, "add", "b");
        assertEquals(List.of("a", "b"), LISTS.of(main).words());
    }

    @Test
    void aNumberHasItsBounds() {
        Scope main = new Scope(Context.MAIN, null);
        ConfException mistake = assertThrows(ConfException.class, () -> apply(main, "number", "10"));
        assertEquals("value must be between 1 and 9 in F:1", mistake.getMessage());
    }

    @Test
    void modulesNameThePagesOfTheirDirectives() {
        for (Module module : Modules.all()) {
            assertTrue(module.manual().page().matches("ngx_[a-z0-9_]+_module|[a-z]+\\.md"), module.manual()::page);
        }
    }
}
