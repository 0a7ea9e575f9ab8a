package hopyard.proxy.record;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

/** Characters that look like one of ASCII: full-width, mathematical and accented letters, Cyrillic and Greek ones. */
final class LookAlikes {

    /** What is not seen at all: a soft hyphen, a zero-width space, an accent of its own. */
    static final char INVISIBLE = '\u0001';

    private static final char OTHER = '\ufffd';

    /** Each letter with those that NFKD does not bring to it. */
    private static final String[] ALIKE = {
        "aаαɑᴀ", "bвʙьβ", "cсᴄϲ", "dԁđᴅð", "eеεᴇє", "fꜰ", "gɡɢ", "hһнħʜ", "iіιıɪ", "jјᴊ", "kкκᴋ", "lłʟӏ", "mмᴍ", "nɴ",
        "oоοøᴏ", "pрρᴘ", "qԛ", "rʀг", "sѕꜱß", "tтτŧᴛ", "uυᴜ", "vνѵᴠ", "wԝᴡω", "xхχ", "yуʏγ", "zᴢ"
    };

    /** Mathematical letters, digits and letters in circles and squares: what else is beyond U+FFFF looks like none. */
    private static final int[][] BEYOND = {{0x1d400, 0x1d7ff}, {0x1f100, 0x1f189}};

    /** What has been asked for before, up to U+FFFF. All threads fill it, with the same. */
    private static final char[] KNOWN = new char[Character.MAX_VALUE + 1];

    private LookAlikes() {}

    /** The character of ASCII that it looks like, itself if there is none, or {@link #INVISIBLE}. */
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
        // what is left below U+0100 would be taken for a byte of UTF-8
        return codePoint < 0x100 || codePoint > Character.MAX_VALUE ? OTHER : (char) codePoint;
    }

    /** The letters of a text, each replaced by what it looks like, in lower case. */
    static String fold(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().map(LookAlikes::of).filter(Character::isLetter).forEach(c -> out.append((char) c));
        return out.toString().toLowerCase(Locale.ROOT);
    }
}
