package hopyard.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.django.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The corpus in {@code cases/}: settings and requests, before the real Django and before the app. The Django is
 * Debian's, and those of the Pythons that the environment variable {@code DJANGO_PYTHON} names, with colons between
 * them.
 */
class DjangoDifferentialTest {

    private static final Path CASES = Path.of("src/test/resources/cases");
    /** Which groups are wanted: {@code -Dcases='hosts|csrf'}. */
    private static final String ONLY = System.getProperty("cases", ".*");

    private static final String DEBIANS = "/usr/bin/python3";

    private static final List<RealDjango> ORACLES = new ArrayList<>();

    @TempDir
    private static Path directory;

    private static int number;

    @BeforeAll
    static void start() throws IOException {
        ORACLES.addAll(oracles());
    }

    /** Returns every Django that there is. Where there is none, the test is skipped; under CI=true it fails. */
    static List<RealDjango> oracles() throws IOException {
        List<RealDjango> found = new ArrayList<>();
        String more = System.getenv().getOrDefault("DJANGO_PYTHON", "");
        for (String python : (DEBIANS + ":" + more).split(":")) {
            Optional<RealDjango> django = python.isEmpty() ? Optional.empty() : RealDjango.of(python);
            django.ifPresent(found::add);
        }
        Tools.require(!found.isEmpty(), "Django is not installed (apt-get install python3-django gunicorn)");
        return found;
    }

    @AfterAll
    static void stop() throws IOException {
        for (RealDjango each : ORACLES) {
            each.close();
        }
        ORACLES.clear();
    }

    @TestFactory
    Stream<DynamicContainer> behavesLikeDjango() throws IOException {
        List<DynamicContainer> out = new ArrayList<>();
        for (RealDjango django : ORACLES) {
            Map<String, List<DynamicTest>> groups = new LinkedHashMap<>();
            int requests = 0;
            int cases = 0;
            int skipped = 0;
            for (DjangoCase each : DjangoCase.all(CASES)) {
                if (!each.group().matches(ONLY)) {
                    continue;
                }
                if (each.since() > DjangoCase.version(django.version())) {
                    skipped++;
                    continue;
                }
                cases++;
                requests += each.requests().size();
                groups.computeIfAbsent(each.group(), key -> new ArrayList<>())
                        .add(DynamicTest.dynamicTest(each.name(), () -> compare(django, each)));
            }
            System.out.printf(
                    "django: %d cases with %d requests are compared with Django %s, %d are for later versions%n",
                    cases, requests, django.version(), skipped);
            out.add(DynamicContainer.dynamicContainer(
                    "Django " + django.version(),
                    groups.entrySet().stream().map(e -> DynamicContainer.dynamicContainer(e.getKey(), e.getValue()))));
        }
        return out.stream();
    }

    /** Under CI nothing is skipped: then there is a Django for each case. */
    @Test
    void thereIsADjangoForEachCase() throws IOException {
        int newest = ORACLES.stream()
                .mapToInt(each -> DjangoCase.version(each.version()))
                .max()
                .orElse(0);
        List<String> without = DjangoCase.all(CASES).stream()
                .filter(each -> each.since() > newest)
                .map(DjangoCase::name)
                .toList();
        Tools.require(
                without.isEmpty(),
                without.size() + " cases are for a later Django; DJANGO_PYTHON names a Python that has one");
    }

    private static void compare(RealDjango django, DjangoCase which) throws Exception {
        List<String> theirs = inDjango(django, which);
        List<String> ours = inHopyard(django, which);
        if (which.differs() != null) {
            assertNotEquals(theirs, ours, "this does not differ any more: " + which.differs());
            return;
        }
        for (int i = 0; i < which.requests().size(); i++) {
            assertEquals(theirs.get(i), ours.get(i), which.requests().get(i).name());
        }
        if (which.log() == null) {
            assertEquals(theirs.get(theirs.size() - 1), ours.get(ours.size() - 1), "the log");
        }
    }

    private static List<String> inDjango(RealDjango django, DjangoCase which) throws Exception {
        Path output = directory.resolve("output" + number++);
        if (which.server().equals("gunicorn")) {
            int port = RealDjango.freePort();
            Process gunicorn = django.gunicorn(which.settings(), output, port, "--threads", "4");
            try {
                return outcomes(which, port, List::of);
            } finally {
                gunicorn.destroy();
                assertTrue(gunicorn.waitFor(10, TimeUnit.SECONDS));
            }
        }
        try (RealDjango.Server server = django.runserver(which.settings(), output)) {
            return outcomes(which, server.port(), () -> {
                try {
                    return server.log();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    private static List<String> inHopyard(RealDjango django, DjangoCase which) throws Exception {
        List<String> log = new CopyOnWriteArrayList<>();
        Map<String, String> given = new HashMap<>(which.settings());
        if (DjangoCase.version(django.version()) < DjangoCase.version("4.0")) {
            // there was no such field
            given.put("SECURE_CROSS_ORIGIN_OPENER_POLICY", "");
        }
        try (App app = new App(settings(given), log::add)) {
            int port = app.start();
            return outcomes(which, port, () -> log);
        } catch (Setting.Invalid e) {
            return List.of("CommandError: " + e.getMessage());
        }
    }

    /** Returns settings where nothing is allowed by default, as in Django. */
    static Settings settings(Map<String, String> given) throws Setting.Invalid {
        Map<String, String> environment =
                new HashMap<>(Map.of("BIND", "127.0.0.1", "PORT", "0", "ALLOWED_HOSTS", "", "STATIC_ROOT", "static"));
        environment.putAll(given);
        return Settings.from(environment);
    }

    /** Returns what each request came to, and at the end what the log says. */
    private static List<String> outcomes(DjangoCase which, int port, Supplier<List<String>> log) throws Exception {
        List<String> out = new ArrayList<>();
        List<Conversation.Response> responses = new ArrayList<>();
        boolean isLogged = which.log() == null && !which.server().equals("gunicorn");
        try (Conversation client = new Conversation(port)) {
            for (DjangoCase.Request request : which.requests()) {
                Conversation.Response response = client.send(request);
                responses.add(response);
                out.add(Meaning.of(response, port));
                if (isLogged) {
                    RealDjango.until(
                            "the log's line for " + request.name() + " in " + log.get(),
                            () -> Meaning.served(log.get())
                                    >= responses.stream()
                                            .filter(each -> !each.head().isEmpty())
                                            .count());
                }
            }
        }
        out.add(isLogged ? String.join("\n", Meaning.of(log.get(), responses, port)) : "");
        return out;
    }

    /** Where Django refuses to start, or a check of its complains, the app says the same. */
    @TestFactory
    Stream<DynamicTest> settingsThatDjangoDoesNotStartWithAreRefusedInItsWords() {
        Map<Map<String, String>, String> cases = new LinkedHashMap<>();
        cases.put(
                Map.of("DEBUG", "false", "ALLOWED_HOSTS", ""),
                "You must set settings.ALLOWED_HOSTS if DEBUG is False.");
        cases.put(
                Map.of("CSRF_TRUSTED_ORIGINS", "example.com"),
                "must start with a scheme (usually http:// or https://) but found example.com.");
        return ORACLES.stream()
                .flatMap(django -> cases.entrySet().stream()
                        .filter(each -> !each.getKey().containsKey("CSRF_TRUSTED_ORIGINS")
                                || DjangoCase.version(django.version()) >= DjangoCase.version("4.0"))
                        .map(each -> DynamicTest.dynamicTest(django.version() + " " + each.getKey(), () -> {
                            Path output = directory.resolve("output" + number++);
                            try (RealDjango.Server server =
                                    django.start(each.getKey(), output, List.of("--noreload"))) {
                                RealDjango.until(
                                        "the message in " + output,
                                        () -> String.join(" ", server.log()).contains(each.getValue()));
                            }
                            Setting.Invalid refused = org.junit.jupiter.api.Assertions.assertThrows(
                                    Setting.Invalid.class, () -> settings(each.getKey()));
                            assertTrue(refused.getMessage().contains(each.getValue()), refused.getMessage());
                        })));
    }

    /** docs/django.md names each difference that is wanted; {@code -Ddocs.write=true} writes it there. */
    @Test
    void theDocumentNamesEveryDifferenceOnPurpose() throws IOException {
        Path document = Path.of("../docs/django.md");
        StringBuilder table = new StringBuilder("| about | here | compared in |\n|---|---|---|\n");
        for (DjangoCase each : DjangoCase.all(CASES)) {
            if (each.differs() != null) {
                table.append("| ")
                        .append(each.name())
                        .append(" | ")
                        .append(each.differs())
                        .append(" | ");
                table.append(each.group()).append(".cases |\n");
            }
        }
        check(document, "differences", table.toString());
        check(document, "settings", table(hopyard.backend.django.DjangoSettings.all()));
        check(document, "servers", table(Serving.all()));
    }

    private static String table(List<Setting<?>> settings) {
        StringBuilder out = new StringBuilder("| setting | default | meaning |\n|---|---|---|\n");
        settings.forEach(each -> out.append("| `")
                .append(each.name())
                .append("` | ")
                .append(each.byDefault())
                .append(" | ")
                .append(each.meaning())
                .append(" |\n"));
        return out.toString();
    }

    private static void check(Path document, String what, String table) throws IOException {
        String text = Files.readString(document);
        String begin = "<!-- " + what + ": written by DjangoDifferentialTest -->\n\n";
        String end = "\n<!-- end of " + what + " -->";
        assertTrue(text.contains(begin) && text.contains(end), "docs/django.md has no place for " + what);
        String before = text.substring(0, text.indexOf(begin) + begin.length());
        String after = text.substring(text.indexOf(end));
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(document, before + table + after);
        } else {
            List<String> lines = Arrays.asList(text.substring(before.length(), text.length() - after.length())
                    .split("\n"));
            assertEquals(
                    table,
                    String.join("\n", lines) + "\n",
                    "run this with -Dtest=DjangoDifferentialTest -Ddocs.write=true");
        }
    }
}
