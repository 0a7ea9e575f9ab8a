package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.pcre.MatchError;
import hopyard.proxy.pcre.PatternError;
import hopyard.proxy.pcre.Pcre;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * A regular expression of the configuration, with PCRE2's meaning. The text that it captures is the value of {@code $1}
 * and so on, and its named groups become variables.
 *
 * <p>The text is the client's, and the time for an expression may grow exponentially with the length of the text. So a
 * match has PCRE2's limit. For expressions that somebody tries out, {@link #within} also limits the time of all matches
 * together.
 *
 * @see <a href="https://nginx.org/en/docs/http/server_names.html#regex_names">Regular expression names</a>
 */
public final class Regex {

    /** Thrown when a match is given up. The message is nginx's. There is no stack trace, which would tell nothing. */
    public static final class LimitReached extends RuntimeException {

        private static final long serialVersionUID = 1;

        LimitReached(MatchError error, String text, String pattern) {
            super(
                    "pcre2_match() failed: " + error.code() + " on \"" + text + "\" using \"" + pattern + "\"",
                    null,
                    false,
                    false);
        }
    }

    private record Name(int group, BiConsumer<Request, String> variable) {}

    private final String text;
    private final Pcre pattern;
    private final List<Name> names;

    private Regex(String text, Pcre pattern, List<Name> names) {
        this.text = text;
        this.pattern = pattern;
        this.names = names;
    }

    /**
     * Compiles an expression.
     *
     * @throws ConfException if it is malformed, or a group has the name of a variable that cannot be changed
     */
    public static Regex compile(GroupVariables groups, Directive d, String text, boolean ignoreCase)
            throws ConfException {
        Pcre pattern;
        groups.countExpression(d, text.length());
        try {
            pattern = Pcre.compile(text, ignoreCase);
        } catch (PatternError e) {
            throw d.error(mistake(e, text));
        }
        List<Name> names = new ArrayList<>();
        for (Pcre.Named each : pattern.names()) {
            names.add(new Name(each.group(), groups.ofGroup(d, each.name())));
        }
        return new Regex(text, pattern, names);
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
     * @throws PatternError if the expression is malformed; see {@link #mistake}
     * @throws LimitReached if the match takes too long
     */
    public static Match match(String expression, String text) throws PatternError {
        Pcre pattern = Pcre.compile(expression, false);
        int[] found = new Regex(expression, pattern, List.of()).groups(text);
        if (found == null) {
            return null;
        }
        Captures captures = new Captures(text, found);
        List<String> groups = new ArrayList<>();
        for (int i = 0; i <= pattern.groupCount(); i++) {
            groups.add(Objects.requireNonNullElse(captures.group(i), ""));
        }
        Map<String, String> named = new LinkedHashMap<>();
        pattern.names().forEach(each -> named.put(each.name(), groups.get(each.group())));
        return new Match(groups, named);
    }

    /** Returns what nginx says of an expression that is malformed. */
    public static String mistake(PatternError e, String expression) {
        String rest = expression.substring(Math.min(e.offset(), expression.length()));
        return "pcre2_compile() failed: " + e.getMessage() + " in \"" + expression + "\""
                + (rest.isEmpty() ? "" : " at \"" + rest + "\"");
    }

    /**
     * Runs {@code work} on this thread. All matches in it together may take about this time. After that, a match that
     * needs more than a few steps is given up.
     */
    public static void within(Duration time, Runnable work) {
        Pcre.limitTime(System.nanoTime() + time.toNanos());
        try {
            work.run();
        } finally {
            Pcre.limitTime(null);
        }
    }

    /**
     * Whether the expression matches somewhere in the text. If it does, the request keeps the captures.
     *
     * @param request keeps the captures; {@code null} if nobody wants them
     * @throws LimitReached if the match takes too long
     */
    public boolean find(Request request, String in) {
        if (request == null) {
            return find(in);
        }
        int[] groups = groups(in);
        if (groups == null) {
            return false;
        }
        Captures captures = new Captures(in, groups);
        request.capture(captures);
        for (Name name : names) {
            String value = captures.group(name.group);
            name.variable.accept(request, value == null ? "" : value);
        }
        return true;
    }

    /**
     * Returns what the expression has matched, for nobody but the caller; {@code null} if it does not match.
     *
     * @throws LimitReached if the match takes too long
     */
    public Captures captures(String in) {
        int[] groups = groups(in);
        return groups == null ? null : new Captures(in, groups);
    }

    /** Returns how many groups the expression has. */
    public int groupCount() {
        return pattern.groupCount();
    }

    private int[] groups(String in) {
        try {
            return pattern.find(in);
        } catch (MatchError e) {
            throw new LimitReached(e, in, text);
        }
    }

    /**
     * Whether the expression matches somewhere in the text. The captures are not kept.
     *
     * @throws LimitReached if the match takes too long
     */
    public boolean find(String in) {
        try {
            return pattern.matches(in);
        } catch (MatchError e) {
            throw new LimitReached(e, in, text);
        }
    }

    /** Returns the expression as it stands in the configuration. */
    @Override
    public String toString() {
        return text;
    }
}
