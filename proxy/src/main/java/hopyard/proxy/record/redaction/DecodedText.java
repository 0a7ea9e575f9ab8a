package hopyard.proxy.record.redaction;

import java.util.BitSet;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A text that is decoded completely: escapes of URLs, JavaScript and HTML, and UTF-8. For each character it is noted
 * where it came from, and how often it was encoded.
 */
final class DecodedText {

    /** The number of a character reference in HTML. */
    private static final Pattern NUMBER_ENTITY = Pattern.compile("#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6})");

    /** The longest character reference, in characters. */
    private static final int MAX_ENTITY = 10;

    private final String raw;
    private final char[] text;
    private final int[] at;
    private final int[] depth;
    private int length;

    /**
     * @param lines whether the text has several lines: then a line end counts as a blank
     */
    DecodedText(String raw, boolean lines) {
        this.raw = raw;
        text = new char[raw.length()];
        at = new int[raw.length() + 1];
        depth = new int[raw.length()];
        decode(lines);
    }

    /** The characters; only the first {@link #length} of them count. */
    char[] chars() {
        return text;
    }

    /** How often each character was encoded. */
    int[] depths() {
        return depth;
    }

    int length() {
        return length;
    }

    String string(int from, int to) {
        return new String(text, from, to - from);
    }

    boolean is(int i, char c) {
        return i < length && text[i] == c;
    }

    static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** Returns the text as it was, with marks in the place of what is hidden. */
    String marked(BitSet hidden) {
        StringBuilder out = new StringBuilder(raw.length());
        int shown = 0;
        for (int from = hidden.nextSetBit(0); from >= 0; from = hidden.nextSetBit(from)) {
            int to = hidden.nextClearBit(from);
            out.append(raw, shown, at[from]).append(SecretMark.of(at[to] - at[from]));
            shown = at[to];
            from = to;
        }
        return out.append(raw, shown, raw.length()).toString();
    }

    private void decode(boolean lines) {
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
}
