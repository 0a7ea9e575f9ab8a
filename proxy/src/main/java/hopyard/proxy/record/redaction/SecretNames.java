package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.Locale;

/**
 * Tells by the name of a field, a parameter or a segment of a path whether its value is a secret. The words in the name
 * decide, however they are put together: {@code X-Auth-Token}, {@code accessToken}, {@code user[password]},
 * {@code phpsessid}. In doubt, the value is a secret.
 */
final class SecretNames {

    private static final WordFinder ANYWHERE = new WordFinder(SecretWords.ANYWHERE);

    private static final String AUTH = "auth";

    private static final int LETTERS = 26;

    /** The letter that each digit looks like; a dot where there is none. */
    private static final String LETTERS_OF_DIGITS = "oi.east.bg";

    /** The last two letters of {@link SecretWords#WORDS} and {@link SecretWords#ENDS}. */
    private static final BitSet LAST_LETTERS = new BitSet(LETTERS * LETTERS);

    static {
        SecretWords.WORDS.forEach(word -> LAST_LETTERS.set(lastLetters(word, word.length())));
        SecretWords.ENDS.forEach(word -> LAST_LETTERS.set(lastLetters(word, word.length())));
    }

    private SecretNames() {}

    static boolean isField(String name) {
        return isSecret(name) && !SecretWords.HARMLESS_FIELDS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a name means a secret in a query, a form, a path parameter or an object. */
    static boolean isParameter(String name) {
        return isSecret(name) || SecretWords.PARAMETERS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether what follows a segment of a path is a secret. */
    static boolean isSegment(String segment) {
        String lower = segment.toLowerCase(Locale.ROOT);
        return isSecret(segment) || SecretWords.SEGMENTS.contains(lower) || lower.contains(SecretWords.WEBHOOK);
    }

    /** Whether a segment of a path may be followed by a team's name and a secret. */
    static boolean isHook(String segment) {
        return SecretWords.HOOKS.contains(segment.toLowerCase(Locale.ROOT));
    }

    /** Whether a name has one of the words, whatever it is the name of. */
    static boolean isSecret(String name) {
        int state = 0;
        boolean capitals = false;
        boolean digits = false;
        boolean foreign = false;
        for (int i = 0; i < name.length(); i++) {
            char c = lower(name.charAt(i));
            digits |= c >= '0' && c <= '9';
            foreign |= c > 0x7f;
            if (isLetter(c)) {
                capitals |= c != name.charAt(i);
                state = ANYWHERE.next(state, c);
                if (state == WordFinder.FOUND) {
                    return true;
                }
            }
        }
        return hasWord(name, false)
                || capitals && hasWord(name, true)
                || digits && isSecretInDigits(name)
                || foreign && isForeign(name);
    }

    /** Whether a name has one of the words with digits in the place of letters: t0ken, p455word. */
    private static boolean isSecretInDigits(String name) {
        int state = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = lower(name.charAt(i));
            c = c >= '0' && c <= '9' ? LETTERS_OF_DIGITS.charAt(c - '0') : c;
            if (isLetter(c)) {
                state = ANYWHERE.next(state, c);
                if (state == WordFinder.FOUND) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isForeign(String name) {
        StringBuilder letters = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            if (Character.isLetter(name.charAt(i))) {
                letters.append(Character.toLowerCase(name.charAt(i)));
            }
        }
        for (String word : SecretWords.FOREIGN) {
            if (letters.indexOf(word) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name has one of the words. With {@code humps}, a capital letter begins a word. */
    private static boolean hasWord(String name, boolean humps) {
        int beforeStart = 0;
        int beforeEnd = 0;
        int start = 0;
        for (int i = 0; i <= name.length(); i++) {
            boolean ends = i == name.length() || !isLetter(lower(name.charAt(i)));
            if (ends || humps && i > start && isHump(name, i)) {
                if (i > start) {
                    if (maySecretEnd(name, start, i)
                            && isSecretWord(word(name, start, i), word(name, beforeStart, beforeEnd))) {
                        return true;
                    }
                    beforeStart = start;
                    beforeEnd = i;
                }
                start = ends ? i + 1 : i;
            }
        }
        return false;
    }

    private static String word(String name, int from, int to) {
        return name.substring(from, to).toLowerCase(Locale.ROOT);
    }

    /** Whether a word may be one of the words, by its last or first letters: a quick test before the exact one. */
    private static boolean maySecretEnd(String name, int from, int to) {
        return to - from > 1 && LAST_LETTERS.get(lastLetters(name, to))
                || to - from > 3 && name.regionMatches(true, from, AUTH, 0, AUTH.length());
    }

    private static int lastLetters(String name, int end) {
        return (lower(name.charAt(end - 2)) - 'a') * LETTERS + lower(name.charAt(end - 1)) - 'a';
    }

    /** Whether a capital letter begins a word: the T of accessToken, the K of APIKey. */
    private static boolean isHump(String name, int i) {
        return isUpper(name.charAt(i))
                && (!isUpper(name.charAt(i - 1))
                        || i + 1 < name.length()
                                && isLetter(lower(name.charAt(i + 1)))
                                && !isUpper(name.charAt(i + 1)));
    }

    private static boolean isSecretWord(String word, String before) {
        if (SecretWords.WORDS.contains(word)) {
            return !SecretWords.HARMLESS_BEFORE.contains(before);
        }
        if (word.startsWith(AUTH) && !word.startsWith("author")) {
            return true;
        }
        for (String end : SecretWords.ENDS) {
            if (word.endsWith(end)) {
                return !SecretWords.HARMLESS_BEFORE.contains(word.substring(0, word.length() - end.length()));
            }
        }
        return false;
    }

    private static char lower(char c) {
        return isUpper(c) ? (char) (c | 0x20) : c;
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z';
    }
}
