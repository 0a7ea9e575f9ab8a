package hopyard.proxy.record;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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

    /** How many words that are not known yet may be looked up for one exchange. With more, a closer look has to do. */
    static final int MAX_NEW_WORDS = 64;

    /** Words that have been found harmless, by their letters; a new one moves who was in its place to the one beside it. */
    private final long[] harmless = new long[1 << TABLE_BITS];

    private int newWords;

    /** Begins an exchange. */
    void begin() {
        newWords = 0;
    }

    /** Whether there is no secret in a text for sure. */
    boolean isHarmless(byte[] bytes, int from, int to) {
        return endOfHarmless(bytes, from, to) == to;
    }

    /**
     * Looks at the rest of a line. No word counts for more or less because of those beside it, so a look may begin at any
     * word.
     *
     * @return what follows the line's end, or {@code to} if it has none; -1 if there may be a secret in it
     */
    int endOfHarmless(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            int start = i;
            byte kind = KINDS[bytes[i] & 0xff];
            while (kind == DIGIT) {
                kind = ++i < to ? KINDS[bytes[i] & 0xff] : END;
            }
            if (kind == LETTER) {
                long word = 0;
                i = start;
                do {
                    word = word << 8 | bytes[i];
                    kind = ++i < to ? KINDS[bytes[i] & 0xff] : END;
                } while (kind == LETTER || kind == DIGIT);
                if (!isHarmless(word, bytes, start, i)) {
                    return -1;
                }
            }
            if (kind == SUSPECT) {
                return isLineEnd(bytes, i, to) ? i + (bytes[i] == '\n' ? 1 : 2) : -1;
            }
        }
        return to;
    }

    private static boolean isLineEnd(byte[] bytes, int i, int to) {
        return bytes[i] == '\n' || bytes[i] == '\r' && i + 1 < to && bytes[i + 1] == '\n';
    }

    private boolean isHarmless(long word, byte[] bytes, int from, int to) {
        if (to - from > MAX_WORD) {
            return false;
        }
        int slot = (int) (word * MIX >>> Long.SIZE - TABLE_BITS);
        return harmless[slot] == word
                || harmless[slot ^ 1] == word
                || newWords < MAX_NEW_WORDS && learn(word, slot, new String(bytes, from, to - from, ISO_8859_1));
    }

    private boolean learn(long word, int slot, String text) {
        newWords++;
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
