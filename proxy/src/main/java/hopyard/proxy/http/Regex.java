package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of the configuration, with the meaning that PCRE gives it. What it captures is there for {@code
 * $1} and so on, and its named groups become variables.
 *
 * @see <a href="https://nginx.org/en/docs/http/server_names.html#regex_names">Regular expression names</a>
 */
public final class Regex {

    private record Name(int group, BiConsumer<Exchange, String> variable) {}

    private final String text;
    private final Pattern pattern;
    private final List<Name> names;

    private Regex(String text, Pattern pattern, List<Name> names) {
        this.text = text;
        this.pattern = pattern;
        this.names = names;
    }

    /**
     * @throws ConfException if it is malformed, or a group's name is that of a variable that cannot be changed
     */
    public static Regex compile(Variables variables, Directive d, String text, boolean ignoreCase)
            throws ConfException {
        Translation translation = new Translation(text);
        Pattern pattern;
        try {
            // only \n ends a line for PCRE
            pattern = Pattern.compile(
                    translation.java(), Pattern.UNIX_LINES | (ignoreCase ? Pattern.CASE_INSENSITIVE : 0));
        } catch (PatternSyntaxException e) {
            throw d.error("pcre2_compile() failed: " + e.getDescription() + " in \"" + text + "\" at \""
                    + text.substring(Math.max(0, Math.min(e.getIndex(), text.length()))) + "\"");
        }
        List<Name> names = new ArrayList<>();
        for (Map.Entry<String, Integer> each : translation.names().entrySet()) {
            names.add(new Name(each.getValue(), variables.settable(d, each.getKey())));
        }
        return new Regex(text, pattern, names);
    }

    /** Whether it matches somewhere; if so, the exchange keeps what was captured. */
    public boolean find(Exchange exchange, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            return false;
        }
        exchange.capture(matcher);
        for (Name name : names) {
            String value = matcher.group(name.group);
            name.variable.accept(exchange, value == null ? "" : value);
        }
        return true;
    }

    /** Whether it matches somewhere; nothing is kept. */
    public boolean find(String text) {
        return pattern.matcher(text).find();
    }

    /** As it stands in the configuration. */
    @Override
    public String toString() {
        return text;
    }

    /** Writes PCRE's syntax as Java's where they differ, and finds the named groups. */
    private static final class Translation {
        private final String text;
        private final StringBuilder out = new StringBuilder();
        private final Map<String, Integer> names = new LinkedHashMap<>();
        private int groups;
        private int at;

        Translation(String text) {
            this.text = text;
            while (at < text.length()) {
                step();
            }
        }

        String java() {
            return out.toString();
        }

        Map<String, Integer> names() {
            return names;
        }

        private void step() {
            char c = text.charAt(at);
            if (c == '\\') {
                escape();
            } else if (c == '[') {
                characterClass();
            } else if (c == '(') {
                group();
            } else if (c == '{' && !text.substring(at).matches("(?s)\\{[0-9]+(,[0-9]*)?}.*")) {
                // not a quantifier, so it stands for itself
                out.append("\\{");
                at++;
            } else {
                out.append(c);
                at++;
            }
        }

        private void escape() {
            int end = Math.min(at + 2, text.length());
            if (text.startsWith("\\Q", at)) {
                int quoted = text.indexOf("\\E", at);
                end = quoted < 0 ? text.length() : quoted + 2;
            }
            out.append(text, at, end);
            at = end;
        }

        /** In PCRE, {@code [} and {@code &&} mean nothing inside of a class, and {@code ]} does not end an empty one. */
        private void characterClass() {
            out.append('[');
            at++;
            if (at < text.length() && text.charAt(at) == '^') {
                out.append('^');
                at++;
            }
            for (int start = at; at < text.length(); ) {
                char c = text.charAt(at);
                int posix = c == '[' ? text.indexOf(":]", at) : -1;
                if (c == ']' && at > start) {
                    out.append(']');
                    at++;
                    return;
                }
                if (posix > 0 && text.startsWith("[:", at)) {
                    out.append(posixClass(text.substring(at + 2, posix)));
                    at = posix + 2;
                } else if (c == '\\') {
                    escape();
                } else {
                    out.append(c == '[' || c == ']' || c == '&' ? "\\" : "").append(c);
                    at++;
                }
            }
        }

        private static String posixClass(String name) {
            boolean negated = name.startsWith("^");
            String plain = negated ? name.substring(1) : name;
            String java = plain.equals("word")
                    ? "w"
                    : plain.equals("xdigit")
                            ? "{XDigit}"
                            : "{" + plain.substring(0, 1).toUpperCase(Locale.ROOT) + plain.substring(1) + "}";
            return "\\" + (java.equals("w") ? negated ? "W" : "w" : (negated ? "P" : "p") + java);
        }

        private void group() {
            if (!text.startsWith("(?", at)) {
                // (*VERB) is none
                groups++;
                out.append('(');
                at++;
                return;
            }
            int open = at + 2;
            if (text.startsWith("P", open)) {
                open++;
            }
            boolean named = open < text.length()
                    && (text.charAt(open) == '<' || text.charAt(open) == '\'')
                    && open + 1 < text.length()
                    && Character.isJavaIdentifierStart(text.charAt(open + 1));
            int close = named ? text.indexOf(text.charAt(open) == '<' ? '>' : '\'', open + 1) : -1;
            if (close < 0) {
                out.append("(?");
                at += 2;
                return;
            }
            // by number alone: Java's names have no underscores
            names.put(text.substring(open + 1, close), ++groups);
            out.append('(');
            at = close + 1;
        }
    }
}
