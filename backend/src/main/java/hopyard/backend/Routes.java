package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import io.undertow.util.PathTemplateMatcher;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What each path answers to: HEAD wherever GET is (RFC 9110 §9.1), and 405 with a list for any other method (§15.5.6).
 */
final class Routes extends RoutingHandler {

    private final PathTemplateMatcher<Set<HttpString>> methods = new PathTemplateMatcher<>();
    private final Set<String> templates = new LinkedHashSet<>();

    Routes() {
        setInvalidMethodHandler(this::methodNotAllowed);
    }

    @Override
    public synchronized RoutingHandler add(HttpString method, String template, HttpHandler handler) {
        super.add(method, template, handler);
        templates.add(template);
        Set<HttpString> known = methods.get(template);
        if (known == null) {
            known = new TreeSet<>();
            methods.add(template, known);
        }
        known.add(method);
        if (method.equals(Methods.GET)) {
            add(Methods.HEAD, template, handler);
        }
        return this;
    }

    /** Returns the paths that there are, as they were given. */
    List<String> templates() {
        return List.copyOf(templates);
    }

    /** Whether there is something at a path. */
    boolean matches(String path) {
        return methods.match(path) != null;
    }

    private void methodNotAllowed(HttpServerExchange exchange) {
        for (HttpString method : methods.match(exchange.getRelativePath()).getValue()) {
            exchange.getResponseHeaders().add(Headers.ALLOW, method.toString());
        }
        Respond.text(exchange, 405, exchange.getRequestMethod() + " is not something to do here.\n");
    }
}
