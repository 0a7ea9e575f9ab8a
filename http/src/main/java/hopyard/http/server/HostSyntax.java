package hopyard.http.server;

import hopyard.http.Tokens;

/** The syntax of a host with a port, as in {@code Host} and in an absolute target (RFC 9110 §7.2, RFC 3986 §3.2.2). */
public final class HostSyntax {

    /** What a host's name may hold besides letters and digits: unreserved, percent-encoded, sub-delims (RFC 3986). */
    private static final String SIGNS = "-._~%!$&'()*+,;=";

    private HostSyntax() {}

    /** Whether the bytes are {@code uri-host [ ":" port ]}, not empty and, as in nginx, without two dots in a row. */
    public static boolean isHost(byte[] bytes, int from, int to) {
        int i = from;
        if (i < to && bytes[i] == '[') {
            i = endOfLiteral(bytes, from + 1, to);
            if (i == to || bytes[i] != ']' || i < from + 3) {
                return false;
            }
            i++;
        } else {
            while (i < to && bytes[i] != ':') {
                boolean isDoubled = bytes[i] == '.' && i > from && bytes[i - 1] == '.';
                if (isDoubled || !Tokens.isAlphanumeric(bytes[i]) && SIGNS.indexOf(bytes[i]) < 0) {
                    return false;
                }
                i++;
            }
        }
        boolean isNothing = i == from || i == from + 1 && bytes[from] == '.';
        if (isNothing || i < to && bytes[i] != ':') {
            return false;
        }
        int port = i + 1;
        while (port < to && Tokens.isDigit(bytes[port])) {
            port++;
        }
        return port >= to && to - i <= 6;
    }

    /** Returns where an address in brackets ends: one of IPv6, or of a later version, which begins with a "v". */
    private static int endOfLiteral(byte[] bytes, int from, int to) {
        boolean isLater = from < to && (bytes[from] | 0x20) == 'v';
        int i = from;
        while (i < to
                && (Tokens.isAlphanumeric(bytes[i])
                        || bytes[i] == ':'
                        || bytes[i] == '.' && bytes[i - 1] != '.'
                        || isLater && bytes[i] != '%' && SIGNS.indexOf(bytes[i]) >= 0)) {
            i++;
        }
        return i;
    }
}
