package hopyard.backend.django;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which hosts an app answers for.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts">Django: ALLOWED_HOSTS</a>
 */
public final class Hosts {

    private static final Pattern HOST = Pattern.compile("([a-z0-9.-]+|\\[[a-f0-9]*:[a-f0-9.:]+])(:[0-9]+)?");

    /** What is allowed where nothing is, while DEBUG is on. */
    private static final List<String> OF_THIS_MACHINE = List.of(".localhost", "127.0.0.1", "[::1]");

    private Hosts() {}

    /** Returns a host if it is allowed. */
    static String checked(DjangoSettings settings, String host) throws Raised {
        Matcher matcher = HOST.matcher(host.toLowerCase(Locale.ROOT));
        String said = "Invalid HTTP_HOST header: " + PythonText.repr(host) + ".";
        if (!matcher.matches()) {
            throw Raised.suspicious(
                    "DisallowedHost", said + " The domain name provided is not valid according to RFC 1034/1035.");
        }
        String domain = matcher.group(1);
        String name = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
        if (!matches(allowed(settings), name)) {
            String advice = name.isEmpty()
                    ? " The domain name provided is not valid according to RFC 1034/1035."
                    : " You may need to add " + PythonText.repr(name) + " to ALLOWED_HOSTS.";
            throw Raised.suspicious("DisallowedHost", said + advice);
        }
        return host;
    }

    private static List<String> allowed(DjangoSettings settings) {
        List<String> allowed = settings.get(DjangoSettings.ALLOWED_HOSTS);
        return allowed.isEmpty() && settings.get(DjangoSettings.DEBUG) ? OF_THIS_MACHINE : allowed;
    }

    /** Whether a host, without its port, is one that the settings allow. */
    public static boolean isAllowed(DjangoSettings settings, String host) {
        return matches(allowed(settings), host.toLowerCase(Locale.ROOT));
    }

    private static boolean matches(List<String> patterns, String name) {
        return !name.isEmpty()
                && patterns.stream().anyMatch(pattern -> pattern.equals("*") || isSameDomain(name, pattern));
    }

    /** Whether a host is the one that a pattern names, or below one that begins with a dot. */
    static boolean isSameDomain(String host, String pattern) {
        String lower = pattern.toLowerCase(Locale.ROOT);
        return !lower.isEmpty()
                && (lower.equals(host)
                        || lower.startsWith(".") && (host.endsWith(lower) || host.equals(lower.substring(1))));
    }
}
