package hopyard.house;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** The code that is shipped, as the rules see it: its classes as they are compiled, and its sources. */
final class House {

    /** The root of the project. */
    static final Path ROOT = Path.of("..");

    /** Maven's modules whose classes are shipped, in the order in which they are built. */
    static final List<String> MODULES = List.of("trace", "http", "proxy", "backend");

    /** The classes of all of them. */
    static final JavaClasses CLASSES = new ClassFileImporter()
            .importPaths(MODULES.stream()
                    .map(module -> ROOT.resolve(module).resolve("target/classes"))
                    .toList());

    private House() {}

    /** Returns the name of Maven's module that a class is in. */
    static String moduleOf(JavaClass type) {
        String where = type.getSource().orElseThrow().getUri().getPath();
        return MODULES.stream()
                .filter(module -> where.contains("/" + module + "/target/classes/"))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the name of the class in whose file a class stands. */
    static String outermost(JavaClass type) {
        String name = type.getBaseComponentType().getName();
        return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
    }

    /** Returns which of the house's own classes, or packages, need which others. */
    static Map<String, Set<String>> needs(Function<JavaClass, String> nameOf) {
        Set<String> own = new TreeSet<>();
        CLASSES.forEach(each -> own.add(nameOf.apply(each)));
        Map<String, Set<String>> needs = new TreeMap<>();
        CLASSES.forEach(each -> each.getDirectDependenciesFromSelf().forEach(dependency -> {
            String from = nameOf.apply(each);
            String to = nameOf.apply(dependency.getTargetClass().getBaseComponentType());
            if (own.contains(to) && !to.equals(from)) {
                needs.computeIfAbsent(from, x -> new TreeSet<>()).add(to);
            }
        }));
        return needs;
    }

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
