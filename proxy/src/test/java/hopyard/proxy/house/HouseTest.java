package hopyard.proxy.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of the house. What breaks one on purpose, or not yet, is in {@link Exceptions} with its reason. */
class HouseTest {

    /** The root of the project. */
    private static final Path ROOT = Path.of("..");

    private static final int MAX_LINES = 400;

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .importPaths(
                    Path.of("target/classes"),
                    ROOT.resolve("http/target/classes"),
                    ROOT.resolve("trace/target/classes"));

    /** The packages in the order of README, the highest first. */
    private static List<String> order() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String list = readme.substring(readme.indexOf("arrows point down only"));
        List<String> packages = list.lines()
                .skip(1)
                .dropWhile(String::isBlank)
                .takeWhile(line -> line.startsWith("    "))
                .map(line -> line.strip().split("\\s+")[0])
                .toList();
        assertTrue(packages.size() > 8, () -> "README's list is " + packages);
        return packages;
    }

    private static Stream<Dependency> dependencies() {
        return CLASSES.stream().flatMap(each -> each.getDirectDependenciesFromSelf().stream());
    }

    @Test
    void aPackageNeedsNoneThatIsAboveItInReadmesList() throws IOException {
        List<String> order = order();
        Set<String> upwards = new TreeSet<>();
        dependencies().forEach(each -> {
            int from = order.indexOf(each.getOriginClass().getPackageName());
            int to = order.indexOf(each.getTargetClass().getPackageName());
            if (from >= 0 && to >= 0 && to < from) {
                upwards.add(each.getOriginClass().getName() + " -> "
                        + each.getTargetClass().getName());
            }
        });
        assertEquals(Set.of(), upwards);
    }

    @Test
    void readmesListHasAllPackagesOfTheProxy() throws IOException {
        List<String> order = order();
        Set<String> missing = CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith("hopyard.proxy"))
                .filter(name -> !order.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), missing);
    }

    @Test
    void whatBothServersShareNeedsNeitherOfThem() {
        Set<String> upwards = dependencies()
                .filter(each -> !each.getOriginClass().getPackageName().startsWith("hopyard.proxy"))
                .filter(each -> each.getTargetClass().getPackageName().startsWith("hopyard.proxy"))
                .map(Dependency::getDescription)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), upwards);
    }

    @Test
    void classesOfOnePackageNeedEachOtherInNoOtherCirclesThanTheListedOnes() {
        Map<String, Set<String>> needs = new TreeMap<>();
        dependencies()
                .filter(each -> each.getOriginClass()
                        .getPackageName()
                        .equals(each.getTargetClass().getPackageName()))
                .forEach(each -> needs.computeIfAbsent(outermost(each.getOriginClass()), x -> new TreeSet<>())
                        .add(outermost(each.getTargetClass())));
        Map<String, Set<String>> reached = new TreeMap<>();
        needs.keySet().forEach(each -> reached.put(each, reached(each, needs)));
        Map<String, Integer> circles = new TreeMap<>();
        reached.forEach((each, its) -> its.stream()
                .filter(other -> !other.equals(each)
                        && reached.getOrDefault(other, Set.of()).contains(each))
                .findAny()
                .ifPresent(other -> circles.merge(each.substring(0, each.lastIndexOf('.')), 1, Integer::sum)));
        assertEquals(Exceptions.IN_CIRCLES, circles);
    }

    @Test
    void noOtherClassesThanTheListedOnesReachThroughToUndertowsExchange() {
        JavaClass exchange = CLASSES.get("hopyard.proxy.exchange.Exchange");
        JavaClass facts = CLASSES.get("hopyard.proxy.exchange.RequestFacts");
        Set<String> users = Stream.of(exchange.getMethod("http"), facts.getField("http"))
                .flatMap(each -> each.getAccessesToSelf().stream())
                .map(JavaAccess::getOriginOwner)
                .filter(each -> !each.equals(exchange) && !each.equals(facts))
                .map(HouseTest::outermost)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(Exceptions.BORDER.keySet()), users);
    }

    private static Set<String> reached(String from, Map<String, Set<String>> needs) {
        Set<String> reached = new TreeSet<>();
        List<String> left = new ArrayList<>(needs.getOrDefault(from, Set.of()));
        while (!left.isEmpty()) {
            String next = left.remove(left.size() - 1);
            if (reached.add(next)) {
                left.addAll(needs.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }

    private static String outermost(JavaClass type) {
        String name = type.getName().replace("[]", "");
        return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
    }

    @Test
    void noOtherClassesThanTheListedOnesStandUnderForeignNames() {
        Set<String> foreign = CLASSES.stream()
                .map(HouseTest::outermost)
                .filter(name -> !name.startsWith("hopyard."))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(Exceptions.FOREIGN_NAMES.keySet()), foreign);
    }

    @Test
    void noClassIsLongerThan400LinesButTheListedOnes() throws IOException {
        Map<String, Integer> tooLong = new TreeMap<>();
        for (Path source : sources()) {
            int lines;
            try (Stream<String> its = Files.lines(source)) {
                lines = (int) its.count();
            }
            String name = source.getFileName().toString().replace(".java", "");
            if (lines > Exceptions.LONG.getOrDefault(name, MAX_LINES)) {
                tooLong.put(name, lines);
            }
        }
        assertEquals(Map.of(), tooLong);
    }

    @Test
    void whatIsListedAsLongStillIs() throws IOException {
        Set<String> shortNow = new TreeSet<>(Exceptions.LONG.keySet());
        for (Path source : sources()) {
            try (Stream<String> its = Files.lines(source)) {
                if (its.count() > MAX_LINES) {
                    shortNow.remove(source.getFileName().toString().replace(".java", ""));
                }
            }
        }
        assertEquals(Set.of(), shortNow);
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("trace", "http", "proxy", "backend")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        assertTrue(sources.size() > 300, () -> sources.size() + " sources");
        return sources;
    }

    @Test
    void noFieldThatOthersSeeCanBeSet() {
        Predicate<JavaField> isOpen = field -> field.getModifiers().contains(JavaModifier.PUBLIC)
                && !field.getModifiers().contains(JavaModifier.FINAL);
        Set<String> open = CLASSES.stream()
                .filter(type -> type.getFields().stream().anyMatch(isOpen))
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), open);
    }

    /** Elsewhere nothing would run them. */
    @Test
    void testsThatMvnVerifyRunsStandInE2e() throws IOException {
        Set<String> elsewhere = new TreeSet<>();
        for (String module : List.of("trace", "http", "proxy", "backend")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test"))) {
                files.filter(file -> file.toString().endsWith("IT.java"))
                        .forEach(file -> elsewhere.add(file.toString()));
            }
        }
        assertEquals(Set.of(), elsewhere);
    }
}
