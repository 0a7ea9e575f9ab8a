package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HttpString;

/**
 * Makes browsers treat what this app sends as nothing but data. Clients choose much of it, even its Content-Type
 * ({@code /response-headers}), and a script in it would run in the origin that the console belongs to. The page has a
 * policy of its own.
 *
 * @see <a href="https://www.w3.org/TR/CSP3/">Content Security Policy</a>
 */
final class SafeDefaults implements HttpHandler {

    static final HttpString CONTENT_SECURITY_POLICY = new HttpString("Content-Security-Policy");

    /** The policy of a page that has forms, and nothing else that could run. */
    static final String FORMS_ONLY =
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
                    + " sandbox allow-forms allow-same-origin";

    private static final HttpString CONTENT_TYPE_OPTIONS = new HttpString("X-Content-Type-Options");

    private final HttpHandler next;

    SafeDefaults(HttpHandler next) {
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(CONTENT_TYPE_OPTIONS, "nosniff");
        headers.put(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox");
        next.handleRequest(exchange);
    }
}
