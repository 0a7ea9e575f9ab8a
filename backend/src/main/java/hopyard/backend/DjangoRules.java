package hopyard.backend;

import hopyard.backend.django.CsrfOrigins;
import hopyard.backend.django.DjangoSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.util.Headers;

/**
 * Endpoints that show one rule of Django's each, without the settings that they belong to, so that one app shows them
 * side by side: {@code /csrf}, as a form of which CsrfViewMiddleware checks the origin, and {@code /https-only}, as
 * with SECURE_SSL_REDIRECT.
 *
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/csrf/">Django: Cross Site Request Forgery protection</a>
 * @see <a href="https://docs.djangoproject.com/en/stable/ref/settings/#secure-ssl-redirect">Django:
 *     SECURE_SSL_REDIRECT</a>
 */
final class DjangoRules {

    private static final String ABORTED = "403 Forbidden: CSRF verification failed. Request aborted.\nReason: ";

    private final DjangoSettings settings;
    private final CsrfOrigins origins;

    DjangoRules(DjangoSettings settings) {
        this.settings = settings;
        this.origins = new CsrfOrigins(settings);
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
        String own = Url.scheme(exchange) + "://" + Url.host(exchange);
        String reason = origins.reasonAgainst(exchange.getAttachment(Url.REQUEST));
        if (reason == null) {
            Respond.text(exchange, 200, "The origin is the app's own, " + shown(own) + ", or a trusted one.\n");
        } else {
            Respond.text(
                    exchange,
                    403,
                    ABORTED + shown(reason) + "\nThis app takes itself for " + shown(own)
                            + ", and CSRF_TRUSTED_ORIGINS is " + settings.get(DjangoSettings.CSRF_TRUSTED_ORIGINS)
                            + ".\n");
        }
    }

    private static String shown(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private void httpsOnly(HttpServerExchange exchange) {
        if (Url.scheme(exchange).equals("https")) {
            Respond.text(exchange, 200, "You came by https, as far as this app can know.\n");
            return;
        }
        exchange.getResponseHeaders().put(Headers.LOCATION, "https://" + Url.host(exchange) + "/https-only");
        Respond.text(exchange, 301, "This page is for https only.\n");
    }
}
