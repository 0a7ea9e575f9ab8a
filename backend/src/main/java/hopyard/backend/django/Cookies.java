package hopyard.backend.django;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Cookies as Django reads and writes them. */
final class Cookies {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private Cookies() {}

    /** Returns what a Cookie field says; of two with one name, the last. */
    static Map<String, String> parse(String field) {
        Map<String, String> out = new HashMap<>();
        if (field == null) {
            return out;
        }
        for (String each : field.split(";")) {
            int equals = each.indexOf('=');
            String name = equals < 0 ? "" : each.substring(0, equals).trim();
            String value = each.substring(equals + 1).trim();
            if (!name.isEmpty() || !value.isEmpty()) {
                out.put(name, unquoted(value));
            }
        }
        return out;
    }

    private static String unquoted(String value) {
        boolean isQuoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return isQuoted ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1") : value;
    }

    /**
     * Sets a cookie.
     *
     * @param maxAge in s; {@code null} if it ends with the browser
     */
    static void set(HttpResponse response, DjangoSettings settings, CookieSettings cookie, String value, Long maxAge) {
        StringBuilder out = new StringBuilder();
        out.append(settings.get(cookie.name())).append('=').append(value);
        attribute(out, "Domain", settings.get(cookie.domain()));
        if (maxAge != null) {
            attribute(out, "expires", DATE.format(Instant.now().plusSeconds(maxAge)));
        }
        out.append(settings.get(cookie.httpOnly()) ? "; HttpOnly" : "");
        attribute(out, "Max-Age", maxAge);
        attribute(out, "Path", settings.get(cookie.path()));
        attribute(out, "SameSite", settings.get(cookie.sameSite()));
        out.append(settings.get(cookie.secure()) ? "; Secure" : "");
        response.setCookie(settings.get(cookie.name()), out.toString());
    }

    /** Has the client forget a cookie. */
    static void delete(HttpResponse response, DjangoSettings settings, CookieSettings cookie) {
        String name = settings.get(cookie.name());
        String sameSite = settings.get(cookie.sameSite());
        StringBuilder out = new StringBuilder(name).append("=\"\"");
        attribute(out, "Domain", settings.get(cookie.domain()));
        out.append("; expires=").append(DATE.format(Instant.EPOCH)).append("; Max-Age=0");
        attribute(out, "Path", settings.get(cookie.path()));
        attribute(out, "SameSite", sameSite);
        boolean mustBeSecure =
                name.startsWith("__Secure-") || name.startsWith("__Host-") || "none".equalsIgnoreCase(sameSite);
        response.setCookie(name, out.append(mustBeSecure ? "; Secure" : "").toString());
    }

    private static void attribute(StringBuilder out, String name, Object value) {
        if (value != null) {
            out.append("; ").append(name).append('=').append(value);
        }
    }
}
