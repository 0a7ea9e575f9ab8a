package hopyard.proxy.console;

import hopyard.http.server.HttpConnection;
import hopyard.memory.HeldMemory;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.RunningServer;
import hopyard.proxy.record.ExchangeLog;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The console: which endpoint answers what, and off the I/O threads. It outlives reloads, and so do the exchanges that
 * it keeps.
 */
public final class Console implements AutoCloseable {

    /** Something that the console can be asked for. */
    interface Endpoint {
        CompletionStage<Answer> answer(Request request) throws Refusal;
    }

    /** One that need not wait for anything. */
    interface PromptEndpoint {
        Answer answer(Request request) throws Refusal;
    }

    /**
     * An endpoint and who works for it.
     *
     * @param changing who works where the request is no GET
     */
    private record Place(Endpoint endpoint, Lane reading, Lane changing) {}

    /** Makes answers; whoever has to wait for an app or an exchange waits elsewhere, and takes no thread of these. */
    private final Lane workers = new Lane("console", 4, 64);

    /** Loads one configuration at a time: each may take as much memory as all the rest of the console. */
    private final Lane loaders = new Lane("console-config", 1, 8);

    /** Connecting and accepting block for a moment, and one has to see what the other did. */
    private final Lane porters = new Lane("console-doors", 1, 8);

    private final ScheduledExecutorService ticker = ticking();
    private final Waiting waiting = new Waiting(this);
    private volatile RunningServer server;
    private Map<String, Place> endpoints;
    private LiveStreams live;
    private Config config;
    private boolean ticking;
    /** Whose memory counts as held. */
    private ExchangeLog counted;

    private static ScheduledExecutorService ticking() {
        ScheduledThreadPoolExecutor ticker = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "console-ticker");
            thread.setDaemon(true);
            return thread;
        });
        // what is taken back must not wait for its time to be forgotten
        ticker.setRemoveOnCancelPolicy(true);
        return ticker;
    }

    /** Gives the console the server that it belongs to. */
    public void attach(RunningServer running) {
        server = running;
    }

    /** Where a new configuration is to record exchanges: in the running one's log unless the sizes have changed. */
    synchronized ExchangeLog log(int capacity, long memory, int threads) {
        if (!ticking) {
            ticking = true;
            every(1000, this::tick);
        }
        ExchangeLog running = log();
        return running != null && running.hasSize(capacity, memory)
                ? running
                : new ExchangeLog(capacity, memory, threads, running);
    }

    /** Ends what goes on by itself; called where a server ends and the process goes on. */
    @Override
    public void close() {
        ExchangeLog running = log();
        if (running != null) {
            running.forgetContents();
        }
        ticker.execute(() -> {
            count(null);
            ticker.shutdownNow();
        });
    }

    /** The heap that exchanges are kept in is none that clients may have. */
    private void count(ExchangeLog running) {
        if (running != counted) {
            HeldMemory.hold((running == null ? 0 : running.memory()) - (counted == null ? 0 : counted.memory()));
            if (running == null) {
                counted.forgetContents();
            }
            counted = running;
        }
    }

    private void tick() {
        ExchangeLog running = log();
        count(running);
        if (running != null) {
            running.traffic().tick();
        }
    }

    /** What the running configuration records; {@code null} where it has no console. */
    ExchangeLog log() {
        return server == null
                ? null
                : (ExchangeLog) server.http().configuration().recorder();
    }

    RunningServer server() {
        return server;
    }

    ScheduledExecutorService ticker() {
        return ticker;
    }

    /** Loads one configuration after the other. */
    Executor loaders() {
        return loaders;
    }

    /** Has a configuration loaded as soon as no other one is, however many wait for that. */
    void load(Runnable loading) {
        loaders.executeFirst(loading);
    }

    /** Has something run again and again; one time that fails is not the last. */
    ScheduledFuture<?> every(long millis, Runnable work) {
        return ticker.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
                        server.http().configuration().log().write(ErrorLog.Level.CRIT, "the console failed: " + e);
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    LiveStreams live() {
        return live;
    }

    Config config() {
        return config;
    }

    /** Who waits for exchanges to end. */
    Waiting waiting() {
        return waiting;
    }

    private synchronized Map<String, Place> endpoints() {
        if (endpoints == null) {
            live = new LiveStreams(this);
            endpoints = new TreeMap<>();
            Exchanges exchanges = new Exchanges(this);
            endpoints.put("exchanges", reading(exchanges::answer, workers));
            endpoints.put("exchanges.har", reading(request -> done(exchanges.har(request)), workers));
            endpoints.put("pending", reading(new PendingView(this)::answer, workers));
            endpoints.put("last", reading(request -> done(exchanges.last(request)), workers));
            Stats stats = new Stats(this);
            endpoints.put("stats", reading(request -> done(stats.answer(request)), workers));
            endpoints.put("metrics", reading(request -> done(stats.metrics(request)), workers));
            config = new Config(this);
            endpoints.put("config", new Place(request -> done(config.answer(request)), workers, loaders));
            // reading a configuration takes memory, also for who only looks at it
            endpoints.put("lint", prompt(new Linter(this)::answer, loaders));
            endpoints.put("directives", reading(request -> done(Directives.answer(request)), workers));
            Doors doors = new Doors(this);
            LocationTester tester = new LocationTester(this);
            endpoints.put("location", new Place(tester::answer, workers, workers));
            Sockets sockets = new Sockets(this, doors);
            endpoints.put("doors", prompt(doors::answer, porters));
            endpoints.put("names", prompt(new Names(this)::answer, porters));
            endpoints.put("sockets", reading(request -> done(sockets.answer(request)), workers));
            Targets targets = new Targets(this);
            Send send = new Send(this, targets, new Replay(this));
            endpoints.put("send", new Place(send::answer, workers, workers));
            endpoints.put("compare", new Place(new Compare(this, targets, send)::answer, workers, workers));
            endpoints.put("load", prompt(new Load(this, targets)::answer, workers));
            endpoints.put("page", reading(request -> done(PageFiles.answer(request)), workers));
        }
        return endpoints;
    }

    /** For what is there to be read: whoever asks for a change is told so. */
    private static Place reading(Endpoint endpoint, Lane lane) {
        return new Place(
                request -> {
                    if (request.changesState()) {
                        throw new Refusal(405, "\"" + request.name() + "\" is there to be read: GET it");
                    }
                    return endpoint.answer(request);
                },
                lane,
                lane);
    }

    private static Place prompt(PromptEndpoint endpoint, Lane lane) {
        return new Place(request -> done(endpoint.answer(request)), lane, lane);
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    /** Takes an exchange whose location is a console; runs on its I/O thread. */
    void handle(Exchange exchange, ConsoleLocation location) {
        boolean changesState =
                !exchange.method().equals("GET") && !exchange.method().equals("HEAD");
        Reply reply = new Reply(exchange, workers);
        try {
            location.guard().check(exchange);
        } catch (Refusal e) {
            reply.refuse(e);
            return;
        }
        Map<String, Place> all = endpoints();
        String path = location.path(exchange.uri());
        if (path.equals("live")) {
            live.open(exchange, reply);
        } else if (path.equals("config/lock") && !changesState) {
            config.holders().open(exchange, reply);
        } else if (changesState) {
            RequestContent.read(exchange, reply, body -> work(reply, Request.of(exchange, location, body), all));
        } else {
            work(reply, Request.of(exchange, location, new byte[0]), all);
        }
    }

    private void work(Reply reply, Request request, Map<String, Place> all) {
        Place place = all.get(request.name());
        if (place == null && !request.path().isEmpty()) {
            reply.refuse(new Refusal(
                    404, "there is no \"" + request.name() + "\" here; there are: " + String.join(", ", all.keySet())));
            return;
        }
        if (request.exchange().http().getConnection() instanceof HttpConnection connection) {
            // who leaves while somebody waits for them has nobody wait any more
            connection.watch(request.exchange()::clientClosed);
        }
        Lane lane = place == null ? workers : request.changesState() ? place.changing : place.reading;
        Endpoint endpoint = place == null ? r -> done(index(r, all)) : place.endpoint;
        try {
            lane.execute(() -> answer(reply, request, endpoint));
        } catch (RejectedExecutionException e) {
            reply.refuse(Refusal.busy("the console has too much to do"));
        }
    }

    private void answer(Reply reply, Request request, Endpoint endpoint) {
        try {
            CompletableFuture<Answer> answer = endpoint.answer(request).toCompletableFuture();
            if (answer.isDone()) {
                give(reply, answer);
            } else {
                answer.whenComplete((value, e) -> giveOnWorker(reply, answer));
            }
        } catch (Refusal e) {
            reply.refuse(e);
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            reply.refuse(reply.failure(e));
        }
    }

    private void giveOnWorker(Reply reply, CompletableFuture<Answer> answer) {
        try {
            workers.execute(() -> give(reply, answer));
        } catch (RejectedExecutionException e) {
            reply.refuse(Refusal.busy("the console has too much to do"));
        }
    }

    private static void give(Reply reply, CompletableFuture<Answer> answer) {
        try {
            reply.send(answer.join());
        } catch (CompletionException e) {
            reply.refuse(e.getCause() instanceof Refusal refusal ? refusal : reply.failure(e.getCause()));
        }
    }

    private static Answer index(Request request, Map<String, Place> all) {
        if (request.format() == Request.Format.HTML) {
            return PageFiles.page();
        }
        return Answer.of(
                request,
                () -> {
                    var names = Json.array();
                    all.keySet().forEach(names::add);
                    return Json.object().set("endpoints", names.add("live"));
                },
                () -> "Hopyard's console. There are: " + String.join(", ", all.keySet()) + ", live.\n"
                        + "curl gets text, programs get JSON (Accept: application/json, or ?format=json).\n");
    }
}
