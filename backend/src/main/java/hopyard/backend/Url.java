package hopyard.backend;

import hopyard.backend.django.HttpRequest;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;

/**
 * What this app believes its own URL to be. It sees only the proxy's request, so it has to be told which header fields
 * to believe: by Django's settings.
 */
final class Url {

    static final AttachmentKey<HttpRequest> REQUEST = AttachmentKey.create(HttpRequest.class);

    private Url() {}

    /** The scheme, as Django's {@code request.scheme}. */
    static String scheme(HttpServerExchange exchange) {
        return exchange.getAttachment(REQUEST).scheme();
    }

    /** The host with its port if it names one, as Django's {@code request.get_host()}. */
    static String host(HttpServerExchange exchange) {
        return exchange.getAttachment(REQUEST).rawHost();
    }

    /** A path of this app as the outside has it, as Django's {@code reverse()}. */
    static String path(HttpServerExchange exchange, String path) {
        return exchange.getAttachment(REQUEST).reverse(path);
    }

    /** An absolute URL for a path, as Django's {@code request.build_absolute_uri()}. */
    static String absolute(HttpServerExchange exchange, String path) {
        return exchange.getAttachment(REQUEST).absoluteUri(path);
    }
}
