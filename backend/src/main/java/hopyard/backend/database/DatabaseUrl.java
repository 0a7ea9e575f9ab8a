package hopyard.backend.database;

import hopyard.backend.django.Setting.Invalid;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a database is, and as whom to ask it: {@code postgres://user:password@host:port/name?sslmode=require}, as
 * libpq, django-environ and others have it.
 *
 * @param password {@code null} if none is given
 * @param options what stands behind the question mark, by libpq's names
 * @see <a href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS">PostgreSQL:
 *     connection URIs</a>
 */
public record DatabaseUrl(
        String host, int port, String name, String user, String password, Map<String, String> options) {

    /** What sslmode may be, from none to the host's name checked. */
    public static final List<String> SSL_MODES =
            List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    private static final int DEFAULT_PORT = 5432;

    private static final List<String> OPTIONS =
            List.of("sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "connect_timeout");

    private static final Pattern FORM = Pattern.compile("(?:postgres|postgresql|psql|pgsql)://"
            + "(?:([^:@/?#]*)(?::([^@/?#]*))?@)?"
            + "(\\[[0-9a-fA-F:.]+]|[^:@/?#\\[\\]]*)(?::([0-9]{1,5}))?"
            + "(?:/([^@/?#]*))?(?:\\?([^@#]*))?");

    /**
     * Reads one.
     *
     * @param setting the name of the setting, for the message
     * @throws Invalid if it is none; the message has nothing of the password
     */
    static DatabaseUrl parse(String setting, String text) throws Invalid {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new Invalid(setting + " must be postgres://user:password@host:port/name?sslmode=…; @ : / ? # and %"
                    + " in the user or the password are written as %40 %3A %2F %3F %23 %25");
        }
        String host = matcher.group(3);
        if (host.isEmpty() || host.toLowerCase(java.util.Locale.ROOT).startsWith("%2f")) {
            throw new Invalid(setting + " names no host; PostgreSQL's Unix sockets cannot be used here");
        }
        int port = matcher.group(4) == null ? DEFAULT_PORT : Integer.parseInt(matcher.group(4));
        if (port < 1 || port > 65535) {
            throw new Invalid(setting + " names port " + port + ", but a port is a number from 1 to 65535");
        }
        // as libpq: the user of this process, and a database of the user's name
        String user = decoded(setting, matcher.group(1), System.getProperty("user.name"));
        String name = decoded(setting, matcher.group(5), user);
        return new DatabaseUrl(
                host, port, name, user, decoded(setting, matcher.group(2), null), options(setting, matcher.group(6)));
    }

    private static Map<String, String> options(String setting, String query) throws Invalid {
        Map<String, String> options = new TreeMap<>();
        for (String each : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
            String[] pair = each.split("=", 2);
            if (pair.length < 2 || !OPTIONS.contains(pair[0])) {
                throw new Invalid(setting + " has the option \"" + pair[0] + "\", but may have " + OPTIONS + " only");
            }
            options.put(pair[0], decoded(setting, pair[1], ""));
        }
        String timeout = options.getOrDefault("connect_timeout", "0");
        if (!timeout.matches("[0-9]{1,5}")) {
            throw new Invalid(setting + " has connect_timeout=" + timeout + ", but it must be a number of seconds");
        }
        String mode = options.getOrDefault("sslmode", "prefer");
        if (!SSL_MODES.contains(mode)) {
            throw new Invalid(setting + " has sslmode=" + mode + ", but it must be one of " + SSL_MODES);
        }
        return options;
    }

    private static String decoded(String setting, String text, String byDefault) throws Invalid {
        if (text == null || text.isEmpty()) {
            return byDefault;
        }
        try {
            // a plus is a plus here
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Invalid(setting + " has a % that is not followed by two hex digits; a % itself is %25");
        }
    }

    /** Returns it without the password. */
    @Override
    public String toString() {
        return "postgres://" + user + "@" + host + ":" + port + "/" + name;
    }
}
