package hopyard.backend;

import hopyard.backend.database.ConfiguredDatabase;
import hopyard.backend.django.DjangoSettings;
import hopyard.backend.django.Site;
import hopyard.backend.traces.Traces;
import hopyard.http.server.HttpListener;
import hopyard.memory.BufferPool;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.HttpContinueReadHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.xnio.ChannelListeners;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;
import org.xnio.nio.ReadyKeys;

/** The app: what every request passes through, and the list of everything that it answers. */
final class App implements AutoCloseable, Shutdown.Server {

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
    private final Consumer<String> log;
    private XnioWorker worker;
    private Clients clients;
    private ConfiguredDatabase database;
    /** {@code null} where none are exported. */
    private Traces traces;

    private AcceptingChannel<? extends StreamConnection> server;

    /**
     * @param log takes lines of the log
     */
    App(Settings settings, Consumer<String> log) {
        this.settings = settings;
        this.log = log;
    }

    /**
     * Starts to listen.
     *
     * @return the port
     * @throws IOException if the port cannot be opened
     */
    int start() throws IOException {
        worker = Xnio.getInstance()
                .createWorker(OptionMap.builder()
                        .set(Options.WORKER_NAME, "app")
                        .set(Options.WORKER_IO_THREADS, ioThreads())
                        .set(Options.WORKER_TASK_CORE_THREADS, 1)
                        .set(Options.WORKER_TASK_MAX_THREADS, FILE_THREADS)
                        .getMap());
        ReadyKeys.serveInOrder(worker);
        database = new ConfiguredDatabase(settings.database(), NotesTables::make);
        HttpListener http = new HttpListener(new BufferPool(BUFFER), OPTIONS);
        Serving serving = settings.serving();
        HttpHandler inside = throughAll(routes());
        clients = new Clients(
                worker,
                http,
                serving,
                log,
                traced(serving.isLimited() ? new Turns(serving.requests(), inside) : inside));
        http.setHandler(new RequestLog(log, clients));
        server = worker.createStreamConnectionServer(
                new InetSocketAddress(settings.bind(), settings.port()),
                ChannelListeners.openListenerAdapter(clients),
                OptionMap.builder()
                        .set(Options.TCP_NODELAY, true)
                        .set(Options.REUSE_ADDRESSES, true)
                        .set(Options.SEND_BUFFER, SEND_BUFFER)
                        .set(Options.BACKLOG, serving.backlog())
                        .set(Options.CONNECTION_HIGH_WATER, serving.connections())
                        .getMap());
        server.resumeAccepts();
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private HttpHandler traced(HttpHandler next) {
        if (settings.traces() == null) {
            return next;
        }
        traces = new Traces(settings.traces(), settings.database(), log);
        return new TracedRequests(traces, next);
    }

    /** Returns how many threads there are for connections: one, where those of all others have to be counted. */
    private int ioThreads() {
        return settings.serving().isLimited()
                ? 1
                : Math.max(2, Runtime.getRuntime().availableProcessors());
    }

    @Override
    public void endConnections() {
        clients.endAll();
    }

    @Override
    public void stopListening() throws IOException {
        server.close();
    }

    @Override
    public boolean isIdle() throws InterruptedException, ExecutionException {
        return clients.areIdle().get();
    }

    @Override
    public void end() {
        if (traces != null) {
            traces.close();
        }
    }

    /** Stops listening, and closes all connections; only what has started can be closed. */
    @Override
    public void close() throws IOException {
        server.close();
        clients.close();
        database.close();
        end();
        worker.shutdownNow();
    }

    /** The first in this list sees a request first. */
    private HttpHandler throughAll(Routes endpoints) {
        DjangoSettings django = settings.django();
        Site site = new Site(django, serverName(), endpoints::matches, endpoints.templates(), log);
        HttpHandler inside = new Django(django, site, App::wantsContent, new Cors(django, endpoints));
        HttpHandler valid = new WellFormedRequests(django, new HttpContinueReadHandler(inside));
        return Fail.first(new SafeDefaults(new Hops(settings, valid)));
    }

    /** Returns the name of this machine as Python's servers find it, for requests that name no host. */
    private String serverName() {
        try {
            InetAddress address = InetAddress.getByName(settings.bind());
            return address.isAnyLocalAddress()
                    ? InetAddress.getLocalHost().getHostName()
                    : address.isLoopbackAddress() ? "localhost" : settings.bind();
        } catch (UnknownHostException e) {
            // binding says so in a moment, or this machine's own name does not resolve
            return settings.bind();
        }
    }

    private static boolean wantsContent(String path) {
        return path.equals("/upload")
                || path.equals("/notes")
                || path.equals("/anything")
                || path.startsWith("/anything/");
    }

    private Routes routes() {
        Routes routes = new Routes();
        routes.get("/", new Page(settings));
        new Inspect(settings.django()).addTo(routes);
        ShapedResponses.addTo(routes);
        Live.addTo(routes);
        Upload.addTo(routes);
        new Fail().addTo(routes);
        new DjangoRules(settings.django()).addTo(routes);
        new NotesEndpoints(new Rows(database, settings.django().get(DjangoSettings.DEBUG)), settings.django())
                .addTo(routes);
        new DatabaseEndpoints(database, settings.django()).addTo(routes);
        routes.get("/static/*", Places.FILES.limit(new StaticFiles(settings.staticRoot())));
        routes.get("/healthz", exchange -> Respond.text(exchange, 200, "ok\n"));
        return routes;
    }
}
