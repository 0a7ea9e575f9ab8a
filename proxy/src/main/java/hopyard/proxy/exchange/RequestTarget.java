package hopyard.proxy.exchange;

/**
 * Turns the path of a request target into the normalized URI that locations are matched against: percent-encoded bytes
 * decoded, {@code .} and {@code ..} resolved, adjacent slashes merged.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#location">location</a>
 */
public final class RequestTarget {

    private RequestTarget() {}

    /**
     * Normalizes a path.
     *
     * @param path the path as it was received, without the query; a byte string
     * @return the normalized URI; {@code null} if the path is invalid: it has a bad escape or %00, or leads above the
     *     root
     */
    public static String normalize(String path, boolean mergeSlashes) {
        if (isNormal(path)) {
            return path;
        }
        if (path.isEmpty() || path.charAt(0) != '/') {
            return null;
        }
        String decoded = decode(path);
        return decoded == null ? null : resolve(decoded, mergeSlashes);
    }

    /** Whether the path needs no change, as nearly every path. */
    private static boolean isNormal(String path) {
        if (path.isEmpty() || path.charAt(0) != '/') {
            return false;
        }
        char previous = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '%' || c == '#' || previous == '/' && (c == '/' || c == '.')) {
                return false;
            }
            previous = c;
        }
        return true;
    }

    private static String decode(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c == '#') {
                break;
            }
            if (c == '%') {
                int high = digit(path, i + 1);
                int low = digit(path, i + 2);
                if (high < 0 || low < 0 || high + low == 0) {
                    return null;
                }
                c = (char) (high << 4 | low);
                i += 2;
            }
            out.append(c);
        }
        return out.toString();
    }

    private static String resolve(String path, boolean mergeSlashes) {
        StringBuilder out = new StringBuilder(path.length());
        int at = 0;
        while (at < path.length()) {
            // the index is at a slash: look at the segment after it
            int end = path.indexOf('/', at + 1);
            boolean last = end < 0;
            if (last) {
                end = path.length();
            }
            String segment = path.substring(at + 1, end);
            if (segment.equals("..")) {
                int parent = out.lastIndexOf("/");
                if (parent < 0) {
                    return null;
                }
                out.setLength(parent);
            } else if (!segment.equals(".") && !(segment.isEmpty() && mergeSlashes && !last)) {
                out.append('/').append(segment);
                at = end;
                continue;
            }
            if (last && (segment.equals(".") || segment.equals(".."))) {
                out.append('/');
            }
            at = end;
        }
        return out.length() == 0 ? "/" : out.toString();
    }

    /**
     * Decodes the path of a URI that does not come from a client, as nginx's {@code ngx_http_parse_unsafe_uri} does.
     * Dot segments are not resolved.
     *
     * @return the decoded path; {@code null} if it is unsafe, see {@link #isUnsafe}
     */
    public static String decodeInternal(String path) {
        String decoded = path.indexOf('%') < 0 ? path : decodeLeniently(path);
        return isUnsafe(path) || isUnsafe(decoded) ? null : decoded;
    }

    /** Whether a received path holds control characters once it is decoded: a head must not hold them. */
    public static boolean hasControls(String path) {
        String decoded = normalize(path, false);
        return decoded != null && decoded.chars().anyMatch(c -> c < ' ' || c == 0x7f);
    }

    /** Whether captures of a received path are to be encoded again where they become part of a URI, as in nginx. */
    public static boolean isEncoded(String path) {
        return path.indexOf('%') >= 0 || path.indexOf('+') >= 0;
    }

    /** Whether a decoded URI is unsafe: it is empty, or holds a zero byte or a segment {@code ..}. */
    public static boolean isUnsafe(String uri) {
        if (uri.isEmpty() || uri.indexOf(0) >= 0) {
            return true;
        }
        for (int at = uri.indexOf(".."); at >= 0; at = uri.indexOf("..", at + 1)) {
            boolean begins = at == 0 || uri.charAt(at - 1) == '/';
            boolean ends = at + 2 == uri.length() || uri.charAt(at + 2) == '/';
            if (begins && ends) {
                return true;
            }
        }
        return false;
    }

    /** Decodes valid escapes; of an invalid one, the percent sign is dropped, as in nginx. */
    static String decodeLeniently(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            int high = digit(text, i + 1);
            int low = high < 0 ? -1 : digit(text, i + 2);
            if (low >= 0) {
                out.append((char) (high << 4 | low));
            }
            i += high < 0 ? 0 : 2;
        }
        return out.toString();
    }

    private static int digit(String text, int at) {
        return at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
    }

    /**
     * Decodes the escapes that the target of a redirect does not need, as nginx does with {@code rewrite … redirect}:
     * those of visible characters above {@code %}, up to the query.
     */
    public static String unescapeRedirect(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int code = c == '%' && digit(text, i + 1) >= 0 && digit(text, i + 2) >= 0
                    ? digit(text, i + 1) << 4 | digit(text, i + 2)
                    : -1;
            if (code > '%' && code < 0x7f) {
                out.append((char) code);
                i += 2;
            } else {
                out.append(c);
            }
            if (c == '?' || code == '?') {
                return out.append(text, i + 1, text.length()).toString();
            }
        }
        return out.toString();
    }
}
