package hopyard.proxy.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Jazzer on each of the {@link Targets}, from the corpus in src/test/resources/fuzz: for a moment here, and for as long as one
 * likes with {@code -Dfuzz.seconds=600} (docs/robustness.md), which adds to the corpus what it finds new.
 */
class FuzzTest {

    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 0);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "Conf,conf",
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
        List<String> command = List.of(
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
                "-timeout=10",
                found.toString(),
                kept.toString());
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
}
