package hopyard.proxy.io;

import hopyard.http.HeadGate;
import hopyard.http.Tokens;
import hopyard.trace.TraceParent;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Puts a head together, as bytes in an array that is used again for the next head. Methods, targets and field values
 * come from elsewhere, so they are checked: if one of them is refused, the head must not be sent.
 */
public final class HeadWriter {

    /** Stands for the method among what is refused; no field has such a name. */
    public static final String METHOD = "(method)";

    /** Stands for the target among what is refused. */
    public static final String TARGET = "(target)";

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[2048];
    private int length;
    private String refused;

    public void clear() {
        length = 0;
        refused = null;
    }

    /**
     * Returns what must not be sent in this head: a field's name, {@link #METHOD} or {@link #TARGET}; {@code null} for
     * nothing.
     */
    public String refused() {
        return refused;
    }

    /** Notes that something must not be sent, so that the head must not be sent. */
    public void refuse(String what) {
        refused = refused == null ? what : refused;
    }

    public int length() {
        return length;
    }

    /** Appends a byte string. */
    public HeadWriter text(String text) {
        return text(text, 0, text.length());
    }

    /** Appends part of a byte string. */
    @SuppressWarnings("deprecation") // the deprecated getBytes is the one that copies a byte string's bytes as they are
    public HeadWriter text(String text, int from, int to) {
        reserve(to - from);
        text.getBytes(from, to, bytes, length);
        length += to - from;
        return this;
    }

    /** Appends a text as a String (RFC 9651 §3.3.3). A character that a String cannot hold becomes a question mark. */
    public HeadWriter quoted(String text) {
        reserve(2 * text.length() + 2);
        bytes[length++] = '"';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                bytes[length++] = '\\';
            }
            bytes[length++] = (byte) (c >= ' ' && c < 0x7f ? c : '?');
        }
        bytes[length++] = '"';
        return this;
    }

    /** Appends nanoseconds as milliseconds, as {@link hopyard.trace.Durations} writes them. */
    public HeadWriter millis(long nanos) {
        long hundredths = (nanos + 5000) / 10_000;
        number(hundredths / 100);
        int rest = (int) (hundredths % 100);
        if (rest != 0) {
            reserve(3);
            bytes[length++] = '.';
            bytes[length++] = (byte) ('0' + rest / 10);
            if (rest % 10 != 0) {
                bytes[length++] = (byte) ('0' + rest % 10);
            }
        }
        return this;
    }

    /** Appends a byte. */
    public HeadWriter octet(int b) {
        reserve(1);
        bytes[length++] = (byte) b;
        return this;
    }

    /** Appends part of an array. */
    public HeadWriter bytes(byte[] source, int from, int to) {
        int n = to - from;
        reserve(n);
        System.arraycopy(source, from, bytes, length, n);
        length += n;
        return this;
    }

    /** Appends a method, which must be a token (RFC 9110 §9.1). */
    public HeadWriter method(String method) {
        if (!Tokens.isToken(method)) {
            refuse(METHOD);
        }
        return text(method);
    }

    /**
     * Appends a target in origin form (RFC 9112 §3.2.1). Bytes that a target cannot hold are percent-encoded: blanks,
     * controls, {@code #} and bytes above ASCII.
     */
    public HeadWriter target(String target) {
        if (!target.startsWith("/")) {
            refuse(TARGET);
        }
        int from = length;
        text(target);
        for (int i = from; i < length; i++) {
            if (!isTargetByte(bytes[i])) {
                encode(i);
                i += 2;
            }
        }
        return this;
    }

    private static boolean isTargetByte(byte b) {
        return b > ' ' && b < 0x7f && b != '#';
    }

    private void encode(int at) {
        reserve(2);
        System.arraycopy(bytes, at + 1, bytes, at + 3, length - at - 1);
        length += 2;
        byte b = bytes[at];
        bytes[at] = '%';
        bytes[at + 1] = HEX[b >> 4 & 15];
        bytes[at + 2] = HEX[b & 15];
    }

    /** Appends a field line; a value that would begin another line is refused. */
    public HeadWriter field(HttpString name, String value) {
        name(name);
        int from = length;
        text(value);
        if (!HeadGate.pass(bytes, from, length)) {
            refuse(name.toString());
        }
        return text("\r\n");
    }

    /** Appends a field line without a check: its value is a constant, or comes from a parser that has checked it. */
    public HeadWriter passed(HttpString name, String value) {
        return name(name).text(value).text("\r\n");
    }

    /**
     * Ends a line that was written in parts; control characters in it become blanks.
     *
     * @param start where it begins
     * @return false if there were any
     */
    public boolean endLine(int start) {
        boolean wasClean = HeadGate.clean(bytes, start, length);
        text("\r\n");
        return wasClean;
    }

    /** Appends a field's name, for a value that is to follow in parts. */
    public HeadWriter name(HttpString name) {
        int n = name.length();
        reserve(n);
        name.copyTo(0, bytes, length, n);
        length += n;
        return text(": ");
    }

    /** Appends a number that is not negative. */
    public HeadWriter number(long value) {
        int digits = digits(value);
        reserve(digits);
        length += digits;
        int at = length;
        long rest = value;
        // ints are quicker to divide, and most numbers are small
        for (; rest > Integer.MAX_VALUE; rest /= 10) {
            bytes[--at] = (byte) ('0' + rest % 10);
        }
        int small = (int) rest;
        for (; small > 9; small /= 10) {
            bytes[--at] = (byte) ('0' + small % 10);
        }
        bytes[--at] = (byte) ('0' + small);
        return this;
    }

    private static int digits(long value) {
        int digits = 1;
        for (long limit = 10; digits < 19 && value >= limit; limit *= 10) {
            digits++;
        }
        return digits;
    }

    /** Appends {@code digits} random hex digits, a multiple of 16. */
    public HeadWriter randomHex(int digits) {
        reserve(digits);
        TraceParent.Hex.random(bytes, length, digits);
        length += digits;
        return this;
    }

    /** Copies the head out. */
    public void copyTo(ByteBuffer out) {
        out.put(bytes, 0, length);
    }

    /** Returns the array with what has been written, up to {@link #length()}. It changes with the next write. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns a part of what has been written, as a byte string. */
    public String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /**
     * Removes what follows the first {@code newLength} bytes. These bytes stay in the array until something is written.
     */
    public void truncate(int newLength) {
        length = newLength;
    }

    /** Takes a part out. */
    public void cut(int from, int to) {
        System.arraycopy(bytes, to, bytes, from, length - to);
        length -= to - from;
    }

    /** Returns the head so far, in an array of its own. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
