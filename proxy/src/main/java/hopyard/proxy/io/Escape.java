package hopyard.proxy.io;

/**
 * Percent-encoding as nginx does it (its {@code ngx_escape_uri} since 1.21.1): which bytes are encoded depends on where
 * a text goes. All kinds encode controls, blanks, DEL and bytes above ASCII; {@code EscapeTest} has the tables.
 */
public enum Escape {
    /** A normalized URI that becomes a path again. */
    URI("\"#%<>?\\^`{|}"),

    /** A text that stands in an HTML document, in the value of an attribute. */
    HTML("\"#%'<>\\^`{|}"),

    /** A text that becomes part of a query, in which {@code &}, {@code +} and {@code ;} mean something. */
    ARGS("\"#%&+;<>?\\^`{|}"),

    /** A URL in a page that leads there: {@code msie_refresh}. */
    REFRESH("\"'<>\\^`{|~"),

    /** One segment of a path: all but unreserved characters (RFC 3986 §2.3). */
    COMPONENT("!\"#$%&'()*+,/:;<=>?@[\\]^`{|}");

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private final boolean[] isEncoded = new boolean[256];

    Escape(String special) {
        for (int i = 0; i < isEncoded.length; i++) {
            isEncoded[i] = i <= ' ' || i >= 0x7f || special.indexOf(i) >= 0;
        }
    }

    /** Returns the text encoded; the text itself if it holds nothing to encode. */
    public String apply(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isEncoded[text.charAt(i) & 0xff]) {
                return encode(text, i);
            }
        }
        return text;
    }

    private String encode(String text, int from) {
        StringBuilder out = new StringBuilder(text.length() + 8).append(text, 0, from);
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isEncoded[c & 0xff]) {
                out.append('%').append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
