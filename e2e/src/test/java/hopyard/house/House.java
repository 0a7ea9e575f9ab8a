package hopyard.house;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Where the sources are, and how a broken rule is told. */
final class House {

    /** The root of the project. */
    static final Path ROOT = Path.of("..");

    /** Maven's modules whose classes are shipped, in the order in which they are built. */
    static final List<String> MODULES = List.of("trace", "http", "otel", "otlp", "proxy", "backend", "database");

    private House() {}

    /** Returns the sources of all modules, by the full name of the class. */
    static Map<String, Path> sources() throws IOException {
        Map<String, Path> sources = new TreeMap<>();
        for (String module : MODULES) {
            Path root = ROOT.resolve(module).resolve("src/main/java");
            for (Path file : files(root, ".java")) {
                String name = root.relativize(file).toString().replace(".java", "");
                sources.put(name.replace(file.getFileSystem().getSeparator(), "."), file);
            }
        }
        assertTrue(sources.size() > 500, () -> sources.size() + " sources");
        return sources;
    }

    /** Returns the files in a directory, and in those below it, whose names end so. */
    static List<Path> files(Path directory, String end) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    /** Fails if anything breaks a rule, and says which rule, what breaks it, and what to do. */
    static void holds(String rule, Collection<String> broken, String whatToDo) {
        if (!broken.isEmpty()) {
            fail(rule + "\n    " + String.join("\n    ", broken) + "\n" + whatToDo + "\n");
        }
    }
}
