package hopyard.backend;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.resource.ClassPathResourceManager;
import io.undertow.server.handlers.resource.ResourceHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The page's libraries, out of their WebJars: {@code /lib/NAME/} without the version, which the build alone names.
 *
 * @see <a href="https://www.webjars.org/documentation">WebJars</a>
 */
final class Webjars implements HttpHandler {

    private final PathHandler files = new PathHandler(
            exchange -> Respond.text(exchange, 404, "No such library: " + exchange.getRequestPath() + "\n"));

    Webjars() {
        add("uplot", "/dist");
        add("codemirror", "");
    }

    private void add(String name, String below) {
        String root = "META-INF/resources/webjars/" + name + "/" + version(name) + below;
        ClassPathResourceManager jar = new ClassPathResourceManager(Webjars.class.getClassLoader(), root);
        files.addPrefixPath("/lib/" + name, new ResourceHandler(jar));
    }

    private static String version(String name) {
        String file = "/META-INF/maven/org.webjars.npm/" + name + "/pom.properties";
        try (InputStream in = Webjars.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not on the class path: the build is not complete");
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        files.handleRequest(exchange);
    }
}
