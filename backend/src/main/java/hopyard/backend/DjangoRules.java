package hopyard.backend;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.util.Headers;
import java.net.URI;

/**
 * Endpoints that follow those rules of Django that cause trouble behind a proxy. Each has a path of its own, so that
 * one app shows them side by side: {@code /csrf}, as a form protected by CsrfViewMiddleware, and {@code /https-only},
 * as with SECURE_SSL_REDIRECT.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/csrf/">Django: Cross Site Request Forgery protection</a>
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/#secure-ssl-redirect">Django:
 *     SECURE_SSL_REDIRECT</a>
 */
final class DjangoRules {

    private static final String ABORTED = "403 Forbidden: CSRF verification failed. Request aborted.\nReason: ";

    private final Settings settings;
    private final Url url;

    DjangoRules(Settings settings) {
        this.settings = settings;
        this.url = new Url(settings);
    }

    void addTo(RoutingHandler routes) {
        routes.get(
                "/csrf",
                exchange -> Respond.text(
                        exchange, 200, "POST to this address as a form does: with the Origin of its page.\n"));
        routes.post("/csrf", this::post);
        routes.get("/https-only", this::httpsOnly);
    }

    /**
     * Answers with the result of the origin check of a POST. The check of the token, which would follow, is left out.
     */
    private void post(HttpServerExchange exchange) {
        String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
        String referer = exchange.getRequestHeaders().getFirst(Headers.REFERER);
        boolean isSecure = url.scheme(exchange).equals("https");
        String own = url.scheme(exchange) + "://" + url.host(exchange);
        String reason = null;
        if (origin != null) {
            if (!origin.equals(own) && !isTrusted(origin)) {
                reason = "Origin checking failed - " + shown(origin) + " does not match any trusted origins.";
            }
        } else if (isSecure && referer == null) {
            reason = "Referer checking failed - no Referer.";
        } else if (isSecure && !referer.startsWith(own + "/") && !isTrusted(originOf(referer))) {
            reason = "Referer checking failed - " + shown(referer) + " does not match any trusted origins.";
        }
        if (reason == null) {
            Respond.text(exchange, 200, "The origin is the app's own, " + shown(own) + ", or a trusted one.\n");
        } else {
            Respond.text(
                    exchange,
                    403,
                    ABORTED + reason + "\nThis app takes itself for " + shown(own) + ", and CSRF_TRUSTED_ORIGINS is "
                            + settings.csrfTrustedOrigins() + ".\n");
        }
    }

    /**
     * Whether an origin is trusted. A trusted origin has a scheme; {@code *.} before its name stands for all names
     * below it.
     */
    private boolean isTrusted(String origin) {
        return settings.csrfTrustedOrigins().stream().anyMatch(trusted -> {
            int star = trusted.indexOf("://*.");
            return star < 0
                    ? trusted.equals(origin)
                    : origin.startsWith(trusted.substring(0, star + 3)) && origin.endsWith(trusted.substring(star + 4));
        });
    }

    private static String originOf(String referer) {
        try {
            URI uri = URI.create(referer);
            return uri.getScheme() + "://" + uri.getRawAuthority();
        } catch (IllegalArgumentException e) {
            // not a URL, so not an origin that anybody trusts
            return "";
        }
    }

    private static String shown(String text) {
        return text.replaceAll("[^\\x21-\\x7e]", "?");
    }

    private void httpsOnly(HttpServerExchange exchange) {
        if (url.scheme(exchange).equals("https")) {
            Respond.text(exchange, 200, "You came by https, as far as this app can know.\n");
            return;
        }
        exchange.getResponseHeaders().put(Headers.LOCATION, "https://" + url.host(exchange) + "/https-only");
        Respond.text(exchange, 301, "This page is for https only.\n");
    }
}
