package hopyard.proxy.modules;

/** UTF-8 as nginx reads it, which is more lenient than RFC 3629 about the bytes that begin and continue a character. */
final class Utf8 {

    /** The most bytes of a character. */
    static final int MAX_LENGTH = 4;

    /** Stands for bytes that are no character. */
    static final int INVALID = -1;

    /** Stands for a character of which the last bytes are missing. */
    static final int INCOMPLETE = -2;

    private Utf8() {}

    /**
     * Returns a character's code point, {@link #INVALID} or {@link #INCOMPLETE}.
     *
     * @param end where the bytes that are there end
     */
    static int decode(byte[] bytes, int from, int end) {
        int first = bytes[from] & 0xff;
        int length = length(first);
        if (length == 1) {
            return first < 0x80 ? first : INVALID;
        }
        if (end - from < length) {
            return INCOMPLETE;
        }
        int code = first & 0x3f >> length - 1;
        for (int i = 1; i < length; i++) {
            int next = bytes[from + i] & 0xff;
            if (next < 0x80) {
                return INVALID;
            }
            code = code << 6 | next & 0x3f;
        }
        // what could be written with fewer bytes
        int least = length == 2 ? 0x7f : length == 3 ? 0x7ff : 0xffff;
        return code > least ? code : INVALID;
    }

    /** Returns how many bytes a character has that begins so; 1 for what begins none. */
    private static int length(int first) {
        return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    }

    /** Returns how many bytes {@link #decode} has looked at to tell what a character is. */
    static int seen(byte[] bytes, int from, int end) {
        int length = Math.min(length(bytes[from] & 0xff), end - from);
        for (int i = 1; i < length; i++) {
            if ((bytes[from + i] & 0xff) < 0x80) {
                return i + 1;
            }
        }
        return length;
    }

    /** Returns how many characters there are; the number of bytes if some of them are none. */
    static int count(byte[] bytes) {
        int count = 0;
        for (int i = 0; i < bytes.length; i += seen(bytes, i, bytes.length)) {
            if (decode(bytes, i, bytes.length) < 0) {
                return bytes.length;
            }
            count++;
        }
        return count;
    }

    /** Returns the index after the first {@code characters} characters, or where the bytes end. */
    static int endOf(byte[] bytes, int characters) {
        int at = 0;
        for (int i = 0; i < characters && at < bytes.length; i++) {
            at += seen(bytes, at, bytes.length);
        }
        return at;
    }
}
