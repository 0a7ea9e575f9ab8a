package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.Locale;
import java.util.Set;

/**
 * Finds secrets that follow their name without an equals sign or a colon: {@code password is SECRET},
 * {@code 'key' => 'SECRET'}, {@code token-SECRET}.
 */
final class NamedInText {

    /** Words that may stand between a name and its value. */
    private static final Set<String> LINKS =
            Set.of("is", "was", "are", "equals", "now", "set", "changed", "to", "ist", "lautet", "est", "es");

    private static final int MAX_LINKS = 3;

    /** Words that say something about a password, and are none: {@code password required}. */
    private static final Set<String> SAID = Set.of(
            "required",
            "invalid",
            "incorrect",
            "wrong",
            "missing",
            "expired",
            "not",
            "empty",
            "correct",
            "valid",
            "too",
            "and",
            "or",
            "for",
            "must",
            "protected",
            "provided",
            "rejected",
            "a",
            "the",
            "an",
            "has",
            "in",
            "on",
            "of");

    /** The protocol versions that a request line may end with. */
    private static final Set<String> VERSIONS = Set.of("http/1.0", "http/1.1", "http/2.0");

    /** The shortest secret: a word that is shorter stands behind a name by chance. */
    private static final int MIN_LENGTH = 8;

    /** The longest number that is no secret, as a status code, in digits. */
    private static final int MAX_DIGITS = 3;

    /** A part that is shorter may be a part of a secret with hyphens in it. */
    private static final int MIN_PART = 3;

    private final char[] text;
    private final int[] depth;
    private final int length;
    private final BitSet hidden;

    private NamedInText(char[] text, int[] depth, int length, BitSet hidden) {
        this.text = text;
        this.depth = depth;
        this.length = length;
        this.hidden = hidden;
    }

    static void hide(char[] text, int[] depth, int length, BitSet hidden) {
        new NamedInText(text, depth, length, hidden).hide();
    }

    private void hide() {
        String before = "";
        for (int i = 0; i < length; ) {
            if (!isNamePart(text[i])) {
                i++;
                continue;
            }
            int end = i;
            while (end < length && (isNamePart(text[end]) || RandomRuns.isJoint(text[end]))) {
                end++;
            }
            String name = new String(text, i, end - i);
            if (SecretNames.isSecret(name)) {
                glued(i, end);
                if (SecretNames.isSecret(before + "-" + name) && (isWordOfText(i) || end < length && depth[end] > 0)) {
                    end = behind(end);
                }
            }
            before = name;
            i = end;
        }
    }

    /** Whether a character may be in a name: a digit of ASCII, or a letter of any script. */
    private static boolean isNamePart(char c) {
        return RandomRuns.isAlphanumeric(c) || c > 0x7f && Character.isLetter(c);
    }

    private boolean isWordOfText(int i) {
        return i == 0 || " \t\"'(>{[\\,;".indexOf(text[i - 1]) >= 0;
    }

    // ---- token-SECRET

    private void glued(int from, int to) {
        if (to < length && text[to] == '=') {
            return;
        }
        String before = "";
        boolean named = false;
        boolean capitals = false;
        int rest = -1;
        for (int start = from; start < to; ) {
            int end = start;
            while (end < to && !RandomRuns.isJoint(text[end])) {
                end++;
            }
            boolean isNameLonger =
                    named && rest < 0 && end < to && SecretNames.isSecret("-" + new String(text, start, end - start));
            if (isNameLonger) {
                // auth-token-SECRET
                start = end + 1;
                continue;
            }
            if (named) {
                rest = rest < 0 ? start : rest;
                if (end - start >= MIN_PART || end == to) {
                    boolean told = end - start > MIN_LENGTH * 2 || !RandomRuns.isStaticFile(text, length, to);
                    if (end > start && told && !RandomRuns.isWord(text, start, end, capitals)) {
                        hidden.set(rest, to);
                    }
                    return;
                }
            } else {
                String part = new String(text, start, end - start);
                named = SecretNames.isSecret(before + "-" + part);
                capitals = part.equals(part.toUpperCase(Locale.ROOT));
                before = part;
            }
            start = end + 1;
        }
    }

    // ---- password SECRET, password is SECRET, password -> SECRET

    /**
     * Hides the value behind a name. Returns where to go on: behind the value, so that no text is read again and again.
     */
    private int behind(int nameEnd) {
        int i = nameEnd;
        if (i < length && (text[i] == '"' || text[i] == '\'')) {
            i++;
        }
        int at = afterBlanks(i);
        int arrow = endOfArrow(at);
        boolean linked = arrow > at + 1 || arrow > at && at > i && afterBlanks(arrow) > arrow;
        if (linked) {
            at = afterBlanks(arrow);
        } else if (arrow > at || at == i) {
            // a sign that makes this a parameter, which others look for; or nothing follows
            return nameEnd;
        }
        for (int n = 0; n < MAX_LINKS; n++) {
            int end = endOfValue(at, nameEnd);
            if (!LINKS.contains(lower(at, end)) || afterBlanks(end) == end) {
                break;
            }
            linked = true;
            at = afterBlanks(end);
        }
        if (at < length && (text[at] == '"' || text[at] == '\'')) {
            int close = at + 1;
            while (close < length && text[close] != text[at]) {
                close++;
            }
            hidden.set(at + 1, close);
            return close;
        }
        int end = endOfValue(at, nameEnd);
        if (end == at || !tells(lower(at, end), at, linked)) {
            return nameEnd;
        }
        hidden.set(at, end);
        return end;
    }

    private boolean tells(String value, int at, boolean linked) {
        int stop = value.length();
        while (stop > 0 && ".:!?)".indexOf(value.charAt(stop - 1)) >= 0) {
            stop--;
        }
        String bare = value.substring(0, stop);
        if (SAID.contains(bare) || VERSIONS.contains(bare)) {
            return false;
        }
        if (linked || bare.length() >= MIN_LENGTH) {
            return true;
        }
        int digits = 0;
        boolean letters = true;
        for (int i = 0; i < bare.length(); i++) {
            char c = text[at + i];
            digits += c >= '0' && c <= '9' ? 1 : 0;
            letters &= c >= 'a' && c <= 'z' || i == 0 && RandomRuns.isAlphanumeric(c);
        }
        return digits == bare.length() ? digits > MAX_DIGITS : digits > 0 || !letters;
    }

    private int afterBlanks(int from) {
        int i = from;
        while (i < length && (text[i] == ' ' || text[i] == '\t')) {
            i++;
        }
        return i;
    }

    /** Returns where an arrow ends: ->, =>, :=, a longer one, or an arrow of Unicode. */
    private int endOfArrow(int from) {
        int i = from;
        while (i < length && "-=:~<>\u2192\u21d2\u27a1".indexOf(text[i]) >= 0) {
            i++;
        }
        return i;
    }

    private int endOfValue(int from, int name) {
        int deepest = name < length ? depth[name] : 0;
        int i = from;
        while (i < length && !(depth[i] <= deepest && " \t\"',;<>&".indexOf(text[i]) >= 0)) {
            i++;
        }
        return i;
    }

    private String lower(int from, int to) {
        return new String(text, from, to - from).toLowerCase(Locale.ROOT);
    }
}
