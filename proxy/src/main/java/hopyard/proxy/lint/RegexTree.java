package hopyard.proxy.lint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * The parts of a regular expression, as far as they help to make texts: for a request that it matches, and for what its
 * groups may hold. The texts are only guesses, to be tried with the expression itself.
 */
public final class RegexTree {

    /** What a part of it is. */
    public enum Kind {
        CHARACTERS,
        ANY,
        GROUP,
        ANCHOR
    }

    /**
     * A part.
     *
     * @param from where it begins in the text
     * @param to behind its last character, what says how often included
     * @param atom behind its last character, without that
     * @param holds which characters it takes; {@code null} for groups and anchors
     * @param alternatives what a group has to choose from
     * @param group its number; 0 for one that captures nothing
     * @param max how often it may come at most; {@link Integer#MAX_VALUE} for no limit
     * @param isFinal whether it gives nothing back once it has matched (atomic, possessive)
     */
    public record Part(
            Kind kind,
            int from,
            int to,
            int atom,
            IntPredicate holds,
            List<List<Part>> alternatives,
            int group,
            int min,
            int max,
            boolean isFinal) {

        /** Whether a text that the part matches may hold the character. */
        public boolean mayHold(char c) {
            return kind == Kind.GROUP
                    ? alternatives.stream().flatMap(List::stream).anyMatch(each -> each.mayHold(c))
                    : kind != Kind.ANCHOR && max > 0 && holds.test(c);
        }
    }

    /** Samples for a class of characters: the first one that is in the class is used. */
    private static final String SAMPLES = "xa0A-_/.~ !";

    private final String text;
    private final List<List<Part>> alternatives = new ArrayList<>();
    private final List<Part> groups = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private int at;
    private boolean failed;

    private RegexTree(String text) {
        this.text = text;
    }

    /** Parses an expression; returns {@code null} if it holds something that this parser does not know. */
    public static RegexTree parse(String text) {
        RegexTree tree = new RegexTree(text);
        tree.groups.add(null);
        tree.names.add(null);
        tree.alternatives(tree.alternatives);
        return tree.failed || tree.at < text.length() ? null : tree;
    }

    /** Returns the alternatives outside of every group. */
    public List<List<Part>> alternatives() {
        return alternatives;
    }

    /** Returns the capturing group with that number or name; {@code null} if there is none. */
    public Part group(String name) {
        int number = name.matches("[1-9]") ? Integer.parseInt(name) : names.indexOf(name);
        return number > 0 && number < groups.size() ? groups.get(number) : null;
    }

    /** Returns all parts, including those in groups. */
    public List<Part> parts() {
        List<Part> out = new ArrayList<>();
        alternatives.forEach(each -> collect(each, out));
        return out;
    }

    private static void collect(List<Part> parts, List<Part> out) {
        for (Part part : parts) {
            out.add(part);
            if (part.kind == Kind.GROUP) {
                part.alternatives.forEach(each -> collect(each, out));
            }
        }
    }

    /** Returns a short text that the expression may match; {@code null} if none is known. */
    public String sample() {
        return sample(Map.of());
    }

    /**
     * Returns a short text that the expression may match, with texts of the caller's choice; {@code null} if none is
     * known.
     *
     * @param instead the texts for some of its parts
     */
    public String sample(Map<Part, String> instead) {
        StringBuilder out = new StringBuilder();
        return append(alternatives.get(0), instead, out) ? out.toString() : null;
    }

    /** Returns a short text that a part may match once; {@code null} if none is known. */
    public String sample(Part part) {
        StringBuilder out = new StringBuilder();
        return appendOnce(part, Map.of(), out) ? out.toString() : null;
    }

    private static boolean append(List<Part> parts, Map<Part, String> instead, StringBuilder out) {
        for (Part part : parts) {
            if (instead.containsKey(part)) {
                out.append(instead.get(part));
                continue;
            }
            for (int i = 0; i < Math.min(part.min, 100); i++) {
                if (!appendOnce(part, instead, out)) {
                    return false;
                }
            }
            if (part.min == 0 && contains(part, instead) && !appendOnce(part, instead, out)) {
                return false;
            }
        }
        return true;
    }

    private static boolean contains(Part part, Map<Part, String> wanted) {
        List<Part> inside = new ArrayList<>();
        collect(List.of(part), inside);
        return inside.stream().anyMatch(wanted::containsKey);
    }

    private static boolean appendOnce(Part part, Map<Part, String> instead, StringBuilder out) {
        switch (part.kind) {
            case GROUP -> {
                List<Part> chosen = part.alternatives.stream()
                        .filter(each -> each.stream().anyMatch(inner -> contains(inner, instead)))
                        .findFirst()
                        .orElse(part.alternatives.get(0));
                return append(chosen, instead, out);
            }
            case CHARACTERS, ANY -> {
                for (char c : SAMPLES.toCharArray()) {
                    if (part.holds.test(c)) {
                        out.append(c);
                        return true;
                    }
                }
                for (char c = ' '; c < 0x7f; c++) {
                    if (part.holds.test(c)) {
                        out.append(c);
                        return true;
                    }
                }
                return false;
            }
            case ANCHOR -> {
                return true;
            }
        }
        throw new IllegalStateException();
    }

    // ---- reading

    private void alternatives(List<List<Part>> out) {
        List<Part> parts = new ArrayList<>();
        out.add(parts);
        while (at < text.length() && text.charAt(at) != ')' && !failed) {
            if (text.charAt(at) == '|') {
                at++;
                parts = new ArrayList<>();
                out.add(parts);
            } else {
                part(parts);
            }
        }
    }

    private void part(List<Part> out) {
        int from = at;
        char c = text.charAt(at++);
        Kind kind = Kind.CHARACTERS;
        IntPredicate holds = null;
        List<List<Part>> inner = List.of();
        int group = 0;
        boolean isFinal = false;
        switch (c) {
            case '^', '$' -> kind = Kind.ANCHOR;
            case '.' -> {
                kind = Kind.ANY;
                holds = each -> each != '\n';
            }
            case '[' -> holds = characterClass();
            case '\\' -> {
                holds = at < text.length() ? escape() : null;
                kind = holds == null ? Kind.ANCHOR : kind;
            }
            case '(' -> {
                kind = Kind.GROUP;
                isFinal = text.startsWith("?>", at);
                group = open();
                inner = new ArrayList<>();
                if (!failed) {
                    alternatives(inner);
                }
                failed |= at == text.length();
                at++;
            }
            case '*', '+', '?' -> failed = true;
            default -> holds = each -> each == c;
        }
        int atom = Math.min(at, text.length());
        int[] times = times();
        boolean isPossessive = at < text.length() && at > atom && text.charAt(at) == '+';
        if (at < text.length() && at > atom && (text.charAt(at) == '?' || isPossessive)) {
            at++;
        }
        Part part = new Part(kind, from, at, atom, holds, inner, group, times[0], times[1], isFinal || isPossessive);
        if (group > 0) {
            groups.set(group, part);
        }
        out.add(part);
    }

    /** Reads what follows an opening parenthesis. Returns the number of the group if it captures. */
    private int open() {
        if (!text.startsWith("?", at)) {
            groups.add(null);
            names.add(null);
            return groups.size() - 1;
        }
        if (text.startsWith("?:", at) || text.startsWith("?>", at)) {
            at += 2;
            return 0;
        }
        int open = at + (text.startsWith("?P", at) ? 2 : 1);
        int close = open < text.length() ? text.indexOf(text.charAt(open) == '<' ? '>' : '\'', open + 1) : -1;
        if (close < 0 || !text.substring(open + 1, close).matches("[A-Za-z_][A-Za-z0-9_]*")) {
            // a lookaround, options, or a reference to another group
            failed = true;
            return 0;
        }
        groups.add(null);
        names.add(text.substring(open + 1, close));
        at = close + 1;
        return groups.size() - 1;
    }

    private int[] times() {
        if (at == text.length()) {
            return new int[] {1, 1};
        }
        switch (text.charAt(at)) {
            case '*' -> {
                at++;
                return new int[] {0, Integer.MAX_VALUE};
            }
            case '+' -> {
                at++;
                return new int[] {1, Integer.MAX_VALUE};
            }
            case '?' -> {
                at++;
                return new int[] {0, 1};
            }
            case '{' -> {
                int close = text.indexOf('}', at);
                String inside = close < 0 ? "" : text.substring(at + 1, close);
                if (inside.matches("[0-9]{1,4}(,[0-9]{0,4})?")) {
                    at = close + 1;
                    String[] numbers = inside.split(",", -1);
                    int min = Integer.parseInt(numbers[0]);
                    int max = numbers.length == 1
                            ? min
                            : numbers[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(numbers[1]);
                    return new int[] {min, max};
                }
                return new int[] {1, 1};
            }
            default -> {
                return new int[] {1, 1};
            }
        }
    }

    /** Returns the characters that an escape stands for; {@code null} if it stands for a position. */
    private IntPredicate escape() {
        char c = text.charAt(at++);
        return switch (c) {
            case 'd' -> Character::isDigit;
            case 'D' -> each -> !Character.isDigit(each);
            case 'w' -> RegexTree::isWord;
            case 'W' -> each -> !isWord(each);
            case 's' -> RegexTree::isBlank;
            case 'S' -> each -> !isBlank(each);
            case 'n' -> each -> each == '\n';
            case 'r' -> each -> each == '\r';
            case 't' -> each -> each == '\t';
            case 'b', 'B', 'A', 'z', 'Z' -> null;
            default -> {
                failed |= Character.isLetterOrDigit(c);
                yield each -> each == c;
            }
        };
    }

    private static boolean isWord(int c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || c == '_');
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    private IntPredicate characterClass() {
        boolean negated = at < text.length() && text.charAt(at) == '^';
        at += negated ? 1 : 0;
        int start = at;
        List<IntPredicate> all = new ArrayList<>();
        while (at < text.length() && (text.charAt(at) != ']' || at == start)) {
            if (text.startsWith("[:", at)) {
                failed = true;
                return each -> false;
            }
            char c = text.charAt(at++);
            if (c == '\\' && at < text.length()) {
                IntPredicate escaped = escape();
                all.add(escaped == null ? each -> false : escaped);
            } else if (at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']') {
                char last = text.charAt(at + 1);
                at += 2;
                all.add(each -> each >= c && each <= last);
            } else {
                all.add(each -> each == c);
            }
        }
        failed |= at == text.length();
        at++;
        return each -> all.stream().anyMatch(one -> one.test(each)) != negated;
    }
}
