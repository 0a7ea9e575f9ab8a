package hopyard.house;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** The classes that are shipped, as they are compiled. */
final class Compiled {

    /** The classes of all modules. */
    static final JavaClasses CLASSES = new ClassFileImporter()
            .importPaths(House.MODULES.stream()
                    .map(module -> House.ROOT.resolve(module).resolve("target/classes"))
                    .toList());

    static {
        for (String module : House.MODULES) {
            if (CLASSES.stream().noneMatch(each -> moduleOf(each).equals(module))) {
                throw new IllegalStateException(module + "/target/classes is empty: run with \"-am\", or \"make one\"");
            }
        }
    }

    private Compiled() {}

    /** Returns the name of Maven's module that a class is in. */
    static String moduleOf(JavaClass type) {
        String where = type.getSource().orElseThrow().getUri().getPath();
        return House.MODULES.stream()
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
}
