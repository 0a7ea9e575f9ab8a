package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.util.List;
import java.util.Locale;

/**
 * Refuses requests for hosts that this app does not answer for, as Django does.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts">Django: ALLOWED_HOSTS</a>
 */
final class AllowedHosts implements HttpHandler {

    private final Settings settings;
    private final Url url;
    private final HttpHandler next;

    AllowedHosts(Settings settings, HttpHandler next) {
        this.settings = settings;
        this.url = new Url(settings);
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        String host = url.host(exchange);
        if (matches(settings.allowedHosts(), withoutPort(host))) {
            next.handleRequest(exchange);
            return;
        }
        String shown = host.replaceAll("[^A-Za-z0-9.:_\\[\\]-]", "?");
        Respond.text(
                exchange,
                400,
                "DisallowedHost: Invalid HTTP_HOST header: '" + shown + "'. You may need to add '" + withoutPort(shown)
                        + "' to ALLOWED_HOSTS.\n");
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    /** A pattern is a name, a name with a leading dot for it and all below it, or {@code *}. */
    static boolean matches(List<String> patterns, String host) {
        String name = host.toLowerCase(Locale.ROOT);
        String plain = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return patterns.stream()
                .map(pattern -> pattern.toLowerCase(Locale.ROOT))
                .anyMatch(pattern -> pattern.equals("*")
                        || pattern.equals(plain)
                        || pattern.startsWith(".") && (plain.endsWith(pattern) || plain.equals(pattern.substring(1))));
    }
}
