package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import java.time.Duration;
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
 * A regular expression of the configuration, with PCRE's meaning. The text that it captures is the value of {@code $1}
 * and so on, and its named groups become variables.
 *
 * <p>As with PCRE, matching has a limit. The text is the client's, and the time for an expression may grow
 * exponentially with the length of the text. Java has no such limit, so the text counts how often it is looked at. For
 * expressions that somebody tries out, {@link #within} also limits the time of all matches together: one look may take
 * long, and there may be many.
 *
 * @see <a href="https://nginx.org/en/docs/http/server_names.html#regex_names">Regular expression names</a>
 */
public final class Regex {

    /** How many characters may be looked at for one match; PCRE's own limit, which counts calls, is the same number. */
    private static final int MAX_LOOKS = 10_000_000;

    /** After how many looks at a text the time is checked, if it is limited. */
    private static final int LOOKS_BETWEEN = 256;

    /** When the time of {@link #within} ends, on the scale of {@link System#nanoTime()}; {@code null} for no limit. */
    private static final ThreadLocal<Long> END = new ThreadLocal<>();

    /** Thrown when a match is given up. The message is nginx's. There is no stack trace, which would tell nothing. */
    public static final class LimitReached extends RuntimeException {

        private static final long serialVersionUID = 1;

        LimitReached(String text, String pattern) {
            // -47 is PCRE2_ERROR_MATCHLIMIT
            super("pcre2_match() failed: -47 on \"" + text + "\" using \"" + pattern + "\"", null, false, false);
        }
    }

    /** A text that counts and limits how often its characters are looked at. */
    private static final class Counted implements CharSequence {

        private final String text;
        private int looks;
        private int looksBeforeTime = LOOKS_BETWEEN;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++looks > looksBeforeTime) {
                if (looks > MAX_LOOKS || isOver()) {
                    throw new TooManyLooks();
                }
                looksBeforeTime = Math.min(MAX_LOOKS, looks + LOOKS_BETWEEN);
            }
            return text.charAt(index);
        }

        private static boolean isOver() {
            Long end = END.get();
            return end != null && System.nanoTime() - end > 0;
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static final class TooManyLooks extends RuntimeException {

        private static final long serialVersionUID = 1;

        TooManyLooks() {
            super(null, null, false, false);
        }
    }

    private record Name(int group, BiConsumer<Request, String> variable) {}

    private final String text;
    private final Pattern pattern;
    private final List<Name> names;
    /** Whether it begins with {@code .*}, so that it matches at the start of a line, or nowhere in the line. */
    private final boolean takesLine;

    private Regex(String text, Pattern pattern, List<Name> names, boolean takesLine) {
        this.text = text;
        this.pattern = pattern;
        this.names = names;
        this.takesLine = takesLine;
    }

    /**
     * Compiles an expression.
     *
     * @throws ConfException if it is malformed, or a group has the name of a variable that cannot be changed
     */
    public static Regex compile(GroupVariables groups, Directive d, String text, boolean ignoreCase)
            throws ConfException {
        Pattern pattern;
        Translation translation;
        groups.countExpression(d, text.length());
        try {
            translation = new Translation(text);
            // in PCRE, only \n ends a line
            pattern = Pattern.compile(
                    translation.java(), Pattern.UNIX_LINES | (ignoreCase ? Pattern.CASE_INSENSITIVE : 0));
        } catch (StackOverflowError e) {
            throw d.error("pcre2_compile() failed: regular expression is too complicated in \"" + text + "\"");
        } catch (PatternSyntaxException e) {
            throw d.error("pcre2_compile() failed: " + e.getDescription() + " in \"" + text + "\" at \""
                    + text.substring(Math.max(0, Math.min(e.getIndex(), text.length()))) + "\"");
        }
        List<Name> names = new ArrayList<>();
        for (Map.Entry<String, Integer> each : translation.names().entrySet()) {
            names.add(new Name(each.getValue(), groups.ofGroup(d, each.getKey())));
        }
        return new Regex(text, pattern, names, text.startsWith(".*") && !translation.hasAlternatives());
    }

    /**
     * What an expression has matched. A group that has taken no part in it is empty.
     *
     * @param groups all of the match, and its groups
     * @param named the groups that have names
     */
    public record Match(List<String> groups, Map<String, String> named) {}

    /**
     * Matches a text with an expression that stands in no configuration.
     *
     * @return {@code null} if it does not match
     * @throws PatternSyntaxException if the expression is malformed
     * @throws LimitReached if the match takes too long
     */
    public static Match match(String expression, String text) {
        Matcher matcher;
        Map<String, Integer> names;
        try {
            Translation translation = new Translation(expression);
            names = translation.names();
            Regex regex =
                    new Regex(expression, Pattern.compile(translation.java(), Pattern.UNIX_LINES), List.of(), false);
            matcher = regex.pattern.matcher(new Counted(text));
            if (!regex.find(matcher, text)) {
                return null;
            }
        } catch (StackOverflowError e) {
            throw new PatternSyntaxException("regular expression is too complicated", expression, 0);
        }
        List<String> groups = new ArrayList<>();
        for (int i = 0; i <= matcher.groupCount(); i++) {
            groups.add(matcher.group(i) == null ? "" : matcher.group(i));
        }
        Map<String, String> named = new LinkedHashMap<>();
        names.forEach((name, group) -> named.put(name, groups.get(group)));
        return new Match(groups, named);
    }

    /**
     * Runs {@code work} on this thread. All matches in it together may take about this time. After that, a match that
     * needs more than a few looks is given up.
     */
    public static void within(Duration time, Runnable work) {
        END.set(System.nanoTime() + time.toNanos());
        try {
            work.run();
        } finally {
            END.remove();
        }
    }

    /**
     * Whether the expression matches somewhere in the text. If it does, the request keeps the captures.
     *
     * @param request keeps the captures; {@code null} if nobody wants them
     * @throws LimitReached if the match takes too long
     */
    public boolean find(Request request, String text) {
        Matcher matcher = pattern.matcher(new Counted(text));
        if (!find(matcher, text)) {
            return false;
        }
        if (request == null) {
            return true;
        }
        request.capture(matcher);
        for (Name name : names) {
            String value = matcher.group(name.group);
            name.variable.accept(request, value == null ? "" : value);
        }
        return true;
    }

    /**
     * Whether the expression matches somewhere in the text. The captures are not kept.
     *
     * @throws LimitReached if the match takes too long
     */
    public boolean find(String text) {
        return find(pattern.matcher(new Counted(text)), text);
    }

    private boolean find(Matcher matcher, String in) {
        try {
            // PCRE tries such an expression at the start of each line only; Java would at each character
            return takesLine && in.indexOf('\n') < 0 ? matcher.lookingAt() : matcher.find();
        } catch (TooManyLooks | StackOverflowError e) {
            // Java's matcher calls itself for each turn of a repeated group, where PCRE takes memory from the heap
            throw new LimitReached(in, text);
        }
    }

    /** Returns the expression as it stands in the configuration. */
    @Override
    public String toString() {
        return text;
    }

    /** Translates PCRE's syntax into Java's, and finds the named groups. */
    private static final class Translation {
        /** How deep groups may be nested, as PCRE2 allows by default. */
        private static final int MAX_DEPTH = 250;

        private static final Pattern QUANTIFIER = Pattern.compile("\\{[0-9]+(,[0-9]*)?}");

        private final String text;
        private final StringBuilder out = new StringBuilder();
        private final Map<String, Integer> names = new LinkedHashMap<>();
        private final Matcher quantifier;
        private int groups;
        private int depth;
        private boolean alternatives;
        private int at;

        Translation(String text) {
            this.text = text;
            quantifier = QUANTIFIER.matcher(text);
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

        /** Whether there are alternatives outside of every group. */
        boolean hasAlternatives() {
            return alternatives;
        }

        private void step() {
            char c = text.charAt(at);
            alternatives |= c == '|' && depth == 0;
            depth -= c == ')' ? 1 : 0;
            if (c == '\\') {
                escape();
            } else if (c == '[') {
                characterClass();
            } else if (c == '(') {
                group();
            } else if (c == '{' && !quantifier.region(at, text.length()).lookingAt()) {
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

        /**
         * Translates a character class. In PCRE, {@code [} and {@code &&} stand for themselves in a class, and
         * {@code ]} does not end an empty class.
         */
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

        private String posixClass(String name) {
            boolean negated = name.startsWith("^");
            String plain = negated ? name.substring(1) : name;
            if (plain.isEmpty()) {
                throw new PatternSyntaxException("unknown POSIX class name", text, at);
            }
            String java = plain.equals("word")
                    ? "w"
                    : plain.equals("xdigit")
                            ? "{XDigit}"
                            : "{" + plain.substring(0, 1).toUpperCase(Locale.ROOT) + plain.substring(1) + "}";
            return "\\" + (java.equals("w") ? negated ? "W" : "w" : (negated ? "P" : "p") + java);
        }

        private void group() {
            if (++depth > MAX_DEPTH) {
                throw new PatternSyntaxException("parentheses are too deeply nested", text, at);
            }
            if (!text.startsWith("(?", at)) {
                // (*VERB) is not a group
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
            // a numbered group in Java, whose names of groups cannot have underscores
            names.put(text.substring(open + 1, close), ++groups);
            out.append('(');
            at = close + 1;
        }
    }
}
