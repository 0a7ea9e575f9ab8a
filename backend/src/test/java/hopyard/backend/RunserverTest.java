package hopyard.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What runserver says when it starts, beside what the app says. */
class RunserverTest {

    /** What only Django says: it starts itself again when the code changes, and is no server for production. */
    private static final List<String> ONLY_DJANGO = List.of(
            "Watching for file changes with StatReloader",
            "WARNING: This is a development server. Do not use it in a production setting. Use a production WSGI or ASGI server"
                    + " instead.",
            "For more information on production servers see: URL");

    private static List<RealDjango> oracles = List.of();

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws Exception {
        oracles = DjangoDifferentialTest.oracles();
    }

    @AfterAll
    static void stop() throws Exception {
        for (RealDjango each : oracles) {
            each.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> theBannerIsThatOfRunserver() {
        return oracles.stream()
                .map(django -> DynamicTest.dynamicTest(django.version(), () -> {
                    Path output = directory.resolve("banner" + django.version());
                    try (RealDjango.Server server = django.start(Map.of(), output, List.of())) {
                        RealDjango.until(
                                "the banner",
                                () -> String.join("\n", server.log()).contains("CONTROL-C."));
                        List<String> theirs = new ArrayList<>(normalized(server.log()));
                        List<String> ours = normalized(
                                Main.banner("127.0.0.1", server.port()).lines().toList());
                        theirs.removeAll(ONLY_DJANGO);
                        assertEquals(ours, theirs);
                        assertTrue(server.log().contains(ONLY_DJANGO.get(0)), server.log() + "");
                    }
                }));
    }

    private static List<String> normalized(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.isBlank())
                .map(line -> line.replaceFirst("^\\w+ \\d\\d, \\d{4} - \\d\\d:\\d\\d:\\d\\d$", "TIME")
                        .replaceFirst("^(Django|Hopyard app) version [^,]*, using settings .*", "VERSION, SETTINGS")
                        .replaceFirst("see: https://.*", "see: URL"))
                .toList();
    }
}
