package hopyard.proxy.record;

import hopyard.proxy.http.Exchange;
import hopyard.proxy.upstream.FieldSet;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Takes credentials out of messages before they are kept. What kind of credential it was stays visible: the scheme of
 * an Authorization, the names of cookies and the attributes that they are set with.
 */
final class Redaction {

    static final String MASK = "[redacted]";

    private static final List<HttpString> FIELDS = List.of(
            new HttpString("Authorization"),
            new HttpString("Cookie"),
            new HttpString("Set-Cookie"),
            new HttpString("Proxy-Authorization"),
            new HttpString("X-API-Key"),
            new HttpString("X-Auth-Token"),
            new HttpString("X-CSRFToken"),
            new HttpString("X-CSRF-Token"));

    /** Fields whose value may be a URL. */
    private static final List<HttpString> URL_FIELDS = List.of(new HttpString("Referer"), new HttpString("Location"));

    /** The fields that may hold something to hide. */
    static final FieldSet CONCERNED =
            FieldSet.of(Stream.concat(FIELDS.stream(), URL_FIELDS.stream()).toList());

    private static final byte[][] LOWER_CASE = FIELDS.stream()
            .map(field -> field.toString().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1))
            .toArray(byte[][]::new);

    private static final Pattern SECRET_PARAMETER = Pattern.compile(
            "([?&;](?:access_|id_|refresh_|csrf_?|auth_?)?(?:token|api_?key|passw(?:or)?d|pwd|(?:client_)?secret|code"
                    + "|sig|signature|session_?id|jwt|auth)=)[^&;#\\s\"]+",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern USER_INFO = Pattern.compile("(//)[^/@\\s]*@");

    private Redaction() {}

    /** A URL or request target without the values of parameters that are named like a secret. */
    static String url(String url) {
        if (url.indexOf('?') < 0 && url.indexOf('@') < 0) {
            return url;
        }
        return USER_INFO
                .matcher(SECRET_PARAMETER.matcher(url).replaceAll("$1" + MASK))
                .replaceFirst("$1" + MASK + "@");
    }

    /** Whether the head that was sent upstream may: what the client has sent or the configuration adds is in it. */
    static boolean mayConcern(Exchange exchange) {
        if (!exchange.args().isEmpty() || exchange.rawPath().indexOf('@') >= 0) {
            return true;
        }
        HeaderMap client = exchange.http().getRequestHeaders();
        for (long i = client.fastIterateNonEmpty(); i != -1L; i = client.fiNextNonEmpty(i)) {
            if (CONCERNED.contains(client.fiCurrent(i).getHeaderName())) {
                return true;
            }
        }
        return exchange.location().source().writesAnyOf(CONCERNED);
    }

    /** A head as it went over the wire; a copy only where something has to be hidden. */
    static byte[] head(byte[] head) {
        if (head == null || !hasSomethingToHide(head)) {
            return head;
        }
        StringBuilder out = new StringBuilder(head.length);
        for (String line : new String(head, StandardCharsets.ISO_8859_1).split("(?<=\n)")) {
            int colon = line.indexOf(':');
            String end = line.endsWith("\r\n") ? "\r\n" : line.endsWith("\n") ? "\n" : "";
            if (out.length() == 0 || colon < 0) {
                out.append(url(line));
            } else {
                String name = line.substring(0, colon);
                String text = line.substring(colon + 1, line.length() - end.length());
                out.append(name).append(": ").append(value(name, text.strip())).append(end);
            }
        }
        return out.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** One look at each line's first letters. */
    private static boolean hasSomethingToHide(byte[] head) {
        boolean atStart = false;
        for (int i = 0; i < head.length; i++) {
            byte b = head[i];
            if (atStart) {
                for (byte[] name : LOWER_CASE) {
                    if ((b | 0x20) == name[0] && startsWith(head, i, name)) {
                        return true;
                    }
                }
            }
            if (b == '?' || b == '@') {
                return true;
            }
            atStart = b == '\n';
        }
        return false;
    }

    private static boolean startsWith(byte[] head, int from, byte[] name) {
        if (from + name.length >= head.length || head[from + name.length] != ':') {
            return false;
        }
        for (int i = 1; i < name.length; i++) {
            byte b = head[from + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != name[i]) {
                return false;
            }
        }
        return true;
    }

    static String value(String name, String value) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "authorization", "proxy-authorization" -> {
                int space = value.indexOf(' ');
                yield space > 0 ? value.substring(0, space + 1) + MASK : MASK;
            }
            case "cookie" -> value.contains("=") ? value.replaceAll("=[^;]*", "=" + MASK) : MASK;
            case "set-cookie" -> value.contains("=") ? value.replaceFirst("=[^;]*", "=" + MASK) : MASK;
            case "x-api-key", "x-auth-token", "x-csrftoken", "x-csrf-token" -> MASK;
            default -> url(value);
        };
    }
}
