package hopyard.proxy.record;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what has to be hidden in a text that may be, or hold, a URL, parameters or tokens: user names and passwords,
 * values of parameters that are named like a secret, segments of a path behind such a name, fragments, and what has the
 * form of a well-known token.
 *
 * <p>A nested URL is encoded, once or several times. So the text is decoded to the end, with a note for each character of
 * where it came from and how often it was encoded; a value ends at a delimiter that is encoded no more often than its name's
 * equals sign, since what is encoded more often is part of the value.
 */
final class SecretText {

    /** Tokens that can be told by how they begin, and keys in PEM. */
    private static final Pattern TOKENS = Pattern.compile("eyJ[A-Za-z0-9_.=-]{6,}"
            + "|(?<![A-Za-z0-9])(?:AKIA|ASIA|AIza|gh[opsur]_|github_pat_|glpat-|[rsp]k_(?:live|test)_|whsec_"
            + "|xox[a-z]-|xapp-|ya29\\.|SG\\.|npm_|pypi-|hvs\\.|dop_v1_|sk-)[A-Za-z0-9_.+/=-]{8,}"
            + "|-----BEGIN.*");

    /** Credentials behind their scheme, in any field. */
    private static final Pattern CREDENTIALS = Pattern.compile(
            "\\b(?:bearer|basic|negotiate|ntlm|token|apikey|dpop)[\\s:]+([^\\s\"',;<>]{8,})", Pattern.CASE_INSENSITIVE);

    /** What stays visible behind a segment that is named like a secret. */
    private static final Pattern PLAIN_SEGMENT = Pattern.compile(
            "[a-z]{1,7}(?:\\.[a-z]{1,4})?|[0-9.]{1,5}|authorize|callback|password|register|reset-password|password-reset");

    /** The two letters that {@link #TOKENS} and {@link #CREDENTIALS} may begin with, each as one number. */
    private static final BitSet TOKENS_BEGIN = pairs("ey AK AS AI gh gi gl rk sk pk wh xo xa ya SG np py hv do --");

    private static final BitSet CREDENTIALS_BEGIN = pairs("be ba ne nt to ap dp");

    /** Digits of a port, at most. */
    private static final int MAX_PORT_DIGITS = 5;

    /**
     * How often each character may be gone back over, on average. Only what is encoded many times in a row, more and less
     * often by turns, takes more; it is hidden whole, so that no text takes more time than its length allows.
     */
    static final int MAX_STEPS_BACK = 8;

    /** A fragment that is shorter names a place in a page. */
    private static final int SHORTEST_FRAGMENT = 8;

    private final String raw;
    private final BitSet hidden = new BitSet();
    private final char[] text;
    private final int[] at;
    private final int[] depth;
    private int length;
    private int stepsBack;

    private static BitSet pairs(String pairs) {
        BitSet numbers = new BitSet();
        for (int i = 0; i < pairs.length(); i += 3) {
            numbers.set(pairs.charAt(i) << 8 | pairs.charAt(i + 1));
        }
        return numbers;
    }

    private SecretText(String raw) {
        this.raw = raw;
        text = new char[raw.length()];
        at = new int[raw.length() + 1];
        depth = new int[raw.length()];
        decode();
    }

    /** The text with a mark in the place of each secret. */
    static String redact(String raw) {
        SecretText text = new SecretText(raw);
        text.parameters();
        text.userNames();
        text.segments();
        text.fragments();
        text.tokens();
        if (text.isTooIntricate()) {
            return Redaction.mark(raw.length());
        }
        return text.hidden.isEmpty() ? raw : text.marked();
    }

    private boolean isTooIntricate() {
        return stepsBack > MAX_STEPS_BACK * raw.length();
    }

    private String marked() {
        StringBuilder out = new StringBuilder(raw.length());
        int shown = 0;
        for (int from = hidden.nextSetBit(0); from >= 0; from = hidden.nextSetBit(shown)) {
            int to = hidden.nextClearBit(from);
            out.append(raw, at[shown], at[from]).append(Redaction.mark(at[to] - at[from]));
            shown = to;
        }
        return out.append(raw, at[shown], raw.length()).toString();
    }

    // ---- decoding

    private void decode() {
        for (int i = 0; i < raw.length(); i++) {
            at[length] = i;
            depth[length] = 0;
            text[length++] = raw.charAt(i);
            while (collapse(3, '%', 'x') || collapse(6, '%', 'u') || collapse(6, '\\', 'u')) {
                // what came out may be part of the next escape
            }
        }
        at[length] = raw.length();
    }

    /** Puts a character in the place of its escape, where the text ends with one: %74, %u0074 or \\u0074. */
    private boolean collapse(int size, char first, char second) {
        int start = length - size;
        int digits = size == 3 ? start + 1 : start + 2;
        if (start < 0 || text[start] != first || size == 6 && (text[start + 1] | 0x20) != second) {
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

    // ---- name=value, "name":"value", name: value

    private void parameters() {
        boolean quoted = false;
        boolean angled = false;
        boolean inPath = false;
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
                }
                case '>' -> angled = false;
                case '/' -> inPath |= i == 0 || " \t\"<='(".indexOf(text[i - 1]) >= 0 || is(i + 1, '/');
                case '=', ':' -> {
                    int end = endOfName(i);
                    int start = startOfName(i, end);
                    if (isNamed(i, end) && SecretNames.isParameter(string(start, end))) {
                        boolean matrix = inPath && start > 0 && text[start - 1] == ';';
                        i = hideValue(i, quoted, angled, matrix) - 1;
                    }
                }
                default -> {
                    // part of a name or a value
                }
            }
        }
    }

    /** Whether the sign stands between a name and a value, and not between a host and its port or in a URL's scheme. */
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
        return to > from && !(to < length && (isAlphanumeric(text[to]) || text[to] == '_' || text[to] == '-'));
    }

    private static boolean isAlphanumeric(char c) {
        return c >= '0' && c <= '9' || (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
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

    /** Hides the value behind the sign, and returns where it ends. */
    private int hideValue(int sign, boolean quoted, boolean angled, boolean matrix) {
        int from = sign + 1;
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

    /** Where the value ends that begins with a quote; that may be escaped, as in JSON within a string. */
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
                    // what was before the last at sign is hidden already
                    hidden.set(start == startBefore ? before : start, i);
                }
                before = i;
                startBefore = start;
            }
        }
    }

    /** Where to hide from; -1 if what stands before the at sign lets nobody in. */
    private int startOfUserName(int sign, int before, int startBefore) {
        boolean path = false;
        int nested = -1;
        for (int i = sign; i > 0; i--) {
            stepsBack++;
            char c = text[i - 1];
            if (i - 1 == before && depth[before] <= depth[sign]) {
                // another at sign in a password, or in the path behind the host
                return startBefore >= 0 ? (path ? -1 : startBefore) : credentials(i, sign);
            }
            boolean slashes = isSlash(i - 1) && i > 1 && isSlash(i - 2);
            if (depth[i - 1] <= depth[sign]) {
                if (slashes) {
                    return path && !hasPassword(i, sign) ? -1 : i;
                }
                if (" \t\"<>".indexOf(c) >= 0) {
                    return nested >= 0 ? nested : credentials(i, sign);
                }
                path |= "/?#".indexOf(c) >= 0;
            } else if (slashes) {
                // of a nested URL, unless there are others before that are encoded less
                nested = i;
            }
        }
        return nested >= 0 ? nested : credentials(0, sign);
    }

    private boolean isSlash(int i) {
        return text[i] == '/' || text[i] == '\\';
    }

    /** Whether a colon with more than a port behind it stands before the first slash, which then is in a password. */
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

    /** Where user:password@host begins that has no slashes before it; -1 if there is only a name. */
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
                if (secret && !PLAIN_SEGMENT.matcher(segment).matches()) {
                    hidden.set(start, i);
                }
                if (!secret && c == '/' && SecretNames.isSegment(segment)) {
                    secret = true;
                    deepest = depth[i];
                }
            }
            query = c == '?' || query && c == '&';
            if (c != '/' && c != ';') {
                secret = false;
                deepest = Integer.MAX_VALUE;
            }
            start = i + 1;
        }
    }

    /** Whether what begins there is the host of a URL. */
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

    private void tokens() {
        String all = string(0, length);
        Matcher token = TOKENS.matcher(all).useTransparentBounds(true);
        Matcher credentials = CREDENTIALS.matcher(all).useTransparentBounds(true);
        int tokenEnd = 0;
        int credentialsEnd = 0;
        for (int i = 0; i + 1 < length; i++) {
            int pair = text[i] << 8 | text[i + 1];
            boolean wordBegins = i == 0 || !isAlphanumeric(text[i - 1]);
            if (i >= tokenEnd
                    && (wordBegins || text[i] == '-' || text[i] == 'e')
                    && TOKENS_BEGIN.get(pair)
                    && token.region(i, length).lookingAt()) {
                hidden.set(i, token.end());
                tokenEnd = token.end();
            }
            if (wordBegins
                    && i >= credentialsEnd
                    && CREDENTIALS_BEGIN.get(pair | 0x2020)
                    && credentials.region(i, length).lookingAt()) {
                hidden.set(credentials.start(1), credentials.end(1));
                credentialsEnd = credentials.end();
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
