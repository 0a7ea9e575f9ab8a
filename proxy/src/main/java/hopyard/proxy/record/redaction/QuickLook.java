package hopyard.proxy.record.redaction;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.regex.Pattern;

/**
 * Tells by a quick look at bytes whether they may hold a secret. Most lines are made of short words and numbers that
 * are in no secret's name, and need no closer look. Used by one thread.
 */
public final class QuickLook {

    /** The kinds of bytes: this one ends a word, others are part of a word, and some need a closer look. */
    private static final byte END = 0;

    private static final byte LETTER = 1;
    private static final byte DIGIT = 2;
    private static final byte SUSPECT = 3;

    /** The kind that ends a word, and may join words into a name or a token: a hyphen, a dot. */
    private static final byte JOINT = 4;

    private static final byte[] KINDS = new byte[256];

    /** The longest word: as many letters as a long has bytes. A longer word needs a closer look. */
    private static final int MAX_WORD = 8;

    /** The beginnings of well-known tokens, up to the hyphen or the dot. */
    private static final Pattern TOKEN_BEGINS =
            Pattern.compile("eyJ|(?:^|[^A-Za-z0-9])(?:AKIA|ASIA|AIza|EAAC|ATATT|bot[0-9]"
                    + "|(?:sk|xox[a-z]|xapp|gl(?:pat|dt|rt|ptt|ft|cbt|imt|soat)|pypi|hvs|SG|ya29|sq0[a-z]{3}|tskey)$)");

    /** Authentication schemes that credentials may follow, and whose names do not sound like a secret. */
    private static final Pattern SCHEME = Pattern.compile("(?i)basic|ntlm|negotia");

    /** Spreads words over the table when multiplied: 2^64 divided by the golden ratio. */
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
        for (char c : "-.~!$^`|".toCharArray()) {
            KINDS[c] = JOINT;
        }
    }

    /** How many unknown words may be looked up for one exchange. Lines with further ones need a closer look. */
    static final int MAX_NEW_WORDS = 64;

    /** The longest run of joined words, in bytes. A longer one needs a closer look. */
    private static final int MAX_COMPOUND = 64;

    /** The longest number. A longer one may be a secret. */
    private static final int MAX_NUMBER = RandomRuns.MAX_HEX;

    /** Words that are harmless, as their letters. A new word moves the word in its place to the place beside it. */
    private final long[] harmless = new long[1 << TABLE_BITS];

    /** Runs of joined words that are harmless. */
    private final KnownBytes harmlessCompounds = new KnownBytes();

    private int newWords;

    /** Begins an exchange, for which unknown words may be looked up again. */
    public void begin() {
        newWords = 0;
        harmlessCompounds.begin();
    }

    /** Whether a text certainly holds no secret. */
    public boolean isHarmless(byte[] bytes, int from, int to) {
        return endOfHarmless(bytes, from, to) == to;
    }

    /**
     * Looks at the rest of a line. Each word, or run of joined words, is judged by itself. So the look may begin at any
     * word behind a blank, an equals sign or a slash.
     *
     * @return the index behind the line's end, or {@code to} if the line has no end; -1 if it may hold a secret
     */
    public int endOfHarmless(byte[] bytes, int from, int to) {
        int compoundEnd = from;
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
                if (i > compoundEnd && (kind == JOINT || start > from && KINDS[bytes[start - 1] & 0xff] == JOINT)) {
                    compoundEnd = endOfHarmlessCompound(bytes, from, start, to);
                    if (compoundEnd < 0) {
                        return -1;
                    }
                }
            } else if (i - start > MAX_NUMBER) {
                return -1;
            }
            if (kind == SUSPECT) {
                return isLineEnd(bytes, i, to) ? i + (bytes[i] == '\n' ? 1 : 2) : -1;
            }
        }
        return to;
    }

    /** Returns where the run of joined words ends that a word is in; -1 if the run may hold a secret. */
    private int endOfHarmlessCompound(byte[] bytes, int from, int word, int to) {
        int start = word;
        while (start > from && isPartOfCompound(bytes[start - 1]) && word - start <= MAX_COMPOUND) {
            start--;
        }
        int end = word;
        while (end < to && isPartOfCompound(bytes[end]) && end - start <= MAX_COMPOUND) {
            end++;
        }
        if (end - start > MAX_COMPOUND) {
            return -1;
        }
        if (!harmlessCompounds.contains(bytes, start, end)) {
            String text = new String(bytes, start, end - start, ISO_8859_1);
            if (newWords++ >= MAX_NEW_WORDS
                    || !isHarmlessName(text)
                    || !SecretText.redact(text).equals(text)) {
                return -1;
            }
            harmlessCompounds.add(bytes, start, end);
        }
        return end;
    }

    private static boolean isPartOfCompound(byte b) {
        byte kind = KINDS[b & 0xff];
        return kind == LETTER || kind == DIGIT || kind == JOINT;
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
        if (!isHarmlessName(text)
                || SCHEME.matcher(text).find()
                || TOKEN_BEGINS.matcher(text).find()) {
            return false;
        }
        harmless[slot ^ 1] = harmless[slot];
        harmless[slot] = word;
        return true;
    }

    private static boolean isHarmlessName(String name) {
        return !SecretNames.isParameter(name) && !SecretNames.isSegment(name) && !SecretNames.isHook(name);
    }
}
