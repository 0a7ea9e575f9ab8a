package hopyard.trace;

/**
 * A reader for the part of RFC 9651 (Structured Field Values) that {@code Hop-Trace} uses: a List of Tokens with
 * parameters whose values are Integers, Decimals, Strings, Tokens or Booleans.
 */
final class StructuredList {

    /** The value is not what RFC 9651 §4.2 allows. */
    static final class Malformed extends Exception {
        Malformed(String message) {
            super(message);
        }
    }

    /** The limit of a duration, in ms: it has twelve digits, and nothing below it rounds up to thirteen. */
    private static final double LONGEST = 999_999_999_999.0;

    private final String input;
    private int at;
    private boolean first = true;
    private String key;
    private Object value;

    StructuredList(String input) {
        this.input = input;
    }

    /** Moves to the next member; false if there is none. */
    boolean nextMember() throws Malformed {
        if (first) {
            first = false;
            skip(" ");
            return at < input.length();
        }
        skip(" \t");
        if (at == input.length()) {
            return false;
        }
        expect(',');
        skip(" \t");
        if (at == input.length()) {
            throw new Malformed("trailing comma");
        }
        return true;
    }

    /** Moves to the next parameter of the current member; false if there is none. */
    boolean nextParameter() throws Malformed {
        if (at == input.length() || input.charAt(at) != ';') {
            return false;
        }
        at++;
        skip(" ");
        int start = at;
        while (at < input.length() && isKeyChar(input.charAt(at), at == start)) {
            at++;
        }
        if (at == start) {
            throw new Malformed("parameter without a key");
        }
        key = input.substring(start, at);
        value = Boolean.TRUE;
        if (at < input.length() && input.charAt(at) == '=') {
            at++;
            value = bareItem();
        }
        return true;
    }

    String key() {
        return key;
    }

    Object value() {
        return value;
    }

    /** Reads a token (RFC 9651 §4.2.6). */
    String token() throws Malformed {
        int start = at;
        while (at < input.length() && isTokenChar(input.charAt(at), at == start)) {
            at++;
        }
        if (at == start) {
            throw new Malformed("not a token");
        }
        return input.substring(start, at);
    }

    /**
     * Returns the value as the type that the parameter must have.
     *
     * @throws Malformed if the value has another type
     */
    static <T> T as(Class<T> type, Object value) throws Malformed {
        if (!type.isInstance(value)) {
            throw new Malformed("parameter of a wrong type");
        }
        return type.cast(value);
    }

    /**
     * Returns a duration in ms.
     *
     * @throws Malformed if it is none, or longer than a Decimal can say (RFC 9651 §3.3.2)
     */
    static double millis(Object value) throws Malformed {
        double ms = as(Number.class, value).doubleValue();
        if (ms >= LONGEST) {
            throw new Malformed("duration of more than 30 years");
        }
        return ms;
    }

    /**
     * Returns a number that an int holds.
     *
     * @throws Malformed if it is none
     */
    static int small(Object value) throws Malformed {
        long number = as(Long.class, value);
        if (number != (int) number) {
            throw new Malformed("number too large");
        }
        return (int) number;
    }

    /** Returns whether the text can stand as a token (RFC 9651 §3.3.4). */
    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenChar(text.charAt(i), i == 0)) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private Object bareItem() throws Malformed {
        char c = at < input.length() ? input.charAt(at) : 0;
        if (c == '"') {
            return string();
        }
        if (c == '?') {
            at++;
            char bit = at < input.length() ? input.charAt(at++) : 0;
            if (bit != '0' && bit != '1') {
                throw new Malformed("not a boolean");
            }
            return bit == '1';
        }
        if (c == '-' || isDigit(c)) {
            return number();
        }
        return token();
    }

    private String string() throws Malformed {
        StringBuilder out = new StringBuilder();
        for (at++; at < input.length(); at++) {
            char c = input.charAt(at);
            if (c == '"') {
                at++;
                return out.toString();
            }
            if (c == '\\') {
                at++;
                c = at < input.length() ? input.charAt(at) : 0;
                if (c != '"' && c != '\\') {
                    throw new Malformed("bad escape");
                }
            } else if (c < ' ' || c > '~') {
                throw new Malformed("not printable ASCII");
            }
            out.append(c);
        }
        throw new Malformed("unterminated string");
    }

    private Number number() throws Malformed {
        int start = at;
        if (input.charAt(at) == '-') {
            at++;
        }
        int whole = digits();
        boolean isDecimal = at < input.length() && input.charAt(at) == '.';
        if (whole == 0 || whole > (isDecimal ? 12 : 15)) {
            throw new Malformed("bad number");
        }
        if (!isDecimal) {
            return Long.valueOf(input.substring(start, at));
        }
        at++;
        int fraction = digits();
        if (fraction == 0 || fraction > 3) {
            throw new Malformed("bad decimal");
        }
        return Double.valueOf(input.substring(start, at));
    }

    private int digits() {
        int start = at;
        while (at < input.length() && isDigit(input.charAt(at))) {
            at++;
        }
        return at - start;
    }

    private void skip(String blanks) {
        while (at < input.length() && blanks.indexOf(input.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char c) throws Malformed {
        if (input.charAt(at) != c) {
            throw new Malformed("expected " + c);
        }
        at++;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isKeyChar(char c, boolean first) {
        return isLower(c) || c == '*' || !first && (isDigit(c) || c == '_' || c == '-' || c == '.');
    }

    private static boolean isTokenChar(char c, boolean first) {
        boolean alpha = isLower(c) || c >= 'A' && c <= 'Z';
        return alpha || c == '*' || !first && (isDigit(c) || "!#$%&'+-.^_`|~:/".indexOf(c) >= 0);
    }
}
