package hopyard.backend;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What the environment says, under Django's names where Django has one.
 *
 * @param bind {@code BIND}: the address to listen on; 127.0.0.1 can be reached from this machine only
 * @param port {@code PORT}
 * @param allowedHosts {@code ALLOWED_HOSTS}: host names that requests may be for; {@code *} for any. If it is not
 *     given, this machine's names and {@code SHARE}, the address at which docker-compose.yml publishes: all of them,
 *     for a wildcard
 * @param secureProxyHeader {@code SECURE_PROXY_SSL_HEADER}: a header and the value of it that means https; or empty
 * @param useForwardedHost {@code USE_X_FORWARDED_HOST}: whether X-Forwarded-Host is believed over Host
 * @param csrfTrustedOrigins {@code CSRF_TRUSTED_ORIGINS}: origins whose forms may be posted here, with their scheme; a
 *     name may begin with {@code *.}
 * @param staticRoot {@code STATIC_ROOT}: the directory behind {@code /static/}
 * @param proxyPort {@code PROXY_PORT}: where on this machine the proxy in front is to be found, which only who has
 *     started both can know; 0 if nobody says so
 * @param hopName {@code HOP_NAME}: what this hop calls itself in Hop-Trace
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/">Django: settings</a>
 */
record Settings(
        String bind,
        int port,
        List<String> allowedHosts,
        List<String> secureProxyHeader,
        boolean useForwardedHost,
        List<String> csrfTrustedOrigins,
        Path staticRoot,
        int proxyPort,
        String hopName) {

    /** A setting has a value that makes no sense; the message says what to do. */
    static final class Invalid extends Exception {
        Invalid(String message) {
            super(message);
        }
    }

    static Settings from(Map<String, String> env) throws Invalid {
        String port = env.getOrDefault("PORT", "8000");
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new Invalid("PORT is \"" + port + "\", but must be a number from 0 to 65535");
        }
        List<String> proxyHeader = list(env.getOrDefault("SECURE_PROXY_SSL_HEADER", ""));
        if (!proxyHeader.isEmpty() && proxyHeader.size() != 2) {
            throw new Invalid("SECURE_PROXY_SSL_HEADER must be a header name and a value, such as"
                    + " \"X-Forwarded-Proto,https\"");
        }
        String forwardedHost = env.getOrDefault("USE_X_FORWARDED_HOST", "false");
        if (!forwardedHost.matches("(?i)true|false|1|0")) {
            throw new Invalid("USE_X_FORWARDED_HOST is \"" + forwardedHost + "\", but must be true or false");
        }
        List<String> trusted = list(env.getOrDefault("CSRF_TRUSTED_ORIGINS", ""));
        for (String origin : trusted) {
            if (!origin.matches("https?://[^/]+")) {
                throw new Invalid("CSRF_TRUSTED_ORIGINS has \"" + origin
                        + "\", but needs a scheme and a host and nothing" + " else, such as https://example.com");
            }
        }
        String hopName = env.getOrDefault("HOP_NAME", "app");
        if (!hopName.matches("[A-Za-z][A-Za-z0-9._-]*")) {
            throw new Invalid("HOP_NAME is \"" + hopName + "\", but must be a letter, then letters, digits, . _ or -");
        }
        String proxyPort = env.getOrDefault("PROXY_PORT", "");
        // docker-compose.yml takes a range, too: then Docker chooses, and does not tell
        if (!proxyPort.matches("|[0-9]{1,5}(-[0-9]{1,5})?")) {
            throw new Invalid("PROXY_PORT is \"" + proxyPort + "\", but must be the number of a port, or empty");
        }
        String share = env.getOrDefault("SHARE", "127.0.0.1");
        String shared = share.matches("0\\.0\\.0\\.0|\\[?::]?") ? "*" : share;
        return new Settings(
                env.getOrDefault("BIND", "0.0.0.0"),
                Integer.parseInt(port),
                list(env.getOrDefault("ALLOWED_HOSTS", "localhost,.localhost,127.0.0.1,[::1]," + shared)),
                proxyHeader,
                forwardedHost.matches("(?i)true|1"),
                trusted,
                Path.of(env.getOrDefault("STATIC_ROOT", "backend/static")),
                proxyPort.matches("[0-9]+") ? Integer.parseInt(proxyPort) : 0,
                hopName);
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::trim)
                .filter(item -> !item.isEmpty())
                .toList();
    }
}
