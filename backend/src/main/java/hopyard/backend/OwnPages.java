package hopyard.backend;

import hopyard.backend.django.CsrfOrigins;
import hopyard.backend.django.DjangoSettings;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;

/** Keeps pages of other origins from changing something by forms of theirs. */
final class OwnPages {

    private final CsrfOrigins origins;

    OwnPages(DjangoSettings settings) {
        origins = new CsrfOrigins(settings);
    }

    /** Whether a request has come from a page of this app's, or from no page; answers 403 if not. */
    boolean isFrom(HttpServerExchange exchange) {
        boolean isOwn = !exchange.getRequestHeaders().contains(Headers.ORIGIN)
                || origins.reasonAgainst(exchange.getAttachment(Url.REQUEST)) == null;
        if (!isOwn) {
            Respond.text(exchange, 403, "A page of another origin has sent this: see CSRF_TRUSTED_ORIGINS.\n");
        }
        return isOwn;
    }
}
