package hopyard.proxy.pcre;

import java.nio.charset.StandardCharsets;

/** UTF-8 in texts whose characters are bytes. */
final class Utf8 {

    // PCRE2's numbers for what is wrong
    private static final int MISSING = -2;
    private static final int NO_CONTINUATION = -6;
    private static final int TOO_LONG = -13;
    private static final int TOO_LARGE = -15;
    private static final int SURROGATE = -16;
    private static final int OVERLONG = -15;
    private static final int ISOLATED = -22;
    private static final int NEVER = -23;

    private Utf8() {}

    /**
     * Decodes a text.
     *
     * @throws MatchError with PCRE2's number for what is wrong with it
     */
    static String decode(String bytes) {
        for (int i = 0; i < bytes.length(); ) {
            i += length(bytes, i);
        }
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** Returns how many bytes a character has. */
    private static int length(String bytes, int at) {
        int first = bytes.charAt(at);
        if (first < 0x80) {
            return 1;
        }
        if (first < 0xc0) {
            throw error(ISOLATED, "isolated byte with 0x80 bit set", at);
        }
        if (first >= 0xfe) {
            throw error(NEVER, "illegal byte (0xfe or 0xff)", at);
        }
        int length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : first < 0xfc ? 5 : 6;
        int missing = at + length - bytes.length();
        if (missing > 0) {
            throw error(MISSING - missing, missing + (missing == 1 ? " byte" : " bytes") + " missing at end", at);
        }
        for (int i = 1; i < length; i++) {
            if ((bytes.charAt(at + i) & 0xc0) != 0x80) {
                throw error(NO_CONTINUATION - (i + 1), "byte " + (i + 1) + " top bits not 0x80", at);
            }
        }
        int second = bytes.charAt(at + 1);
        boolean isOverlong =
                length == 2 ? first < 0xc2 : second < 0x80 + (0x80 >> length - 2) && isLeast(first, length);
        if (isOverlong) {
            throw error(OVERLONG - length, "overlong " + length + "-byte sequence", at);
        }
        if (length == 3 && first == 0xed && second >= 0xa0) {
            throw error(SURROGATE, "code points 0xd800-0xdfff are not defined", at);
        }
        if (length == 4 && (first > 0xf4 || first == 0xf4 && second > 0x8f)) {
            throw error(TOO_LARGE, "code points greater than 0x10ffff are not defined", at);
        }
        if (length > 4) {
            throw error(TOO_LONG - (length - 5), length + "-byte character is not allowed (RFC 3629)", at);
        }
        return length;
    }

    /** Whether a first byte has nothing but the length. */
    private static boolean isLeast(int first, int length) {
        return (first & 0x7f >> length) == 0;
    }

    private static MatchError error(int code, String message, int at) {
        return new MatchError(code, "UTF-8 error: " + message, at);
    }

    /** Returns how many bytes so many characters of a decoded text are. */
    static int bytes(String decoded, int characters) {
        return decoded.substring(0, characters).getBytes(StandardCharsets.UTF_8).length;
    }
}
