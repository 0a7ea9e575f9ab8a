package hopyard.proxy.upstream;

import hopyard.trace.TraceParent;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Puts a request head together, as bytes in an array that is used again for the next one. */
public final class HeadWriter {

    private byte[] bytes = new byte[2048];
    private int length;

    public void clear() {
        length = 0;
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

    /** Appends a value and the line's end; an end within the value, which would begin another field, becomes a blank. */
    public HeadWriter line(String value) {
        int from = length;
        text(value);
        for (int i = from; i < length; i++) {
            if (bytes[i] == '\r' || bytes[i] == '\n') {
                bytes[i] = ' ';
            }
        }
        return text("\r\n");
    }

    /** Appends a text as a String of RFC 9651 §3.3.3; what that cannot hold becomes a question mark. */
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

    /** Appends part of an array. */
    public HeadWriter bytes(byte[] source, int from, int to) {
        int n = to - from;
        reserve(n);
        System.arraycopy(source, from, bytes, length, n);
        length += n;
        return this;
    }

    /** Appends a field line. */
    public HeadWriter field(String name, String value) {
        return text(name).text(": ").text(value).text("\r\n");
    }

    /** Appends a field line whose name is known as bytes. */
    public HeadWriter field(HttpString name, String value) {
        return name(name).text(value).text("\r\n");
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

    /** Appends that many random hex digits; a multiple of 16. */
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

    /** What has been written, up to {@link #length()}; changes with the next write. */
    public byte[] bytes() {
        return bytes;
    }

    /** A part of what has been written, as a byte string. */
    public String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Takes back what follows the first {@code newLength} bytes; it stays where it is until something is written. */
    public void truncate(int newLength) {
        length = newLength;
    }

    /** Takes a part out. */
    public void cut(int from, int to) {
        System.arraycopy(bytes, to, bytes, from, length - to);
        length -= to - from;
    }

    /** The head so far, in an array of its own. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
