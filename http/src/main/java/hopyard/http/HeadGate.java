package hopyard.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The gate through which field values enter a head that is sent, to an app or to a client. No value may hold characters
 * that would end its line, wherever the value comes from. RFC 9110 §5.5 leaves two ways. To an app, a value with a
 * control character is not sent at all. To a client, the character is replaced by a blank.
 *
 * <p>The gate looks at bytes, not at characters: a character above 255 becomes another byte when it is written. It
 * looks at eight bytes together, so that every value can be checked.
 */
public final class HeadGate {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = ONES << 7;

    private HeadGate() {}

    /**
     * Checks a value. A value that is folded over several lines is turned into one line in place (RFC 9112 §5.2).
     *
     * @return false if it holds a control character, so that it must not be sent
     */
    public static boolean pass(byte[] bytes, int from, int to) {
        return hasNoControls(bytes, from, to) || passSlowly(bytes, from, to);
    }

    /** Whether a text would pass when each character is written as its low byte. */
    public static boolean passes(String value) {
        byte[] bytes = lowBytes(value);
        return pass(bytes, 0, bytes.length);
    }

    /**
     * Replaces each control character of a value by a blank.
     *
     * @return false if there was one, other than for folding the value over several lines
     */
    public static boolean clean(byte[] bytes, int from, int to) {
        if (pass(bytes, from, to)) {
            return true;
        }
        for (int i = from; i < to; i++) {
            bytes[i] = Tokens.isFieldText(bytes[i]) ? bytes[i] : (byte) ' ';
        }
        return false;
    }

    /** Returns a text as {@link #clean} leaves it. Each character is written as its low byte. */
    @SuppressWarnings("deprecation") // the deprecated constructor is the one that takes low bytes
    public static String cleaned(String value) {
        byte[] bytes = lowBytes(value);
        if (hasNoControls(bytes, 0, bytes.length)) {
            return value;
        }
        clean(bytes, 0, bytes.length);
        return new String(bytes, 0);
    }

    @SuppressWarnings("deprecation") // the deprecated getBytes is the one that takes low bytes
    private static byte[] lowBytes(String value) {
        byte[] bytes = new byte[value.length()];
        value.getBytes(0, bytes.length, bytes, 0);
        return bytes;
    }

    /** Returns a constant of the configuration as one line: each line end in it becomes a blank. */
    public static String onOneLine(String value) {
        return value.replaceAll("[\r\n]", " ");
    }

    /** Whether all bytes are visible characters, blanks or above ASCII; false for tabs, too. */
    private static boolean hasNoControls(byte[] bytes, int from, int to) {
        if (to - from < 8) {
            for (int i = from; i < to; i++) {
                if (bytes[i] >= 0 && bytes[i] < ' ' || bytes[i] == 0x7f) {
                    return false;
                }
            }
            return true;
        }
        for (int i = from; i < to - 8; i += 8) {
            if (haveControl((long) LONGS.get(bytes, i))) {
                return false;
            }
        }
        // the last eight bytes; some of them may have been looked at already
        return !haveControl((long) LONGS.get(bytes, to - 8));
    }

    private static boolean haveControl(long eight) {
        // a byte below 0x20 borrows; one that is 0x7f is zero after the xor and borrows, too
        long below = (eight - ONES * ' ') & ~eight;
        long del = eight ^ ONES * 0x7f;
        return ((below | (del - ONES) & ~del) & HIGH_BITS) != 0;
    }

    private static boolean passSlowly(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (Tokens.isFieldText(bytes[i])) {
                continue;
            }
            int end = i + (bytes[i] == '\r' && i + 1 < to && bytes[i + 1] == '\n' ? 2 : 1);
            boolean isFold =
                    (bytes[i] == '\r' || bytes[i] == '\n') && end < to && (bytes[end] == ' ' || bytes[end] == '\t');
            if (!isFold) {
                return false;
            }
            bytes[i] = ' ';
            bytes[end - 1] = ' ';
        }
        return true;
    }
}
