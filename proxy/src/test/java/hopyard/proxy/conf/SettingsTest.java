package hopyard.proxy.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.http.ConfigurationLoader;
import hopyard.proxy.http.Module;
import hopyard.proxy.modules.Modules;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the annotations say of settings is sound, which the compiler cannot see. */
class SettingsTest {

    @TempDir
    private Path directory;

    private static List<Settings<?>> all() {
        return Modules.all().stream()
                .flatMap(module -> module.settings().stream())
                .toList();
    }

    /** Each component with one of its annotations. */
    private static Stream<Object[]> declared() {
        return all().stream()
                .map(Settings::type)
                .distinct()
                .flatMap(type -> Stream.of(type.getRecordComponents()))
                .flatMap(component -> Stream.of(component.getAnnotationsByType(Setting.class))
                        .map(setting -> new Object[] {setting.name(), component, setting}));
    }

    @Test
    void everyComponentIsASetting() {
        for (Settings<?> each : all()) {
            for (RecordComponent component : each.type().getRecordComponents()) {
                assertTrue(component.getAnnotationsByType(Setting.class).length > 0, component::toString);
            }
        }
        assertTrue(declared().count() > 150);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("declared")
    void theReaderGivesWhatTheComponentTakes(String name, RecordComponent component, Setting setting) {
        if (setting.reader() == Readers.ByType.class) {
            assertNotNull(Readers.of(component.getType(), setting));
            return;
        }
        Class<?> given = Stream.of(setting.reader().getMethods())
                .filter(method -> method.getName().equals("read") && method.getParameterCount() == 3)
                .filter(method -> !method.isBridge())
                .map(Method::getReturnType)
                .findFirst()
                .orElseThrow();
        assertEquals(MethodType.methodType(component.getType()).wrap().returnType(), given);
        assertFalse(!setting.byDefault().isEmpty() && !setting.otherwise().isEmpty(), "two defaults");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("declared")
    void aPrimitiveHasADefaultOrZeroMeansNothing(String name, RecordComponent component, Setting setting) {
        assertTrue(!component.getType().isPrimitive() || setting.otherwise().isEmpty(), "0 is not what it means");
    }

    @Test
    void everyDefaultCanBeRead() throws Exception {
        Path file = Files.writeString(directory.resolve("nginx.conf"), "events {} http { server { } }");
        Scope main = new ConfigurationLoader(Modules.all(), directory, file, "", "stderr")
                .inspect()
                .main();
        for (Settings<?> each : all()) {
            assertNotNull(each.of(main));
        }
    }

    private record Lists(
            @Setting(
                    name = "add",
                    reader = Words.class,
                    max = Command.ANY,
                    in = {Context.MAIN, Context.HTTP, Context.SERVER})
            List<String> words,

            @Setting(
                    name = "number",
                    byDefault = "7",
                    between = {1, 9},
                    in = {Context.MAIN, Context.HTTP})
            int number) {}

    private static final class Words implements ValueReader.Repeated<List<String>> {
        @Override
        public List<String> read(Scope scope, Directive d, List<String> former) {
            List<String> words = former == null ? new ArrayList<>() : former;
            words.addAll(d.args());
            return words;
        }
    }

    private static final Settings<Lists> LISTS = Settings.of(Lists.class);

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
