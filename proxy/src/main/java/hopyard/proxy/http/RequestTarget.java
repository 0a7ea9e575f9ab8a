package hopyard.proxy.http;

import java.util.function.IntPredicate;

/**
 * Turns the path of a request target into the normalized URI that locations are matched against: percent-encoded bytes
 * decoded, {@code .} and {@code ..} resolved, adjacent slashes merged.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#location">location</a>
 */
public final class RequestTarget {

    private RequestTarget() {}

    /**
     * @param path the path as it was received, without the query; a byte string
     * @return the normalized URI, or {@code null} if the path is invalid: a bad or zero escape, or above the root
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

    /** Nearly every path there is needs nothing done. */
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
                int high = i + 1 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
                int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
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
            // at a slash: look at the segment after it
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
     * Encodes a normalized URI so that it can stand in a request line again, as nginx does: blanks, {@code #},
     * {@code ?}, {@code %}, controls and bytes above ASCII.
     */
    public static String escape(String uri) {
        return escape(uri, "#?%");
    }

    /** The same for a text that becomes a part of a query, where {@code &}, {@code +} and {@code ;} mean something. */
    public static String escapeArgument(String text) {
        return escape(text, "#?%&+;");
    }

    /** The same for one segment of a path: everything but unreserved characters (RFC 3986 §2.3). */
    public static String escapeComponent(String text) {
        return escape(
                text,
                c -> !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') && "-._~".indexOf(c) < 0);
    }

    private static String escape(String uri, String special) {
        return escape(uri, c -> c <= ' ' || c >= 0x7f || special.indexOf(c) >= 0);
    }

    private static String escape(String uri, IntPredicate isEscaped) {
        StringBuilder out = null;
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            boolean escape = isEscaped.test(c);
            if (escape && out == null) {
                out = new StringBuilder(uri.length() + 8).append(uri, 0, i);
            }
            if (out != null) {
                if (escape) {
                    out.append('%')
                            .append(Character.toUpperCase(Character.forDigit(c >> 4 & 15, 16)))
                            .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
                } else {
                    out.append(c);
                }
            }
        }
        return out == null ? uri : out.toString();
    }
}
