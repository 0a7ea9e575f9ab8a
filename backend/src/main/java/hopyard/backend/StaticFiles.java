package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.resource.PathResourceManager;
import io.undertow.server.handlers.resource.ResourceHandler;
import io.undertow.util.HttpString;
import java.nio.file.Path;

/** The app's static files, for clients that come without a proxy; behind a proxy, the proxy serves them itself. */
final class StaticFiles implements HttpHandler {

    private final HttpHandler files;

    StaticFiles(Path root) {
        ResourceHandler resources = new ResourceHandler(
                new PathResourceManager(root.toAbsolutePath(), 1 << 20),
                exchange -> Respond.text(exchange, 404, "No such file: " + exchange.getRequestPath() + "\n"));
        files = new PathHandler().addPrefixPath("/static", resources);
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        exchange.getResponseHeaders().put(new HttpString("X-Served-By"), "the app");
        files.handleRequest(exchange);
    }
}
