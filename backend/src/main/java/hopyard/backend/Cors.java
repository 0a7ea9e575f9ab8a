package hopyard.backend;

import hopyard.backend.django.DjangoSettings;
import hopyard.backend.django.Hosts;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.net.URI;

/**
 * Lets a page from the other port read this app's answers, and how long they took.
 *
 * @see <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">Fetch: CORS protocol</a>
 */
final class Cors implements HttpHandler {

    private static final HttpString ALLOW_ORIGIN = new HttpString("Access-Control-Allow-Origin");
    private static final HttpString ALLOW_METHODS = new HttpString("Access-Control-Allow-Methods");
    private static final HttpString ALLOW_HEADERS = new HttpString("Access-Control-Allow-Headers");
    private static final HttpString EXPOSE_HEADERS = new HttpString("Access-Control-Expose-Headers");
    private static final HttpString REQUEST_METHOD = new HttpString("Access-Control-Request-Method");
    private static final HttpString REQUEST_HEADERS = new HttpString("Access-Control-Request-Headers");
    private static final HttpString TIMING_ALLOW_ORIGIN = new HttpString("Timing-Allow-Origin");

    private final DjangoSettings settings;
    private final HttpHandler next;

    Cors(DjangoSettings settings, HttpHandler next) {
        this.settings = settings;
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        String origin = exchange.getRequestHeaders().getFirst(Headers.ORIGIN);
        HeaderMap headers = exchange.getResponseHeaders();
        if (origin != null) {
            headers.add(Headers.VARY, "Origin");
        }
        if (origin == null || !isAllowed(origin)) {
            next.handleRequest(exchange);
            return;
        }
        headers.put(ALLOW_ORIGIN, origin);
        headers.put(TIMING_ALLOW_ORIGIN, origin);
        headers.put(EXPOSE_HEADERS, "*");
        if (exchange.getRequestMethod().equals(Methods.OPTIONS)
                && exchange.getRequestHeaders().contains(REQUEST_METHOD)) {
            headers.put(ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            String asked = exchange.getRequestHeaders().getFirst(REQUEST_HEADERS);
            if (asked != null) {
                headers.put(ALLOW_HEADERS, asked);
            }
            exchange.setStatusCode(204);
            exchange.endExchange();
            return;
        }
        next.handleRequest(exchange);
    }

    /** Whether an origin may read: its host must be one that this app answers for; its port does not matter. */
    private boolean isAllowed(String origin) {
        try {
            String host = URI.create(origin).getHost();
            return host != null && Hosts.isAllowed(settings, host);
        } catch (IllegalArgumentException e) {
            // "null" and other opaque origins
            return false;
        }
    }
}
