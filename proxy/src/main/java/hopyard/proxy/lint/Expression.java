package hopyard.proxy.lint;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Regex;
import java.util.ArrayList;
import java.util.List;

/**
 * A regular expression of the configuration.
 *
 * @param where the directive, or the line of a {@code map}, that it stands in
 * @param word the index of its word in the directive; 0 for the name
 * @param text the expression itself
 * @param ignoresCase whether case does not matter
 * @param subject what it is compared with, such as {@code $uri}; {@code location} and {@code server_name} for what
 *     these directives compare
 */
public record Expression(Directive where, int word, String text, boolean ignoresCase, String subject) {

    /** Returns the level's own expressions. */
    public static List<Expression> of(Level level) {
        List<Expression> out = new ArrayList<>();
        for (Directive d : level.scope().directives()) {
            switch (d.name()) {
                case "location" -> location(d, out);
                case "server_name" -> {
                    for (int i = 0; i < d.args().size(); i++) {
                        if (d.arg(i).startsWith("~")) {
                            out.add(new Expression(d, i + 1, d.arg(i).substring(1), true, "server_name"));
                        }
                    }
                }
                case "rewrite" -> out.add(new Expression(d, 1, d.arg(0), false, "$uri"));
                case "if" -> condition(d, out);
                case "map" -> d.block().directives().forEach(line -> entry(d, line, out));
                default -> {
                    // the directive has no expression, or one that only apps' answers are compared with
                }
            }
        }
        return out;
    }

    private static void location(Directive d, List<Expression> out) {
        boolean isSpaced = d.args().size() == 2;
        String modifier = isSpaced
                ? d.arg(0)
                : d.arg(0).startsWith("~*") ? "~*" : d.arg(0).startsWith("~") ? "~" : "";
        if (modifier.startsWith("~")) {
            String text = isSpaced ? d.arg(1) : d.arg(0).substring(modifier.length());
            out.add(new Expression(d, d.args().size(), text, modifier.equals("~*"), "location"));
        }
    }

    private static void condition(Directive d, List<Expression> out) {
        if (d.args().size() < 3 || !d.arg(1).matches("!?~\\*?")) {
            return;
        }
        boolean isClosed = d.args().size() > 3;
        String text = isClosed ? d.arg(2) : d.arg(2).replaceFirst("\\)$", "");
        out.add(new Expression(d, 3, text, d.arg(1).endsWith("*"), d.arg(0).replaceFirst("^\\(", "")));
    }

    private static void entry(Directive map, Directive line, List<Expression> out) {
        String key = line.name();
        if (key.startsWith("~")) {
            boolean ignoresCase = key.startsWith("~*");
            out.add(new Expression(line, 0, key.substring(ignoresCase ? 2 : 1), ignoresCase, map.arg(0)));
        }
    }

    /** Whether the expression is compared with a client's decoded path. */
    public boolean takesPath() {
        return subject.equals("location") || subject.matches("\\$(document_)?uri|\\$request_filename");
    }

    /** Returns the expression's parts; {@code null} if it cannot be parsed. */
    public RegexTree tree() {
        return RegexTree.parse(text);
    }

    /** Whether a text matches, by the matcher that serves requests. */
    public boolean matches(String subjectText) {
        try {
            return compile(text).find(subjectText);
        } catch (Regex.LimitReached e) {
            return false;
        } catch (ConfException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Compiles another expression in the same way as this one. */
    public Regex compile(String other) throws ConfException {
        return Regex.compile(new Variables(), where, other, ignoresCase);
    }

    /** Returns an edit that replaces this expression by another. */
    public Edit replace(Texts texts, String other) {
        String whole = word == 0 ? where.name() : where.arg(word - 1);
        int at = whole.lastIndexOf(text);
        return texts.replace(where, word - 1, whole.substring(0, at) + other + whole.substring(at + text.length()));
    }
}
