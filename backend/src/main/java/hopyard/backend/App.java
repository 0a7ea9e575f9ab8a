package hopyard.backend;

import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.net.InetSocketAddress;
import org.xnio.Options;

/** The app: what every request passes through, and the list of everything that it answers. */
final class App {

    /** One for each request that reads or writes slowly; they are started as they are needed. */
    private static final int WORKERS = 200;

    /** One more waits in the backlog. */
    private static final int MOST_CONNECTIONS = 4096;

    /** How long a client may say and take nothing, in ms; more than the slowest endpoint takes. */
    private static final int LONGEST_SILENCE = 601_000;

    private final Settings settings;
    private final Undertow server;

    App(Settings settings) {
        this.settings = settings;
        // the first in this list sees a request first
        HttpHandler endpoints = new HttpContinueReadHandler(routes());
        HttpHandler root = new RequestLog(new SafeDefaults(
                new Hops(settings, new Door(new Cors(settings, new AllowedHosts(settings, endpoints))))));
        server = Undertow.builder()
                .addHttpListener(settings.port(), settings.bind())
                .setHandler(root)
                .setIoThreads(Math.max(2, Runtime.getRuntime().availableProcessors()))
                .setWorkerThreads(WORKERS)
                .setSocketOption(Options.READ_TIMEOUT, LONGEST_SILENCE)
                .setSocketOption(Options.WRITE_TIMEOUT, LONGEST_SILENCE)
                .setSocketOption(Options.CONNECTION_HIGH_WATER, MOST_CONNECTIONS)
                .setSocketOption(Options.CONNECTION_LOW_WATER, MOST_CONNECTIONS)
                // what Undertow gathers for requests that came together is lost when the first of them ends the
                // connection
                .setServerOption(UndertowOptions.BUFFER_PIPELINED_DATA, false)
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
