package hopyard.proxy.record.redaction;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Finds the ASCII character that another one looks like: full-width, mathematical, accented, Cyrillic, Greek letters.
 */
final class LookAlikes {

    /** Stands for a character that nobody sees: a soft hyphen, a zero-width space, a combining accent. */
    static final char INVISIBLE = '\u0001';

    private static final char OTHER = '\ufffd';

    /** Each letter of ASCII, followed by the look-alikes that normalization (NFKD) does not turn into it. */
    private static final String[] ALIKE = {
        "aаαɑᴀ", "bвʙьβ", "cсᴄϲ", "dԁđᴅð", "eеεᴇє", "fꜰ", "gɡɢ", "hһнħʜ", "iіιıɪ", "jјᴊ", "kкκᴋ", "lłʟӏ", "mмᴍ", "nɴ",
        "oоοøᴏ", "pрρᴘ", "qԛ", "rʀг", "sѕꜱß", "tтτŧᴛ", "uυᴜ", "vνѵᴠ", "wԝᴡω", "xхχ", "yуʏγ", "zᴢ"
    };

    /** Ranges beyond U+FFFF with look-alikes: mathematical letters and digits, and letters in circles and squares. */
    private static final int[][] BEYOND = {{0x1d400, 0x1d7ff}, {0x1f100, 0x1f189}};

    /** The answers so far, for characters up to U+FFFF. All threads fill the array, with the same values. */
    private static final char[] KNOWN = new char[Character.MAX_VALUE + 1];

    private LookAlikes() {}

    /**
     * Returns the ASCII character that a character looks like; {@link #INVISIBLE} if nobody sees it; else one above
     * ASCII.
     */
    static char of(int codePoint) {
        if (codePoint < 0x80) {
            return (char) codePoint;
        }
        if (codePoint >= KNOWN.length) {
            return Arrays.stream(BEYOND).anyMatch(range -> codePoint >= range[0] && codePoint <= range[1])
                    ? look(codePoint)
                    : OTHER;
        }
        if (KNOWN[codePoint] == 0) {
            KNOWN[codePoint] = look(codePoint);
        }
        return KNOWN[codePoint];
    }

    private static char look(int codePoint) {
        int type = Character.getType(codePoint);
        if (type == Character.FORMAT || type == Character.NON_SPACING_MARK) {
            return INVISIBLE;
        }
        if (type == Character.UNASSIGNED || type == Character.SURROGATE) {
            return OTHER;
        }
        String plain = Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFKD);
        char first = plain.charAt(0);
        if (first < 0x80) {
            return first;
        }
        char lower = Character.toLowerCase(first);
        for (String alike : ALIKE) {
            if (alike.indexOf(lower) >= 0) {
                return alike.charAt(0);
            }
        }
        // other characters below U+0100 would be taken for a byte of UTF-8
        return codePoint < 0x100 || codePoint > Character.MAX_VALUE ? OTHER : (char) codePoint;
    }

    /** Returns the letters of a text in lower case, each replaced by the ASCII letter that it looks like. */
    static String fold(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().map(LookAlikes::of).filter(Character::isLetter).forEach(c -> out.append((char) c));
        return out.toString().toLowerCase(Locale.ROOT);
    }
}
