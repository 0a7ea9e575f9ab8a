package hopyard.house;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents as they stand: where their links lead, how wide they are, and what they name of the code. */
class DocsTest {

    private static final Path ROOT = House.ROOT;

    private static final int MAX_WIDTH = 120;

    private static final Path WALK = ROOT.resolve("docs/walk-of-a-request.md");

    /** {@code [text](where)}, and {@code [name]: where}. */
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)|^\\[[^]]+\\]: (\\S+)");

    /** {@code [`Type`][Type]} or {@code [`Type.method`][Type]}. */
    private static final Pattern CODE_LINK = Pattern.compile("\\[`(\\w+)(?:\\.(\\w+))?`\\]\\[(\\w+)\\]");

    /** A type in the text, with or without a method of it. */
    private static final Pattern CODE = Pattern.compile("`([A-Z][a-z]\\w*)(?:\\.(\\w+))?(?:\\([^`]*\\))?`");

    private static final Pattern DECLARATION = Pattern.compile("\\b(?:class|interface|enum|record) (\\w+)");

    /**
     * What looks like a type of ours in the text and is none: fields of HTTP, options of OpenSSL and of the JVM,
     * others' types.
     */
    private static final Set<String> OTHERS = Set.of(
            "Accept",
            "Basic",
            "Bearer",
            "Date",
            "Expect",
            "Origin",
            "PrioritizeChaCha",
            "Referer",
            "Via",
            "Certificate",
            "CipherString",
            "Ciphersuites",
            "Curves",
            "Groups",
            "MaxProtocol",
            "MinProtocol",
            "PrivateKey",
            "Protocol",
            "ServerPreference",
            "SessionTicket",
            "FreqInlineSize",
            "InlineSmallCode",
            "AbstractServerConnection",
            "ProxyHandler",
            "SecureDirectoryStream");

    /** The documents, by their path from the root. */
    private static Map<Path, List<String>> documents() throws IOException {
        Map<Path, List<String>> documents = new LinkedHashMap<>();
        for (String directory : List.of(".", "docs")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(directory))) {
                for (Path file : (Iterable<Path>)
                        files.filter(each -> each.toString().endsWith(".md")).sorted()::iterator) {
                    documents.put(ROOT.relativize(file).normalize(), withoutCode(Files.readAllLines(file)));
                }
            }
        }
        assertTrue(documents.size() > 8, documents.keySet()::toString);
        return documents;
    }

    /** The lines, empty where they are an example. */
    private static List<String> withoutCode(List<String> lines) {
        List<String> out = new ArrayList<>();
        boolean isFenced = false;
        for (String line : lines) {
            boolean isFence = line.startsWith("```");
            isFenced ^= isFence;
            boolean isBlock = line.startsWith("    ") && (out.isEmpty() || isBlockBefore(out, lines));
            out.add(isFence || isFenced || isBlock ? "" : line);
        }
        return out;
    }

    /** An indented line is an example after an empty line or another example, and goes on with a list otherwise. */
    private static boolean isBlockBefore(List<String> out, List<String> lines) {
        return out.get(out.size() - 1).isEmpty()
                && (lines.get(out.size() - 1).isBlank()
                        || lines.get(out.size() - 1).startsWith("    "));
    }

    private static String place(Path document, int line) {
        return document + ":" + (line + 1) + ": ";
    }

    /** {@code docs/wrap}, which "make format" calls, wraps what is too long. */
    @Test
    void noLineIsWiderThan120CharactersButInTablesAndExamples() throws IOException {
        List<String> wide = new ArrayList<>();
        documents()
                .forEach((document, lines) -> IntStream.range(0, lines.size())
                        .filter(i -> lines.get(i).length() > MAX_WIDTH)
                        .filter(i -> !lines.get(i).matches("\\|.*|\\[\\w+\\]: .*|#.*"))
                        // what stands in one piece cannot be wrapped
                        .filter(i ->
                                lines.get(i).strip().replaceAll("`[^`]*`", "").contains(" "))
                        .forEach(i -> wide.add(place(document, i) + lines.get(i).length() + " characters")));
        House.holds("A line of a document has at most " + MAX_WIDTH + " characters, but:", wide, "Run docs/wrap.");
    }

    @Test
    void eachLinkLeadsToAFileAndAHeadingThatAreThere() throws IOException {
        Map<Path, List<String>> documents = documents();
        List<String> broken = new ArrayList<>();
        documents.forEach((document, lines) -> {
            for (int i = 0; i < lines.size(); i++) {
                Matcher link = LINK.matcher(lines.get(i));
                while (link.find()) {
                    String target = link.group(1) == null ? link.group(2) : link.group(1);
                    String mistake = target.matches("https?:.*") ? "" : mistake(document, target, documents);
                    if (!mistake.isEmpty()) {
                        broken.add(place(document, i) + mistake);
                    }
                }
            }
        });
        House.holds("A link leads to a file and a heading that are there, but:", broken, "Mend the link.");
    }

    private static String mistake(Path document, String target, Map<Path, List<String>> documents) {
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty()
                ? document
                : document.resolveSibling(parts[0]).normalize();
        if (!Files.exists(ROOT.resolve(file))) {
            return "there is no " + file + whereElse(file.getFileName().toString());
        }
        if (parts.length == 1 || !documents.containsKey(file)) {
            return "";
        }
        Set<String> anchors = documents.get(file).stream()
                .filter(line -> line.startsWith("#"))
                .map(DocsTest::anchor)
                .collect(Collectors.toCollection(TreeSet::new));
        String start = parts[1].substring(0, Math.min(3, parts[1].length()));
        return anchors.contains(parts[1])
                ? ""
                : "no heading #" + parts[1] + " in " + file + "; of those that begin alike it has "
                        + anchors.stream()
                                .filter(each -> each.startsWith(start))
                                .toList();
    }

    /** What GitHub makes of a heading. */
    private static String anchor(String heading) {
        return heading.replaceFirst("#+ ", "")
                .toLowerCase(Locale.ENGLISH)
                .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                .replace(' ', '-');
    }

    /** Where a file of that name is now, as something to put in place of what is not there. */
    private static String whereElse(String name) {
        List<Path> found = sources(name);
        return found.isEmpty() ? "; nor any other " + name + ": say what does its work now" : "; it is " + found;
    }

    private static List<Path> sources(String name) {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(each -> each.getFileName().toString().equals(name))
                    .map(each -> ROOT.relativize(each).normalize())
                    .filter(each -> each.toString().contains("src/main/java"))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theWalkOfARequestNamesOnlyTypesAndMethodsThatThereAre() throws IOException {
        List<String> lines = Files.readAllLines(WALK);
        Map<String, Path> files = new LinkedHashMap<>();
        lines.forEach(line -> {
            Matcher definition =
                    Pattern.compile("^\\[(\\w+)\\]: (\\S+\\.java)$").matcher(line);
            if (definition.find()) {
                files.put(definition.group(1), WALK.resolveSibling(definition.group(2)));
            }
        });
        List<String> wrong = new ArrayList<>();
        Set<String> unused = new TreeSet<>(files.keySet());
        int found = 0;
        for (int i = 0; i < lines.size(); i++) {
            for (MatchResult link : CODE_LINK.matcher(lines.get(i)).results().toList()) {
                found++;
                String type = link.group(1);
                String method = link.group(2);
                unused.remove(link.group(3));
                Path file = files.get(type);
                if (file == null || !type.equals(link.group(3))) {
                    wrong.add(place(WALK, i) + link.group() + " needs a line [" + type
                            + "]: … at the end, and this name");
                } else if (!Files.exists(file) || !file.endsWith(type + ".java")) {
                    wrong.add(place(WALK, i) + "no " + file + whereElse(type + ".java"));
                } else if (method != null && !declares(file, method)) {
                    wrong.add(place(WALK, i) + "no method " + method + " in " + type + ", which has " + methods(file));
                }
            }
        }
        House.holds("The walk names only types and methods that there are, but:", wrong, "Say what does its work now.");
        House.holds("The walk defines at its end what it does not use:", unused, "Take the lines out.");
        assertTrue(found > 50, "names found: " + found);
    }

    @Test
    void theDocumentsNameOnlyTypesAndMethodsThatThereAre() throws IOException {
        Map<String, StringBuilder> types = new TreeMap<>();
        for (String module : List.of("trace", "http", "otel", "otlp", "proxy", "backend", "database", "e2e")) {
            for (Path file : House.files(ROOT.resolve(module).resolve("src"), ".java")) {
                String text = Files.readString(file);
                DECLARATION
                        .matcher(text)
                        .results()
                        .forEach(each -> types.computeIfAbsent(each.group(1), type -> new StringBuilder())
                                .append(text));
            }
        }
        List<String> wrong = new ArrayList<>();
        documents().forEach((document, lines) -> {
            for (int i = 0; i < lines.size(); i++) {
                for (MatchResult name : CODE.matcher(lines.get(i)).results().toList()) {
                    String type = name.group(1);
                    String method = name.group(2);
                    if (!types.containsKey(type)) {
                        if (!OTHERS.contains(type)) {
                            wrong.add(place(document, i) + "there is no type " + type);
                        }
                    } else if (method != null
                            && !Pattern.compile("\\b" + method + "\\b")
                                    .matcher(types.get(type))
                                    .find()) {
                        wrong.add(place(document, i) + "there is no " + method + " in " + type);
                    }
                }
            }
        });
        House.holds(
                "The documents name only types and methods that there are, but:",
                wrong,
                "Say what does its work now. A decision that no longer holds names the one that has replaced it. What is"
                        + " a type of somebody else's goes into OTHERS in DocsTest.");
    }

    @Test
    void theWalkNamesTheModulesThatHaveHandlersInAPhase() throws IOException {
        Map<String, String> rows = new TreeMap<>();
        for (String line : Files.readAllLines(WALK)) {
            Matcher row = Pattern.compile("\\| `([A-Z_]+)` \\|.*").matcher(line);
            if (row.matches()) {
                rows.put(row.group(1), line);
            }
        }
        List<String> missing = new ArrayList<>();
        Pattern handlers = Pattern.compile("location\\s*\\.(on|content)\\(([^;]*?)[,;]");
        for (Map.Entry<String, Path> source : House.sources().entrySet()) {
            String name = source.getKey().substring(source.getKey().lastIndexOf('.') + 1);
            for (MatchResult call : handlers.matcher(Files.readString(source.getValue()))
                    .results()
                    .toList()) {
                Set<String> phases = Pattern.compile("Phase\\.(\\w+)")
                        .matcher(call.group(1).equals("content") ? "Phase.CONTENT" : call.group(2))
                        .results()
                        .map(phase -> phase.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
                phases.removeIf(phase -> rows.getOrDefault(phase, "").contains("[" + name + "]"));
                phases.forEach(phase -> missing.add(phase + ": " + name));
            }
        }
        House.holds(
                "The table of phases in docs/walk-of-a-request.md names who has handlers in each, but is without:",
                missing,
                "Add it to the row of its phase, with a line [Name]: … at the end.");
    }

    private static boolean declares(Path file, String method) throws IOException {
        return methods(file).contains(method);
    }

    private static Set<String> methods(Path file) throws IOException {
        return Pattern.compile("(?m)^ +(?!return |throw |new |else )[\\w<][\\w<>\\[\\], ?.@]* (\\w+)\\(")
                .matcher(Files.readString(file))
                .results()
                .map(each -> each.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
