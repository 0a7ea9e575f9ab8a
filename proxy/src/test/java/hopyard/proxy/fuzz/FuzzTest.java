package hopyard.proxy.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.NginxDirectives;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.modules.Modules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Jazzer on each of the {@link Targets}, from the corpus in src/test/resources/fuzz: for a moment here, and for as long
 * as one likes with {@code -Dfuzz.seconds=600} (docs/robustness.md), which adds to the corpus what it finds new.
 */
class FuzzTest {

    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 0);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "Conf,conf",
        "Load,load",
        "Response,response",
        "Chunks,chunks",
        "HopTraces,hopTrace",
        "TraceParents,traceParent",
        "Forwarded,forwarded",
        "RequestPath,requestPath"
    })
    void nothingBreaksIt(String target, String corpus) throws IOException, InterruptedException {
        Path kept = Path.of("src/test/resources/fuzz", corpus).toAbsolutePath();
        Path found = SECONDS > 0 ? kept : Files.createDirectory(directory.resolve("found"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + Targets.class.getName() + "$" + target,
                "--instrumentation_includes=hopyard.**",
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + "/",
                "-max_total_time=" + Math.max(SECONDS, 2),
                "-timeout=60",
                found.toString(),
                kept.toString()));
        if (target.equals("Load")) {
            // that expressions come from a configuration is what it is for
            command.add("--disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection");
            command.addAll(List.of("-dict=" + words(), "-max_len=8192", seeds().toString()));
        }
        Path output = directory.resolve("output");
        int status = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        String text = Files.readString(output, StandardCharsets.ISO_8859_1);
        assertEquals(0, status, text);
        Matcher done = Pattern.compile("Done (\\d+) runs").matcher(text);
        System.out.println("fuzz: " + target + " " + (done.find() ? done.group(1) : "no") + " executions");
    }

    /** A small nginx.conf for each directive that there is, in each context where it may stand. */
    private Path seeds() throws IOException {
        Path seeds = Files.createDirectory(directory.resolve("seeds"));
        int number = 0;
        for (Module module : Modules.all()) {
            for (Command command : module.commands()) {
                String line = command.name()
                        + " x".repeat(Math.min(command.maxArgs(), Math.max(1, command.minArgs())))
                        + (command.isBlock() ? " { a b; }" : ";");
                for (Context context : command.contexts()) {
                    String text = switch (context) {
                        case MAIN -> line + " events {} http { server { } }";
                        case EVENTS -> "events { " + line + " } http { }";
                        case HTTP -> "events {} http { " + line + " server { include a; } }\u00fflisten 80;";
                        case UPSTREAM -> "events {} http { upstream u { server 127.0.0.1; " + line + " } }";
                        case SERVER -> "events {} http { server { listen 127.0.0.1:8080; " + line + " } }";
                        case LOCATION -> "events {} http { server { location / { " + line + " } } }";
                        case SERVER_IF -> "events {} http { server { if ($uri ~ ^/x(.*)) { " + line + " } } }";
                        case LOCATION_IF ->
                            "events {} http { server { location /y { if ($a = b) { " + line + " } } } }";
                        case LIMIT_EXCEPT ->
                            "events {} http { server { location / { limit_except GET { " + line + " } } } }";
                    };
                    Files.writeString(seeds.resolve("" + number++), text, StandardCharsets.ISO_8859_1);
                }
            }
        }
        return seeds;
    }

    private Path words() throws IOException {
        return Files.write(
                directory.resolve("words"),
                NginxDirectives.all().stream().map(word -> '"' + word + '"').toList());
    }
}
