package hopyard.http.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** Classes in XNIO's package are the ones that run, or the start says why it cannot be. */
class XnioCheckTest {

    /** What another JVM runs, with a class path of its own. */
    static final class Start {
        public static void main(String[] args) {
            XnioCheck.run();
        }
    }

    private record Said(int exit, String text) {}

    private static Said start(List<String> classPath) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        String.join(File.pathSeparator, classPath),
                        Start.class.getName())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    private static List<String> classPath() {
        return new ArrayList<>(
                Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator)));
    }

    @Test
    void oursRunWithTheLibrariesThatTheyWereMadeFor() throws Exception {
        assertDoesNotThrow(XnioCheck::run);
        assertEquals(new Said(0, ""), start(classPath()));
    }

    private static List<String> classPathThatBeginsWith(String library) {
        List<String> sorted = classPath();
        Collections.sort(sorted, (a, b) -> Boolean.compare(b.contains(library), a.contains(library)));
        return sorted;
    }

    @Test
    void xnioAheadOfOursOnTheClassPathIsAnErrorThatSaysWhatToDo() throws Exception {
        Said said = start(classPathThatBeginsWith("xnio-nio"));
        assertEquals(1, said.exit, said.text);
        assertTrue(said.text.contains("put hopyard-http before xnio-nio on the class path"), said.text);
    }

    @Test
    void undertowAheadOfOursIsNothingToUs() throws Exception {
        assertEquals(new Said(0, ""), start(classPathThatBeginsWith("undertow-core")));
    }

    @Test
    void aLibraryOfAnotherVersionIsAnErrorThatNamesBoth() throws Exception {
        List<String> unpacked = classPath();
        // a directory has no version
        unpacked.replaceAll(each -> each.contains("xnio-api") ? withoutManifest(each) : each);
        Said said = start(unpacked);
        assertEquals(1, said.exit, said.text);
        assertTrue(said.text.contains("xnio-api is of version null, and Hopyard's classes"), said.text);
    }

    private static String withoutManifest(String jar) {
        try {
            Path directory = Files.createTempDirectory(Path.of("target"), "xnio");
            try (ZipFile entries = new ZipFile(jar)) {
                for (ZipEntry entry : Collections.list(entries.entries())) {
                    Path file = directory.resolve(entry.getName());
                    if (entry.isDirectory()) {
                        Files.createDirectories(file);
                    } else {
                        Files.createDirectories(file.getParent());
                        Files.copy(entries.getInputStream(entry), file);
                    }
                }
            }
            return directory.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
