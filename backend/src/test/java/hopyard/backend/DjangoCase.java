package hopyard.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One case that is compared with Django: settings, and what is sent.
 *
 * <p>A file holds cases that begin with {@code ### name}. Then come settings, {@code NAME=value}, and lines about the
 * case:
 *
 * <ul>
 *   <li>{@code differs: reason}: another answer than Django's is wanted; docs/django.md has the reason
 *   <li>{@code since: 4.0}: older versions of Django do otherwise, or have no such setting
 *   <li>{@code with: Name: value} is a header line of all its requests
 *   <li>{@code one of: Name: value}, as often as wanted: each request is sent once with each of these
 *   <li>{@code server: gunicorn}: Django is run by gunicorn rather than by runserver
 *   <li>{@code log: reason}: the log is not compared
 * </ul>
 *
 * <p>Requests follow, each behind a line {@code ---}: a request line without its version, header lines, and after an
 * empty line a body. {@code --- same} sends it on the connection of the one before, {@code --- raw} sends just these
 * bytes. {@code @CSRF@} stands for the token in the last form, {@code @COOKIES@} for the cookies that have been set,
 * {@code @PORT@} for the server's port, {@code @LONG5000@} for so many bytes.
 *
 * @param differs the reason for a difference; {@code null} where there must be none
 * @param since the first version of Django that it holds for, as 10000 × major + minor
 * @param log the reason not to compare the log; {@code null} where it is compared
 */
record DjangoCase(
        String group,
        String name,
        Map<String, String> settings,
        String differs,
        int since,
        String server,
        String log,
        List<Request> requests) {

    /**
     * @param text the bytes that are sent, with what stands for others
     * @param same whether they go to the connection of the request before
     */
    record Request(String name, String text, boolean same) {
        boolean isHead() {
            return text.startsWith("HEAD ");
        }
    }

    private static final Pattern ABOUT = Pattern.compile("(differs|since|with|one of|server|log): (.*)\n");
    private static final Pattern SETTING = Pattern.compile("([A-Z_]+)=(.*)\n");

    /** Returns the cases of all files of a directory. */
    static List<DjangoCase> all(Path directory) throws IOException {
        List<DjangoCase> out = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String group = file.getFileName().toString().replaceFirst("\\.cases$", "");
                String[] texts = Files.readString(file, StandardCharsets.UTF_8).split("(?m)^### ");
                for (int i = 1; i < texts.length; i++) {
                    out.add(parse(group, texts[i]));
                }
            }
        }
        return out;
    }

    private static DjangoCase parse(String group, String text) {
        String name = text.substring(0, text.indexOf('\n')).trim();
        String[] parts = text.substring(text.indexOf('\n') + 1).split("(?m)^---");
        Map<String, String> settings = new TreeMap<>();
        Map<String, List<String>> about = new TreeMap<>();
        for (String line : parts[0].lines().filter(each -> !each.isBlank()).toList()) {
            Matcher aboutCase = ABOUT.matcher(line + "\n");
            Matcher setting = SETTING.matcher(line + "\n");
            if (aboutCase.matches()) {
                about.computeIfAbsent(aboutCase.group(1), key -> new ArrayList<>())
                        .add(aboutCase.group(2));
            } else if (setting.matches()) {
                settings.put(setting.group(1), setting.group(2));
            } else {
                throw new IllegalArgumentException(name + ": " + line);
            }
        }
        List<Request> requests = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            for (String one : about.getOrDefault("one of", List.of(""))) {
                List<String> with = new ArrayList<>(about.getOrDefault("with", List.of()));
                with.addAll(one.isEmpty() ? List.of() : List.of(one));
                boolean goesOn = i + 1 < parts.length && parts[i + 1].startsWith(" same");
                requests.add(request(parts[i], with, goesOn));
            }
        }
        return new DjangoCase(
                group,
                name,
                settings,
                about.containsKey("differs") ? about.get("differs").get(0) : null,
                version(about.getOrDefault("since", List.of("0.0")).get(0)),
                about.getOrDefault("server", List.of("runserver")).get(0),
                about.containsKey("log") ? about.get("log").get(0) : null,
                requests);
    }

    /** Returns a version as 10000 × major + minor. */
    static int version(String text) {
        String[] numbers = text.split("\\.");
        return 10_000 * Integer.parseInt(numbers[0]) + Integer.parseInt(numbers[1].replaceAll("\\D.*", ""));
    }

    private static Request request(String part, List<String> with, boolean goesOn) {
        int end = part.indexOf('\n');
        String how = part.substring(0, end).trim();
        String sent = part.substring(end + 1);
        String text = how.equals("raw") ? sent.replace("\n", "\r\n") : whole(sent, with, goesOn);
        String first = text.lines().findFirst().orElse("") + " " + String.join(" ", with);
        return new Request(first.trim(), text, how.equals("same"));
    }

    private static String whole(String text, List<String> with, boolean goesOn) {
        int empty = text.indexOf("\n\n");
        String body = empty < 0 ? "" : text.substring(empty + 2).stripTrailing();
        List<String> lines = new ArrayList<>(Arrays.asList(
                (empty < 0 ? text : text.substring(0, empty)).strip().split("\n")));
        lines.addAll(with);
        addUnless(lines, "Host", "localhost:@PORT@");
        // the app answers with pages where they are asked for
        addUnless(lines, "Accept", "text/html");
        if (!goesOn) {
            addUnless(lines, "Connection", "close");
        }
        boolean isMultipart = lines.stream().anyMatch(line -> line.startsWith("Content-Type: multipart/"));
        String content = isMultipart ? body.replace("\n", "\r\n") + "\r\n" : body;
        if (!body.isEmpty()) {
            addUnless(lines, "Content-Type", "application/x-www-form-urlencoded");
            if (lines.stream().noneMatch(line -> line.startsWith("Transfer-Encoding:"))) {
                addUnless(lines, "Content-Length", "@LENGTH@");
            } else {
                content = body.replace("\n", "\r\n") + "\r\n\r\n";
            }
        }
        String first = lines.remove(0);
        return first + (first.matches(".* HTTP/1\\.[01]") ? "" : " HTTP/1.1") + "\r\n" + String.join("\r\n", lines)
                + "\r\n\r\n" + content;
    }

    private static void addUnless(List<String> lines, String name, String value) {
        if (lines.stream().noneMatch(line -> line.startsWith(name + ":") || line.startsWith("no " + name))) {
            lines.add(name + ": " + value);
        }
        lines.removeIf(line -> line.equals("no " + name));
    }
}
