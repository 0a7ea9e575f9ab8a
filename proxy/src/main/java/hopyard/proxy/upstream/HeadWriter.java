package hopyard.proxy.upstream;

import hopyard.trace.TraceParent;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
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
    @SuppressWarnings("deprecation") // the deprecated getBytes is the one that copies a byte string's bytes as they are
    public HeadWriter text(String text) {
        int n = text.length();
        reserve(n);
        text.getBytes(0, n, bytes, length);
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
        if (value >= 10) {
            number(value / 10);
        }
        reserve(1);
        bytes[length++] = (byte) ('0' + value % 10);
        return this;
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
