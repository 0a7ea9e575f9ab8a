package hopyard.house;

import static hopyard.house.Compiled.CLASSES;
import static hopyard.house.House.ROOT;
import static hopyard.house.House.holds;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of the house. What breaks one on purpose is in {@link Exceptions} with its reason. */
class HouseTest {

    private static final int MAX_LINES = 400;

    private static final String OR_LIST = " If there is a good reason, list it with that reason in"
            + " e2e/src/test/java/hopyard/house/Exceptions.java, ";

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

    private static Set<String> packages(String module) {
        return CLASSES.stream()
                .filter(each -> Compiled.moduleOf(each).equals(module))
                .map(JavaClass::getPackageName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aPackageNeedsNoneThatIsAboveItInReadmesList() throws IOException {
        List<String> order = order();
        Set<String> upwards = new TreeSet<>();
        dependencies().forEach(each -> {
            int from = order.indexOf(each.getOriginClass().getPackageName());
            int to = order.indexOf(each.getTargetClass().getPackageName());
            if (from >= 0 && to >= 0 && to < from) {
                upwards.add(each.getDescription());
            }
        });
        holds(
                "A package of the proxy needs none that stands above it in README's list (\"The code\"), but:",
                upwards,
                "Move the class to the package that it belongs to, or hand the lower one what it needs, as an interface"
                        + " that stands below.");
    }

    @Test
    void readmesListHasThePackagesOfTheProxyAndNoOthers() throws IOException {
        Set<String> missing = packages("proxy");
        missing.removeIf(name -> !name.startsWith("hopyard.proxy"));
        missing.removeAll(order());
        holds(
                "README's list of the proxy's packages (\"The code\") is without:",
                missing,
                "Add a line for it where it stands in the order, or put the class into a package that is there.");
        Set<String> gone = new TreeSet<>(order());
        gone.removeAll(packages("proxy"));
        holds(
                "README's list of the proxy's packages (\"The code\") has what is no package of it:",
                gone,
                "Take the line out, or give it the package's new name.");
    }

    @Test
    void aModuleHasPackagesOfItsOwnNamesOnly() {
        Map<String, List<String>> names = Map.of(
                "trace", List.of("hopyard.trace"),
                "http", List.of("hopyard.http", "hopyard.jars", "hopyard.memory", "hopyard.threads"),
                "otel", List.of("hopyard.otel"),
                "otlp", List.of("hopyard.otlp"),
                "proxy", List.of("hopyard.proxy"),
                "backend", List.of("hopyard.backend"),
                "database", List.of("hopyard.database"));
        Set<String> strange = CLASSES.stream()
                .filter(each -> names.get(Compiled.moduleOf(each)).stream()
                        .noneMatch(name -> (each.getPackageName() + ".").startsWith(name + ".")))
                .filter(each -> !Exceptions.FOREIGN_NAMES.containsKey(Compiled.outermost(each)))
                .map(each -> Compiled.moduleOf(each) + "/ has " + Compiled.outermost(each))
                .collect(Collectors.toCollection(TreeSet::new));
        holds(
                "A module has packages of its own names only, so that a name tells where a class is, and nobody else's:",
                strange,
                "The names are " + new TreeMap<>(names) + ". Rename the package, or move the class to the module whose"
                        + " name it has." + OR_LIST + "FOREIGN_NAMES.");
    }

    @Test
    void noneOfTheClassesUnderForeignNamesIsListedInVain() {
        Set<String> gone = new TreeSet<>(Exceptions.FOREIGN_NAMES.keySet());
        CLASSES.forEach(each -> gone.remove(Compiled.outermost(each)));
        holds("These classes are gone:", gone, "Take them out of Exceptions.FOREIGN_NAMES.");
    }

    @Test
    void whatBothServersShareNeedsNeitherOfThemAndNeitherNeedsTheOther() {
        List<String> servers = List.of("proxy", "backend");
        Set<String> wrong = dependencies()
                .filter(each -> servers.stream().anyMatch(server -> {
                    String target = each.getTargetClass().getPackageName() + ".";
                    return target.startsWith("hopyard." + server + ".")
                            && !Compiled.moduleOf(each.getOriginClass()).equals(server);
                }))
                .filter(each -> !isDatabaseForBackend(each))
                .map(Dependency::getDescription)
                .collect(Collectors.toCollection(TreeSet::new));
        holds(
                "Neither server is needed by the other, or by what both share, but:",
                wrong,
                "Move what both need to http or trace.");
    }

    /** The database is the app's, which loads it by this one package. */
    private static boolean isDatabaseForBackend(Dependency dependency) {
        return Compiled.moduleOf(dependency.getOriginClass()).equals("database")
                && dependency.getTargetClass().getPackageName().equals("hopyard.backend.database");
    }

    @Test
    void theDatabaseIsNeededByNobody() {
        Set<String> wrong = dependencies()
                .filter(each -> each.getTargetClass().getPackageName().startsWith("hopyard.database"))
                .filter(each -> !Compiled.moduleOf(each.getOriginClass()).equals("database"))
                .map(Dependency::getDescription)
                .collect(Collectors.toCollection(TreeSet::new));
        holds(
                "The database's classes are not there unless the app loads them, but:",
                wrong,
                "Move what both need to hopyard.backend.database.");
    }

    @Test
    void whatSpeaksOtlpIsNeededByNobody() {
        Set<String> wrong = dependencies()
                .filter(each -> each.getTargetClass().getPackageName().startsWith("hopyard.otlp")
                        || each.getTargetClass().getPackageName().startsWith("io.opentelemetry"))
                .filter(each -> !Compiled.moduleOf(each.getOriginClass()).equals("otlp"))
                .map(Dependency::getDescription)
                .collect(Collectors.toCollection(TreeSet::new));
        holds(
                "What speaks OTLP is not there unless there is an exporter, but:",
                wrong,
                "Move what both need to hopyard.otel.");
    }

    @Test
    void packagesNeedEachOtherInNoCircle() {
        Map<String, Set<String>> needs = Compiled.needs(JavaClass::getPackageName);
        List<String> circles = Circles.unlisted(Circles.of(needs), List.of(), needs);
        holds(
                "Packages need each other in no circle, but:",
                circles,
                "Cut one of these needs: grep for its imports, and move what they name to the lower package, or to one"
                        + " below both.");
    }

    @Test
    void classesNeedEachOtherInNoOtherCirclesThanTheListedOnes() {
        Map<String, Set<String>> needs = Compiled.needs(Compiled::outermost);
        List<Set<String>> circles = Circles.of(needs);
        List<Set<String>> listed =
                Exceptions.CIRCLES.stream().map(Exceptions.Circle::members).toList();
        holds(
                "Classes need each other in no other circles than those in Exceptions.CIRCLES, but:",
                Circles.unlisted(circles, listed, needs),
                "Cut one of these needs: hand in what is needed, as a value or an interface of the one that needs it, or"
                        + " move what both need to a class of its own." + OR_LIST + "CIRCLES.");
        holds(
                "These are in no circle any more, which is good:",
                Circles.gone(circles, listed),
                "Take them out of Exceptions.CIRCLES, so that they stay out.");
    }

    @Test
    void noOtherClassesThanTheListedOnesReachThroughToUndertowsExchange() {
        JavaClass exchange = CLASSES.get("hopyard.proxy.exchange.Exchange");
        JavaClass facts = CLASSES.get("hopyard.proxy.exchange.RequestFacts");
        Set<String> users = Stream.of(exchange.getMethod("http"), facts.getField("http"))
                .flatMap(each -> each.getAccessesToSelf().stream())
                .map(JavaAccess::getOriginOwner)
                .filter(each -> !each.equals(exchange) && !each.equals(facts))
                .map(Compiled::outermost)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> gone = new TreeSet<>(Exceptions.BORDER.keySet());
        gone.removeAll(users);
        holds("These do not ask for Undertow's exchange any more:", gone, "Take them out of Exceptions.BORDER.");
        users.removeAll(Exceptions.BORDER.keySet());
        holds(
                "Only the classes in Exceptions.BORDER ask Exchange.http() for Undertow's exchange, but so do:",
                users,
                "Use a method of Exchange or one of its parts, or add one that says what it is for." + OR_LIST
                        + "BORDER.");
    }

    @Test
    void noClassIsLongerThan400LinesButTheListedOnes() throws IOException {
        Set<String> tooLong = new TreeSet<>();
        Set<String> shortNow = new TreeSet<>(Exceptions.LONG.keySet());
        for (Map.Entry<String, Path> source : House.sources().entrySet()) {
            int lines = Files.readAllLines(source.getValue()).size();
            int max = Exceptions.LONG.getOrDefault(source.getKey(), MAX_LINES);
            if (lines > max) {
                tooLong.add(source.getKey() + ": " + lines + " lines, of at most " + max);
            }
            if (lines > MAX_LINES) {
                shortNow.remove(source.getKey());
            }
        }
        holds(
                "A class has at most " + MAX_LINES + " lines, but:",
                tooLong,
                "Find the part of it that has a concern and fields of its own, and make that a class." + OR_LIST
                        + "LONG, by its full name.");
        holds("These have " + MAX_LINES + " lines or fewer now:", shortNow, "Take them out of Exceptions.LONG.");
    }

    /** The formatter of the code leaves comments as they are. */
    @Test
    void noLineOfJavadocIsWiderThan120Characters() throws IOException {
        List<String> wide = new ArrayList<>();
        for (Map.Entry<String, Path> source : House.sources().entrySet()) {
            List<String> lines = Files.readAllLines(source.getValue());
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).length() > 120 && lines.get(i).matches("\\s*(\\*|/\\*\\*) .* .*")) {
                    wide.add(source.getKey() + ":" + (i + 1));
                }
            }
        }
        holds("A line of Javadoc has at most 120 characters, but:", wide, "Run \"make format\", or docs/wrap.");
    }

    @Test
    void noFieldThatOthersSeeCanBeChanged() {
        Predicate<JavaField> isSeen = field -> field.getModifiers().contains(JavaModifier.PUBLIC)
                || field.getModifiers().contains(JavaModifier.PROTECTED);
        Set<String> open = CLASSES.stream()
                .flatMap(type -> type.getFields().stream())
                .filter(isSeen)
                .filter(field -> !field.getModifiers().contains(JavaModifier.FINAL)
                        || field.getRawType().isArray()
                        || field.getRawType().isAssignableTo(StringBuilder.class)
                        || isCollection(field) && !isOfConstants(field))
                .map(JavaField::getFullName)
                .collect(Collectors.toCollection(TreeSet::new));
        holds(
                "A field that is public or protected cannot be changed, nor can what is in it, but:",
                open,
                "Make it private, and add a method that says what others want with it; a list of constants is made by"
                        + " List.of, and the like.");
    }

    private static boolean isCollection(JavaField field) {
        return field.getRawType().isAssignableTo(Collection.class)
                || field.getRawType().isAssignableTo(Map.class);
    }

    /** Static, of an interface's type, and in a class whose initializer makes no collection that can be changed. */
    private static boolean isOfConstants(JavaField field) {
        return field.getModifiers().contains(JavaModifier.STATIC)
                && field.getRawType().isInterface()
                && field.getOwner().getStaticInitializer().map(JavaCodeUnit::getConstructorCallsFromSelf).stream()
                        .flatMap(Set::stream)
                        .map(call -> call.getTargetOwner())
                        .noneMatch(made -> made.isAssignableTo(Collection.class) || made.isAssignableTo(Map.class));
    }

    @Test
    void testsThatMvnVerifyRunsStandInE2e() throws IOException {
        List<String> elsewhere = new ArrayList<>();
        for (String module : House.MODULES) {
            House.files(ROOT.resolve(module).resolve("src/test"), "IT.java")
                    .forEach(file -> elsewhere.add(file.toString()));
        }
        holds(
                "Tests with a name that ends in IT run in e2e only, but there are:",
                elsewhere,
                "Move it to e2e/src/test/java, or call it …Test, so that \"mvn test\" runs it.");
    }
}
