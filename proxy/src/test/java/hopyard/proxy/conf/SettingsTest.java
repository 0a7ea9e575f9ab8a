package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import hopyard.proxy.console.Console;
import hopyard.proxy.console.ConsoleModule;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.running.ConfigurationLoader;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings are read and inherited, and those that the modules declare are sound in what the compiler cannot see. */
class SettingsTest {

    @TempDir
    private Path directory;

    private static List<Settings<?>> all() {
        return ConsoleModule.andAllOthers(new Console()).stream()
                .flatMap(module -> module.settings().stream())
                .toList();
    }

    private Scope main() throws Exception {
        Path file = Files.writeString(directory.resolve("nginx.conf"), "events {} http { server { } }");
        return new ConfigurationLoader(ConsoleModule.andAllOthers(new Console()), directory, file, "", "stderr")
                .inspect()
                .main();
    }

    /** One setting: the place of a component in its record, and its directive. */
    private record Placed(Class<?> of, String component, String directive, Class<?> type) {}

    private List<Placed> placed(Settings<?> settings) throws Exception {
        Record made = settings.of(main());
        RecordComponent[] components = made.getClass().getRecordComponents();
        assertEquals(components.length, settings.components().size(), () -> "components of " + made);
        List<Placed> all = new ArrayList<>();
        for (int i = 0; i < components.length; i++) {
            String directive = settings.components().get(i).get(0).name();
            all.add(new Placed(made.getClass(), components[i].getName(), directive, components[i].getType()));
        }
        return all;
    }

    /**
     * Returns how well a component's name fits a directive's: what words they share, and what the directive has beside
     * them; best is the directive's name itself, or the end of it.
     */
    private static int fit(String component, String directive) {
        String name = component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
        List<String> said = List.of(name.split("_"));
        List<String> words = List.of(directive.split("_"));
        boolean isItsEnd = ("_" + directive).endsWith("_" + name);
        long shared = said.stream().filter(word -> isAmong(word, words)).count();
        long unsaid = words.stream().filter(word -> !isAmong(word, said)).count();
        return (int) (2 * shared - unsaid) + (isItsEnd ? 1 : 0);
    }

    /** Words are alike if they begin alike: {@code ignored} and {@code ignore}. */
    private static boolean isAmong(String word, List<String> words) {
        return words.stream().anyMatch(other -> {
            int n = Math.min(4, Math.min(word.length(), other.length()));
            return word.equals(other) || n > 2 && word.regionMatches(0, other, 0, n);
        });
    }

    /**
     * A component and its directive belong together by their place. The compiler sees that their types fit. Where
     * others of the record have the same type, only the names tell that two have not changed places.
     */
    @Test
    void aComponentIsCalledLikeItsDirectiveAndLessLikeAnyOtherOfItsType() throws Exception {
        List<String> strange = new ArrayList<>();
        int count = 0;
        for (Settings<?> each : all()) {
            List<Placed> placed = placed(each);
            count += placed.size();
            for (Placed one : placed) {
                for (Placed other : placed) {
                    if (one != other
                            && one.type == other.type
                            && fit(one.component, one.directive) <= fit(one.component, other.directive)) {
                        strange.add(one.of.getSimpleName() + ": the component in the place of \"" + one.directive
                                + "\" is called " + one.component + ", which is no less like \"" + other.directive
                                + "\", of the same type");
                    }
                }
            }
        }
        assertTrue(count > 200, "components: " + count);
        if (!strange.isEmpty()) {
            fail("A component of a settings record and its directive stand at the same place of two lists:\n    "
                    + String.join("\n    ", strange)
                    + "\nIf two have changed places, change them back. If the name only does not tell them apart, call the"
                    + " component like the directive, without the module's prefix.\n");
        }
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
        for (Module module : ConsoleModule.andAllOthers(new Console())) {
            assertTrue(module.manual().page().matches("ngx_[a-z0-9_]+_module|[a-z]+\\.md"), module.manual()::page);
        }
    }
}
