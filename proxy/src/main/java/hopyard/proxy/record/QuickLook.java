package hopyard.proxy.record;

import java.util.regex.Pattern;

/**
 * A quick look at bytes that tells whether there can be a secret in them: most lines are made of short words and numbers
 * that are in no secret's name, and need no more. Used by one thread.
 */
final class QuickLook {

    /** What ends a word, what is part of one, and what only a closer look can judge. */
    private static final byte END = 0;

    private static final byte LETTER = 1;
    private static final byte DIGIT = 2;
    private static final byte SUSPECT = 3;

    private static final byte[] KINDS = new byte[256];

    /** As many letters as fit a long. A longer word that is not a number to base 16 is looked at more closely. */
    private static final int MAX_WORD = 8;

    /** What well-known tokens begin with, where a hyphen or a dot follows. */
    private static final Pattern TOKEN_BEGINS =
            Pattern.compile("eyJ.*|sk|xox[a-z]|xapp|glpat|pypi|hvs|SG|ya29|AKIA.*|ASIA.*|AIza.*");

    /** Schemes behind which credentials may stand, and that sound like no secret. */
    private static final Pattern SCHEME = Pattern.compile("(?i)basic|ntlm|negotia.*");

    /** Scatters words over the table: 2^64 divided by the golden ratio. */
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private static final int TABLE_BITS = 11;

    static {
        for (int c = 0; c < KINDS.length; c++) {
            KINDS[c] = c <= ' ' || c >= 0x7f || "%@#\\".indexOf(c) >= 0 ? SUSPECT : END;
        }
        KINDS[' '] = END;
        KINDS['\t'] = END;
        for (char c = 'a'; c <= 'z'; c++) {
            KINDS[c] = c <= 'f' ? DIGIT : LETTER;
            KINDS[c - 0x20] = LETTER;
        }
        for (char c = '0'; c <= '9'; c++) {
            KINDS[c] = DIGIT;
        }
        for (char c : "_[]+*".toCharArray()) {
            KINDS[c] = LETTER;
        }
    }

    /** Words that have been found harmless, by their letters; a new one moves who was in its place to the one beside it. */
    private final long[] harmless = new long[1 << TABLE_BITS];

    /** Whether there is no secret in a text for sure. */
    boolean isHarmless(byte[] bytes, int from, int to) {
        long word = 0;
        int start = from;
        int kinds = 0;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            int kind = KINDS[b & 0xff];
            if (kind == END) {
                if (kinds != 0 && !isHarmless(word, i - start, kinds, bytes, start)) {
                    return false;
                }
                word = 0;
                kinds = 0;
                start = i + 1;
            } else if (kind == SUSPECT) {
                return false;
            } else {
                word = word << 8 | b;
                kinds |= kind;
            }
        }
        return kinds == 0 || isHarmless(word, to - start, kinds, bytes, start);
    }

    private boolean isHarmless(long word, int length, int kinds, byte[] bytes, int start) {
        if (kinds == DIGIT || length > MAX_WORD) {
            return kinds == DIGIT;
        }
        int slot = (int) (word * MIX >>> Long.SIZE - TABLE_BITS);
        if (harmless[slot] == word || harmless[slot ^ 1] == word) {
            return true;
        }
        char[] letters = new char[length];
        for (int i = 0; i < length; i++) {
            letters[i] = (char) bytes[start + i];
        }
        String text = new String(letters);
        if (SecretNames.isParameter(text)
                || SecretNames.isSegment(text)
                || SCHEME.matcher(text).matches()
                || TOKEN_BEGINS.matcher(text).matches()) {
            return false;
        }
        harmless[slot ^ 1] = harmless[slot];
        harmless[slot] = word;
        return true;
    }
}
