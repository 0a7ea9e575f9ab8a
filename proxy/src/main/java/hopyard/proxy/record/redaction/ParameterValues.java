package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.Locale;
import java.util.Set;

/**
 * Finds values behind a name of a secret: {@code name=value}, {@code "name":"value"}, {@code name: value},
 * {@code <name>value<}. A value ends at a delimiter that is encoded no more often than the equals sign before the
 * value. A delimiter that is encoded more often is part of the value.
 */
final class ParameterValues {

    /** Parameters that hold a name, when another parameter ({@link #VALUE_OF}) holds the value. */
    private static final Set<String> NAME_OF = Set.of("name", "key", "field", "param", "header", "k");

    private static final Set<String> VALUE_OF = Set.of("value", "val", "v");

    /** The longest port, in digits. */
    private static final int MAX_PORT_DIGITS = 5;

    private final DecodedText decoded;
    private final char[] text;
    private final int[] depth;
    private final int length;
    private final BitSet hidden;
    private final StepsBack steps;

    private ParameterValues(DecodedText decoded, BitSet hidden, StepsBack steps) {
        this.decoded = decoded;
        this.hidden = hidden;
        this.steps = steps;
        text = decoded.chars();
        depth = decoded.depths();
        length = decoded.length();
    }

    static void hide(DecodedText text, BitSet hidden, StepsBack steps) {
        new ParameterValues(text, hidden, steps).hide();
    }

    private void hide() {
        boolean quoted = false;
        boolean angled = false;
        boolean inPath = false;
        boolean named = false;
        int tag = -1;
        for (int i = 0; i < length && !steps.areTooMany(); i++) {
            switch (text[i]) {
                case '"' -> {
                    quoted = !quoted;
                    inPath = false;
                }
                case ' ', '\t', '?', '#' -> inPath = false;
                case '<' -> {
                    angled = true;
                    inPath = false;
                    tag = i;
                }
                case '>' -> {
                    angled = false;
                    if (tag >= 0 && isSecretTag(tag + 1, i)) {
                        i = hideContent(i) - 1;
                    }
                    tag = -1;
                }
                case '/' -> inPath |= i == 0 || " \t\"<='(".indexOf(text[i - 1]) >= 0 || decoded.is(i + 1, '/');
                case '=', ':' -> {
                    int end = endOfName(i);
                    int start = startOfName(i, end);
                    if (isNamed(i, end)) {
                        String name = decoded.string(start, end);
                        boolean hides = SecretNames.isParameter(name) || named && VALUE_OF.contains(lower(name));
                        named = NAME_OF.contains(lower(name))
                                ? SecretNames.isSecret(wordBehind(i + 1))
                                : named && !hides;
                        if (hides) {
                            boolean matrix = inPath && start > 0 && text[start - 1] == ';';
                            i = hideValue(i, quoted, angled, matrix) - 1;
                        }
                    }
                }
                default -> {
                    // part of a name or a value
                }
            }
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private String wordBehind(int from) {
        int start = from;
        while (start < length && " \t\"'\\".indexOf(text[start]) >= 0) {
            start++;
        }
        return decoded.string(start, RandomRuns.endOfRun(text, length, start));
    }

    /** Whether the name of a tag is a secret's: the token of {@code <token>} and {@code <a:token x="">}. */
    private boolean isSecretTag(int from, int to) {
        int start = from;
        int end = from;
        while (end < to
                && (RandomRuns.isAlphanumeric(text[end]) || "-_.:".indexOf(text[end]) >= 0 || text[end] > 0x7f)) {
            start = text[end++] == ':' ? end : start;
        }
        return end > start
                && (end == to || DecodedText.isBlank(text[end]))
                && SecretNames.isParameter(decoded.string(start, end));
    }

    /** Hides the text between a tag and the next tag. Returns where the next tag begins. */
    private int hideContent(int tagEnd) {
        int to = tagEnd + 1;
        while (to < length && !(text[to] == '<' && depth[to] <= depth[tagEnd])) {
            to++;
        }
        hidden.set(tagEnd + 1, to);
        return to;
    }

    /** Whether a sign stands between a name and a value, not between a host and its port or behind a URL's scheme. */
    private boolean isNamed(int sign, int end) {
        return text[sign] == '=' || end < sign || !decoded.is(sign + 1, '/') && !isPort(sign + 1);
    }

    private boolean isPort(int from) {
        int to = from;
        while (to < length && text[to] >= '0' && text[to] <= '9') {
            if (++to - from > MAX_PORT_DIGITS) {
                return false;
            }
        }
        return to > from
                && !(to < length && (RandomRuns.isAlphanumeric(text[to]) || text[to] == '_' || text[to] == '-'));
    }

    private int endOfName(int sign) {
        int end = sign;
        while (end > 0 && " \t\"'\\".indexOf(text[end - 1]) >= 0) {
            end--;
        }
        return end;
    }

    private int startOfName(int sign, int end) {
        int start = end;
        while (start > 0
                && !(depth[start - 1] <= depth[sign] && " \t&?;#,/=:\"'<>(){}\\".indexOf(text[start - 1]) >= 0)) {
            start--;
        }
        steps.add(end - start);
        return start;
    }

    /** Hides the value behind a sign. Returns where the value ends. */
    private int hideValue(int sign, boolean quoted, boolean angled, boolean matrix) {
        // PHP and Ruby write =>
        int from = decoded.is(sign + 1, '>') ? sign + 2 : sign + 1;
        while (from < length && DecodedText.isBlank(text[from])) {
            from++;
        }
        int open = decoded.is(from, '\\') ? from + 1 : from;
        if (decoded.is(open, '"') || decoded.is(open, '\'')) {
            int close = closingQuote(from, open);
            if (close == length || isAfterValue(open == from ? close + 1 : close + 2)) {
                hidden.set(open + 1, close);
                return Math.min(length, open == from ? close + 1 : close + 2);
            }
        }
        int to = from;
        if (decoded.is(from, '[') || decoded.is(from, '{')) {
            to = length;
        }
        while (to < length && !(depth[to] <= depth[sign] && ends(to, quoted, angled, matrix))) {
            to++;
        }
        hidden.set(from, to);
        return Math.max(to, sign + 1);
    }

    /** Returns where a quoted value ends. The quote may be escaped, as in JSON within a string. */
    private int closingQuote(int from, int open) {
        boolean escaped = from < open;
        for (int i = open + 1; i < length; i++) {
            if (text[i] == '\\' && !escaped) {
                i++;
            } else if (escaped ? text[i] == '\\' && decoded.is(i + 1, text[open]) : text[i] == text[open]) {
                return i;
            }
        }
        return length;
    }

    private boolean isAfterValue(int i) {
        return i >= length
                || " \t&".indexOf(text[i]) >= 0
                || ",;}]>)\"\\".indexOf(text[i]) >= 0
                        && (i + 1 == length || " \t,;}]>)\"'\\{[".indexOf(text[i + 1]) >= 0);
    }

    private boolean ends(int i, boolean quoted, boolean angled, boolean matrix) {
        return switch (text[i]) {
            case '&', ' ', '\t' -> true;
            case ';', ',' -> i + 1 == length || DecodedText.isBlank(text[i + 1]);
            case '"' -> quoted;
            case '>' -> angled;
            case '/', '?', '#' -> matrix;
            default -> false;
        };
    }
}
