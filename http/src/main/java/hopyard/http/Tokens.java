package hopyard.http;

/** Tokens and lists of them (RFC 9110 §5.6). */
public final class Tokens {

    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = '!'; c <= '~'; c++) {
            TOKEN[c] = "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
        }
    }

    private Tokens() {}

    public static boolean isTokenChar(int c) {
        return c >= 0 && c < 128 && TOKEN[c];
    }

    /** Whether a text is a token: a field's name, or a method. */
    public static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenChar(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /**
     * Whether a byte may stand in a field value: a blank, a visible character, or a byte above ASCII (RFC 9110 §5.5).
     */
    public static boolean isFieldText(byte b) {
        return b < 0 || b >= ' ' && b != 0x7f || b == '\t';
    }

    public static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    public static boolean isAlphanumeric(byte b) {
        return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || isDigit(b);
    }

    /** Whether a comma-separated list has the member {@code token}, in whatever case. */
    public static boolean contains(String list, String token) {
        if (list == null) {
            return false;
        }
        for (int at = 0; at <= list.length(); ) {
            int comma = list.indexOf(',', at);
            int end = comma < 0 ? list.length() : comma;
            int from = at;
            while (from < end && list.charAt(from) <= ' ') {
                from++;
            }
            int to = end;
            while (to > from && list.charAt(to - 1) <= ' ') {
                to--;
            }
            if (to - from == token.length() && list.regionMatches(true, from, token, 0, token.length())) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }
}
