package hopyard.proxy.record;

import java.util.BitSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds secrets in a text that may be, or hold, a URL, parameters or tokens. Secrets are user names and passwords,
 * values of parameters and segments of a path behind a name of a secret, fragments, and well-known tokens.
 *
 * <p>A nested URL is encoded, once or several times. So the text is decoded completely. For each character it is noted
 * where it came from, and how often it was encoded. A value ends at a delimiter that is encoded no more often than the
 * equals sign before the value. A delimiter that is encoded more often is part of the value.
 */
final class SecretText {

    /** A segment that stays visible behind a segment that is named like a secret. */
    private static final Pattern PLAIN_SEGMENT = Pattern.compile(
            "[a-z]{1,7}(?:\\.[a-z]{1,4})?|[0-9.]{1,5}|authorize|callback|password|register|reset-password|password-reset");

    /** The segment that follows {@code services} in the path of a Slack webhook. */
    private static final Pattern SLACK_TEAM = Pattern.compile("[TE][0-9A-Z]{2,}");

    /** The number of a character reference in HTML. */
    private static final Pattern NUMBER_ENTITY = Pattern.compile("#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6})");

    /** The longest character reference, in characters. */
    private static final int MAX_ENTITY = 10;

    /** Parameters that hold a name, when another parameter ({@link #VALUE_OF}) holds the value. */
    private static final Set<String> NAME_OF = Set.of("name", "key", "field", "param", "header", "k");

    private static final Set<String> VALUE_OF = Set.of("value", "val", "v");

    /** The longest port, in digits. */
    private static final int MAX_PORT_DIGITS = 5;

    /**
     * How often the search may go back over a character, on average. Only a text that is encoded many times over, in
     * turns more and less often, needs more. Such a text is hidden whole, so that the time is bounded by the text's
     * length.
     */
    static final int MAX_STEPS_BACK = 8;

    /** A fragment that is not longer only names a place in a page. */
    private static final int SHORTEST_FRAGMENT = 8;

    private final String raw;
    /** Whether the text has several lines: then a line end counts as a blank. */
    private final boolean lines;

    private final BitSet hidden = new BitSet();
    private final char[] text;
    private final int[] at;
    private final int[] depth;
    private int length;
    private int stepsBack;

    private SecretText(String raw, boolean lines) {
        this.raw = raw;
        this.lines = lines;
        text = new char[raw.length()];
        at = new int[raw.length() + 1];
        depth = new int[raw.length()];
        decode();
    }

    /**
     * Returns the text with a mark in the place of each secret.
     *
     * @param ids whether the text is an id or a digest, which is meant to look random
     */
    static String redact(String raw, boolean ids) {
        return redact(new SecretText(raw, false), ids);
    }

    /** Does the same with a text of several lines. */
    static String redactLines(String raw) {
        return redact(new SecretText(raw, true), false);
    }

    private static String redact(SecretText text, boolean ids) {
        String raw = text.raw;
        text.parameters();
        text.userNames();
        text.segments();
        text.fragments();
        TokenForms.hide(text.text, text.length, text.hidden);
        NamedInText.hide(text.text, text.depth, text.length, text.hidden);
        if (!ids) {
            RandomRuns.hide(text.text, text.length, text.hidden);
        }
        if (text.isTooIntricate()) {
            return Redaction.mark(raw.length());
        }
        return text.hidden.isEmpty() ? raw : text.marked();
    }

    static String redact(String raw) {
        return redact(raw, false);
    }

    private boolean isTooIntricate() {
        return stepsBack > MAX_STEPS_BACK * raw.length();
    }

    private String marked() {
        StringBuilder out = new StringBuilder(raw.length());
        int shown = 0;
        for (int from = hidden.nextSetBit(0); from >= 0; from = hidden.nextSetBit(from)) {
            int to = hidden.nextClearBit(from);
            out.append(raw, shown, at[from]).append(Redaction.mark(at[to] - at[from]));
            shown = at[to];
            from = to;
        }
        return out.append(raw, shown, raw.length()).toString();
    }

    // ---- decoding

    private void decode() {
        for (int i = 0; i < raw.length(); i++) {
            at[length] = i;
            depth[length] = 0;
            char c = raw.charAt(i);
            text[length++] = lines && (c == '\n' || c == '\r') ? ' ' : c;
            while (collapse(3, '%', 'x')
                    || collapse(6, '%', 'u')
                    || collapse(6, '\\', 'u')
                    || collapse(4, '\\', 'x')
                    || entity()
                    || utf8()) {
                // the decoded character may be part of another escape
            }
        }
        at[length] = raw.length();
        for (int i = 0; i < length; i++) {
            text[i] = text[i] < 0x80 ? text[i] : LookAlikes.of(text[i]);
        }
    }

    /** Replaces the escape that the text ends with, if any, by its character: %74, %u0074, \\u0074 or \\x74. */
    private boolean collapse(int size, char first, char second) {
        int start = length - size;
        int digits = size == 3 ? start + 1 : start + 2;
        if (start < 0 || text[start] != first || size > 3 && (text[start + 1] | 0x20) != second) {
            return false;
        }
        int value = 0;
        int deepest = depth[start];
        for (int i = start + 1; i < length; i++) {
            deepest = Math.max(deepest, depth[i]);
            if (i >= digits) {
                int digit = Character.digit(text[i], 16);
                if (digit < 0) {
                    return false;
                }
                value = value << 4 | digit;
            }
        }
        text[start] = (char) value;
        depth[start] = deepest + 1;
        length = start + 1;
        return true;
    }

    /** Replaces the HTML character reference that the text ends with, if any. This does not count as an encoding. */
    private boolean entity() {
        int start = length - 1;
        if (length < 4 || text[start] != ';') {
            return false;
        }
        do {
            start--;
        } while (start > 0 && text[start] != '&' && length - start < MAX_ENTITY);
        if (text[start] != '&') {
            return false;
        }
        int c = character(string(start + 1, length - 1));
        return c > 0 && replace(start, LookAlikes.of(c));
    }

    private static int character(String entity) {
        return switch (entity.toLowerCase(Locale.ROOT)) {
            case "quot" -> '"';
            case "apos" -> '\'';
            case "lt" -> '<';
            case "gt" -> '>';
            case "amp" -> '&';
            default -> {
                boolean hex = entity.startsWith("x", 1) || entity.startsWith("X", 1);
                yield !NUMBER_ENTITY.matcher(entity).matches()
                        ? 0
                        : Integer.parseInt(entity.substring(hex ? 2 : 1), hex ? 16 : 10);
            }
        };
    }

    /** Replaces the bytes that the text ends with by a character, if they are one in UTF-8. */
    private boolean utf8() {
        int start = length - 1;
        int more = 0;
        int codePoint = 0;
        while (start > 0 && more < 3 && text[start] >= 0x80 && text[start] < 0xc0) {
            codePoint |= (text[start--] & 0x3f) << 6 * more++;
        }
        int own = 6 - more;
        if (more == 0 || text[start] >> own != (1 << more + 2) - 2) {
            return false;
        }
        return replace(start, LookAlikes.of(codePoint | (text[start] & (1 << own) - 1) << 6 * more));
    }

    private boolean replace(int start, char c) {
        for (int i = start + 1; i < length; i++) {
            depth[start] = Math.max(depth[start], depth[i]);
        }
        text[start] = c;
        length = c == LookAlikes.INVISIBLE ? start : start + 1;
        return true;
    }

    // ---- name=value, "name":"value", name: value

    private void parameters() {
        boolean quoted = false;
        boolean angled = false;
        boolean inPath = false;
        boolean named = false;
        int tag = -1;
        for (int i = 0; i < length && !isTooIntricate(); i++) {
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
                case '/' -> inPath |= i == 0 || " \t\"<='(".indexOf(text[i - 1]) >= 0 || is(i + 1, '/');
                case '=', ':' -> {
                    int end = endOfName(i);
                    int start = startOfName(i, end);
                    if (isNamed(i, end)) {
                        String name = string(start, end);
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
        return string(start, RandomRuns.endOfRun(text, length, start));
    }

    /** Whether the name of a tag is a secret's: the token of {@code <token>} and {@code <a:token x="">}. */
    private boolean isSecretTag(int from, int to) {
        int start = from;
        int end = from;
        while (end < to
                && (RandomRuns.isAlphanumeric(text[end]) || "-_.:".indexOf(text[end]) >= 0 || text[end] > 0x7f)) {
            start = text[end++] == ':' ? end : start;
        }
        return end > start && (end == to || isBlank(text[end])) && SecretNames.isParameter(string(start, end));
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
        return text[sign] == '=' || end < sign || !is(sign + 1, '/') && !isPort(sign + 1);
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
        stepsBack += end - start;
        return start;
    }

    /** Hides the value behind a sign. Returns where the value ends. */
    private int hideValue(int sign, boolean quoted, boolean angled, boolean matrix) {
        // PHP and Ruby write =>
        int from = is(sign + 1, '>') ? sign + 2 : sign + 1;
        while (from < length && isBlank(text[from])) {
            from++;
        }
        int open = is(from, '\\') ? from + 1 : from;
        if (is(open, '"') || is(open, '\'')) {
            int close = closingQuote(from, open);
            if (close == length || isAfterValue(open == from ? close + 1 : close + 2)) {
                hidden.set(open + 1, close);
                return Math.min(length, open == from ? close + 1 : close + 2);
            }
        }
        int to = from;
        if (is(from, '[') || is(from, '{')) {
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
            } else if (escaped ? text[i] == '\\' && is(i + 1, text[open]) : text[i] == text[open]) {
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
            case ';', ',' -> i + 1 == length || isBlank(text[i + 1]);
            case '"' -> quoted;
            case '>' -> angled;
            case '/', '?', '#' -> matrix;
            default -> false;
        };
    }

    // ---- user:password@host

    private void userNames() {
        int before = -1;
        int startBefore = -1;
        for (int i = 0; i < length && !isTooIntricate(); i++) {
            if (text[i] == '@') {
                int start = startOfUserName(i, before, startBefore);
                if (start >= 0) {
                    // the text before the last at sign is hidden already
                    hidden.set(start == startBefore ? before : start, i);
                }
                before = i;
                startBefore = start;
            }
        }
    }

    /** Returns where the credentials before an at sign begin; -1 if there are none. */
    private int startOfUserName(int sign, int before, int startBefore) {
        boolean path = false;
        int nested = -1;
        for (int i = sign; i > 0; i--) {
            stepsBack++;
            char c = text[i - 1];
            if (i - 1 == before && depth[before] <= depth[sign]) {
                // the at sign before this one: in a password, or this one is in the path behind the host
                return startBefore >= 0 ? (path ? -1 : startBefore) : credentials(i, sign);
            }
            boolean slashes = isSlash(i - 1) && i > 1 && isSlash(i - 2);
            if (depth[i - 1] <= depth[sign]) {
                if (slashes) {
                    return path && !hasPassword(i, sign) ? credentials(i, sign) : i;
                }
                if (" \t\"<>".indexOf(c) >= 0) {
                    return nested >= 0 ? nested : credentials(i, sign);
                }
                path |= "/?#".indexOf(c) >= 0;
            } else if (slashes) {
                // the slashes of a nested URL, unless slashes that are encoded less often stand before them
                nested = i;
            }
        }
        return nested >= 0 ? nested : credentials(0, sign);
    }

    private boolean isSlash(int i) {
        return text[i] == '/' || text[i] == '\\';
    }

    /** Whether a colon and more than a port stand before the first slash: then the slash is part of a password. */
    private boolean hasPassword(int from, int to) {
        boolean colon = false;
        for (int i = from; i < to && text[i] != '/'; i++) {
            if (colon && (text[i] < '0' || text[i] > '9')) {
                return true;
            }
            colon |= text[i] == ':';
        }
        return false;
    }

    /** Returns where the user of user:password@host begins without slashes before it; -1 if there is no password. */
    private int credentials(int start, int sign) {
        int from = start;
        int colon = -1;
        for (int i = start; i < sign; i++) {
            if (text[i] == ':' && colon < 0) {
                colon = i;
            } else if (depth[i] <= depth[sign] && "/&?(".indexOf(text[i]) >= 0) {
                from = i + 1;
                colon = -1;
            } else if (text[i] == '=' && colon < 0) {
                from = i + 1;
            }
        }
        return colon < 0 ? -1 : from;
    }

    // ---- /reset/TOKEN

    private void segments() {
        boolean secret = false;
        boolean hook = false;
        boolean query = false;
        int deepest = Integer.MAX_VALUE;
        int start = 0;
        for (int i = 0; i <= length; i++) {
            char c = i == length ? ' ' : text[i];
            boolean ends = i == length || depth[i] <= deepest && ("/?#; \t\"<>".indexOf(c) >= 0 || c == '&' && query);
            if (!ends) {
                continue;
            }
            if (i > start && !isAuthority(start)) {
                String segment = string(start, i);
                secret |= hook && SLACK_TEAM.matcher(segment).matches();
                if (secret && !PLAIN_SEGMENT.matcher(segment).matches()) {
                    hidden.set(start, i);
                }
                hook = c == '/' && SecretNames.isHook(segment);
                if (!secret && c == '/' && SecretNames.isSegment(name(segment))) {
                    secret = true;
                    deepest = depth[i];
                }
            }
            query = c == '?' || query && c == '&';
            if (c != '/' && c != ';') {
                secret = false;
                hook = false;
                deepest = Integer.MAX_VALUE;
            }
            start = i + 1;
        }
    }

    /** Returns the end of a segment that may be a name: the text behind the last sign that no name has. */
    private static String name(String segment) {
        int start = segment.length();
        while (start > 0 && "&,=:'(){}\\".indexOf(segment.charAt(start - 1)) < 0) {
            start--;
        }
        return segment.substring(start);
    }

    /** Whether the host of a URL begins there. */
    private boolean isAuthority(int start) {
        return start > 1
                && text[start - 1] == '/'
                && text[start - 2] == '/'
                && (start == 2 || ": \t\"<=".indexOf(text[start - 3]) >= 0);
    }

    // ---- #fragment

    private void fragments() {
        for (int i = 1; i < length; i++) {
            if (text[i] == '#' && !isBlank(text[i - 1])) {
                int end = i + 1;
                boolean named = false;
                while (end < length && !(depth[end] <= depth[i] && " \t\"<>&".indexOf(text[end]) >= 0)) {
                    named |= text[end++] == '=';
                }
                if (!named && end - i > SHORTEST_FRAGMENT) {
                    hidden.set(i + 1, end);
                }
                i = end;
            }
        }
    }

    private String string(int from, int to) {
        return new String(text, from, to - from);
    }

    private boolean is(int i, char c) {
        return i < length && text[i] == c;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
