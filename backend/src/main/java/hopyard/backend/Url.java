package hopyard.backend;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;

/**
 * What this app believes its own URL to be. It sees only the proxy's request, so it has to be told which header fields
 * to believe.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/#secure-proxy-ssl-header">Django:
 *     SECURE_PROXY_SSL_HEADER</a>
 */
final class Url {

    private static final HttpString X_FORWARDED_HOST = new HttpString("X-Forwarded-Host");

    private final Settings settings;

    Url(Settings settings) {
        this.settings = settings;
    }

    /** The scheme, as Django's {@code request.scheme}. */
    String scheme(HttpServerExchange exchange) {
        List<String> rule = settings.secureProxyHeader();
        if (!rule.isEmpty()) {
            String value = exchange.getRequestHeaders().getFirst(rule.get(0));
            return value != null && value.split(",")[0].trim().equalsIgnoreCase(rule.get(1)) ? "https" : "http";
        }
        return exchange.getRequestScheme();
    }

    /** The host with its port if it names one, as Django's {@code request.get_host()}. */
    String host(HttpServerExchange exchange) {
        String forwarded =
                settings.useForwardedHost() ? exchange.getRequestHeaders().getFirst(X_FORWARDED_HOST) : null;
        String host =
                forwarded != null ? forwarded : exchange.getRequestHeaders().getFirst(Headers.HOST);
        return host == null ? "" : host;
    }

    /** An absolute URL for a path, as Django's {@code request.build_absolute_uri()}. */
    String absolute(HttpServerExchange exchange, String path) {
        return scheme(exchange) + "://" + host(exchange) + path;
    }
}
