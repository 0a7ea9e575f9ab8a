package hopyard.proxy.lint;

import hopyard.proxy.conf.Directive;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the configuration's variables may hold, as far as its own directives say: {@code set}, {@code map} and others.
 */
public final class PossibleValues {

    private static final Pattern VARIABLE =
            Pattern.compile("\\$(?:\\{([A-Za-z0-9_]+)}|([1-9])|([A-Za-z_][A-Za-z0-9_]*))");
    private static final Pattern GROUP_NAME = Pattern.compile("\\(\\?P?[<']([A-Za-z_][A-Za-z0-9_]*)[>']");

    /** The most texts that are kept of one variable: nobody could say what more of them have in common. */
    private static final int MAX_TEXTS = 64;

    private static final int MAX_DEPTH = 8;

    /** Variables that a client writes into its request, besides whole families such as {@code http_…}. */
    private static final Set<String> FROM_CLIENT = Set.of(
            "args",
            "query_string",
            "uri",
            "document_uri",
            "request_uri",
            "request",
            "request_body",
            "host",
            "content_type",
            "remote_user",
            "proxy_add_x_forwarded_for");

    private final Map<String, Set<String>> texts = new HashMap<>();
    private final Set<String> groups = new HashSet<>();

    PossibleValues(Stream<Level> levels) {
        levels.forEach(level -> level.scope().directives().forEach(this::read));
    }

    private void read(Directive d) {
        switch (d.name()) {
            case "set", "auth_request_set" -> define(d.arg(0), d.arg(1));
            case "map" -> readMap(d);
            case "split_clients" -> d.block().directives().forEach(line -> define(d.arg(1), line.arg(0)));
            case "geo" -> {
                String name = d.arg(d.args().size() - 1);
                define(name, "");
                d.block().directives().stream()
                        .filter(line -> line.args().size() == 1)
                        .forEach(line -> define(name, line.arg(0)));
            }
            default -> {
                // the directive defines nothing but its groups
            }
        }
        List<String> words = new ArrayList<>(d.args());
        if (d.name().equals("map")) {
            d.block().directives().forEach(line -> words.add(line.name()));
        }
        for (String word : words) {
            GROUP_NAME.matcher(word).results().forEach(found -> groups.add(found.group(1)));
        }
    }

    private void readMap(Directive map) {
        if (map.block().directives().stream().noneMatch(line -> line.name().equals("default"))) {
            define(map.arg(1), "");
        }
        for (Directive line : map.block().directives()) {
            if (line.args().size() == 1) {
                define(map.arg(1), line.arg(0));
            }
        }
    }

    private void define(String name, String text) {
        texts.computeIfAbsent(name.substring(1), n -> new LinkedHashSet<>()).add(text);
    }

    /**
     * Returns what a text may become when the variables that directives define are put in. Other variables, which each
     * request has, stay.
     *
     * @return only a part of the possible texts if there are very many
     */
    public List<String> expand(String text) {
        Set<String> out = new LinkedHashSet<>();
        expand(text, 0, out);
        return List.copyOf(out);
    }

    private void expand(String text, int depth, Set<String> out) {
        Matcher matcher = VARIABLE.matcher(text);
        while (matcher.find()) {
            Set<String> defined = texts.get(name(matcher));
            if (defined != null && depth < MAX_DEPTH) {
                for (String each : defined) {
                    if (out.size() < MAX_TEXTS && !refersTo(each, name(matcher))) {
                        expand(
                                text.substring(0, matcher.start()) + each + text.substring(matcher.end()),
                                depth + 1,
                                out);
                    }
                }
                return;
            }
        }
        out.add(text);
    }

    private static boolean refersTo(String text, String name) {
        return variables(text).contains(name);
    }

    private static String name(Matcher matcher) {
        return matcher.group(1) != null
                ? matcher.group(1)
                : matcher.group(2) != null ? matcher.group(2) : matcher.group(3);
    }

    /** The names of the variables in a text. */
    public static Set<String> variables(String text) {
        Set<String> names = new LinkedHashSet<>();
        Matcher matcher = VARIABLE.matcher(text);
        while (matcher.find()) {
            names.add(name(matcher));
        }
        return names;
    }

    /** Returns a text in which a variable is replaced. */
    public static String replace(String text, String name, String by) {
        Matcher matcher = VARIABLE.matcher(text);
        return matcher.replaceAll(
                found -> Matcher.quoteReplacement(name(matcher).equals(name) ? by : found.group()));
    }

    /** Whether the variable holds what a regular expression has captured. */
    public boolean isCapture(String name) {
        return name.matches("[1-9]") || groups.contains(name) && !texts.containsKey(name);
    }

    /** Whether a client may choose the value of a variable that each request has. */
    public boolean isFromClient(String name) {
        return name.matches("(http|arg|cookie)_.*") || FROM_CLIENT.contains(name) || isCapture(name);
    }

    /**
     * Returns the name of a variable that a client chooses and that a text depends on; {@code null} if there is none.
     */
    public String fromClient(String text) {
        return expand(text).stream()
                .flatMap(each -> variables(each).stream())
                .filter(this::isFromClient)
                .findFirst()
                .orElse(null);
    }
}
