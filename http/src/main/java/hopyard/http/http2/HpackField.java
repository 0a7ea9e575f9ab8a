package hopyard.http.http2;

import hopyard.http.Tokens;
import io.undertow.util.HttpString;
import java.nio.charset.StandardCharsets;

/** A field of a message as HPACK carries it, with what is known of its syntax (RFC 9113 §8.2.1). */
public final class HpackField {

    /** What a field takes in a table besides its name and its value, in bytes (RFC 7541 §4.1). */
    public static final int OVERHEAD = 32;

    private final HttpString name;
    private final String value;
    private final boolean isPseudo;
    private final boolean hasGoodName;
    private final boolean hasGoodValue;

    HpackField(HttpString name, String value, boolean isPseudo, boolean hasGoodName, boolean hasGoodValue) {
        this.name = name;
        this.value = value;
        this.isPseudo = isPseudo;
        this.hasGoodName = hasGoodName;
        this.hasGoodValue = hasGoodValue;
    }

    /** Makes a field of the static table. */
    HpackField(HttpString name, String value) {
        this(name, value, name.byteAt(0) == ':', true, true);
    }

    /** Makes a field with another one's name. */
    static HpackField named(HpackField like, byte[] text, int from, int to) {
        return new HpackField(
                like.name, text(text, from, to), like.isPseudo, like.hasGoodName, isGoodValue(text, from, to));
    }

    static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Whether a name is a token without upper-case letters, perhaps with a colon before it. */
    static boolean isGoodName(byte[] bytes, int from, int to) {
        int i = from < to && bytes[from] == ':' ? from + 1 : from;
        if (i == to) {
            return false;
        }
        while (i < to) {
            byte b = bytes[i++];
            if (!Tokens.isTokenChar(b) || b >= 'A' && b <= 'Z') {
                return false;
            }
        }
        return true;
    }

    /** Whether a value has no control characters, and no blanks at its ends. */
    static boolean isGoodValue(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Tokens.isFieldText(bytes[i])) {
                return false;
            }
        }
        return from == to || !isBlank(bytes[from]) && !isBlank(bytes[to - 1]);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    public HttpString name() {
        return name;
    }

    public String value() {
        return value;
    }

    /** Whether it is a pseudo-header field: its name begins with a colon (RFC 9113 §8.3). */
    public boolean isPseudo() {
        return isPseudo;
    }

    /** Whether its name is a token without upper-case letters. */
    public boolean hasGoodName() {
        return hasGoodName;
    }

    /** Whether its value has no control characters, and no blanks at its ends. */
    public boolean hasGoodValue() {
        return hasGoodValue;
    }

    /** Returns what it counts in a table, and in the size of a field section, in bytes (RFC 7541 §4.1). */
    public int size() {
        return name.length() + value.length() + OVERHEAD;
    }

    @Override
    public String toString() {
        return name + ": " + value;
    }
}
