package hopyard.backend;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.net.InetSocketAddress;

/** The app: what every request passes through, and the list of everything that it answers. */
final class App {

    private final Settings settings;
    private final Undertow server;

    App(Settings settings) {
        this.settings = settings;
        // the first in this list sees a request first
        HttpHandler root = new RequestLog(new SafeDefaults(new Hops(
                settings, new Cors(settings, new AllowedHosts(settings, new HttpContinueReadHandler(routes()))))));
        server = Undertow.builder()
                .addHttpListener(settings.port(), settings.bind())
                .setHandler(root)
                .setIoThreads(Math.max(2, Runtime.getRuntime().availableProcessors()))
                .setWorkerThreads(32)
                .setServerOption(UndertowOptions.ALLOW_UNESCAPED_CHARACTERS_IN_URL, true)
                // each endpoint has its own limit, and /upload has none
                .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, -1L)
                .build();
    }

    private HttpHandler routes() {
        Routes routes = new Routes();
        Url url = new Url(settings);
        routes.get("/", new Page(settings));
        new Inspect(url).addTo(routes);
        new Shape(url).addTo(routes);
        new Live().addTo(routes);
        new Upload().addTo(routes);
        new Fail().addTo(routes);
        routes.get("/static/*", new StaticFiles(settings.staticRoot()));
        routes.get("/lib/*", new Webjars());
        routes.get("/healthz", exchange -> Respond.text(exchange, 200, "ok\n"));
        return routes;
    }

    /** Starts to listen; returns the port. */
    int start() {
        server.start();
        return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
    }

    void stop() {
        server.stop();
    }
}
