package hopyard.backend;

import hopyard.http.server.HttpListener;
import hopyard.memory.BufferPool;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.xnio.ChannelListeners;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.nio.ReadyKeys;

/** The app: what every request passes through, and the list of everything that it answers. */
final class App {

    /** The number of threads that open files; nothing waits on them. */
    private static final int FILE_THREADS = 4;

    private static final int BUFFER = 16 << 10;

    /**
     * How much the system buffers for a client that does not read, in bytes. By default it would buffer some MB of a
     * download.
     */
    private static final int SEND_BUFFER = 128 << 10;

    private static final OptionMap OPTIONS = OptionMap.builder()
            // each endpoint has its own limit, and /upload has none
            .set(UndertowOptions.MAX_ENTITY_SIZE, -1L)
            .getMap();

    private final Settings settings;

    App(Settings settings) {
        this.settings = settings;
    }

    /**
     * Starts to listen.
     *
     * @return the port
     * @throws IOException if the port cannot be opened
     */
    int start() throws IOException {
        XnioWorker worker = Xnio.getInstance()
                .createWorker(OptionMap.builder()
                        .set(Options.WORKER_NAME, "app")
                        .set(
                                Options.WORKER_IO_THREADS,
                                Math.max(2, Runtime.getRuntime().availableProcessors()))
                        .set(Options.WORKER_TASK_CORE_THREADS, 1)
                        .set(Options.WORKER_TASK_MAX_THREADS, FILE_THREADS)
                        .getMap());
        ReadyKeys.serveInOrder(worker);
        HttpListener http = new HttpListener(new BufferPool(BUFFER), OPTIONS);
        Clients clients = new Clients(worker, http, throughAll(routes()));
        http.setHandler(new RequestLog(clients));
        AcceptingChannel<? extends StreamConnection> server = worker.createStreamConnectionServer(
                new InetSocketAddress(settings.bind(), settings.port()),
                ChannelListeners.openListenerAdapter(clients),
                OptionMap.builder()
                        .set(Options.TCP_NODELAY, true)
                        .set(Options.REUSE_ADDRESSES, true)
                        .set(Options.SEND_BUFFER, SEND_BUFFER)
                        .getMap());
        server.resumeAccepts();
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    /** The first in this list sees a request first. */
    private HttpHandler throughAll(HttpHandler endpoints) {
        HttpHandler inside = new Cors(settings, new AllowedHosts(settings, endpoints));
        HttpHandler withoutContent = Body.without(inside);
        HttpHandler content =
                exchange -> (wantsContent(exchange.getRequestPath()) ? inside : withoutContent).handleRequest(exchange);
        return Fail.first(
                new SafeDefaults(new Hops(settings, new WellFormedRequests(new HttpContinueReadHandler(content)))));
    }

    private static boolean wantsContent(String path) {
        return path.equals("/upload") || path.equals("/anything") || path.startsWith("/anything/");
    }

    private HttpHandler routes() {
        Routes routes = new Routes();
        Url url = new Url(settings);
        routes.get("/", new Page(settings));
        new Inspect(url).addTo(routes);
        new ShapedResponses(url).addTo(routes);
        Live.addTo(routes);
        Upload.addTo(routes);
        new Fail().addTo(routes);
        new DjangoRules(settings).addTo(routes);
        routes.get("/static/*", Places.FILES.limit(new StaticFiles(settings.staticRoot())));
        routes.get("/healthz", exchange -> Respond.text(exchange, 200, "ok\n"));
        return routes;
    }
}
