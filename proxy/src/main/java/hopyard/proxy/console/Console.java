package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.RunningServer;
import hopyard.proxy.record.ExchangeLog;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.SameThreadExecutor;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The console: which endpoint answers what, and off the I/O threads. It outlives reloads, and so do the exchanges that
 * it keeps.
 */
public final class Console {

    /** More than any configuration or request to replay needs. */
    private static final int LARGEST_BODY = 1 << 20;

    /** Some wait for an app that is slow; others should not have to wait for them. */
    private static final int MOST_AT_ONCE = 8;

    private static final HttpString CSP = new HttpString("Content-Security-Policy");
    private static final HttpString NOSNIFF = new HttpString("X-Content-Type-Options");

    /** Something that the console can be asked for. */
    interface Endpoint {
        Answer answer(Request request) throws Refusal;
    }

    private static final ThreadFactory THREADS = task -> {
        Thread thread = new Thread(task, "console");
        thread.setDaemon(true);
        return thread;
    };

    private final ExecutorService workers = Executors.newFixedThreadPool(MOST_AT_ONCE, THREADS);
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor(THREADS);
    private volatile RunningServer server;
    private Map<String, Endpoint> endpoints;
    private LiveStreams live;
    private boolean ticking;

    /** Gives the console the server that it belongs to. */
    public void attach(RunningServer running) {
        server = running;
    }

    /** Where a new configuration is to record exchanges: in the running one's log unless the sizes have changed. */
    synchronized ExchangeLog log(int capacity, long memory, int threads) {
        if (!ticking) {
            ticking = true;
            ticker.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
        }
        ExchangeLog running = log();
        return running != null && running.hasSize(capacity, memory)
                ? running
                : new ExchangeLog(capacity, memory, threads, running);
    }

    private void tick() {
        ExchangeLog running = log();
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

    LiveStreams live() {
        return live;
    }

    private synchronized Map<String, Endpoint> endpoints() {
        if (endpoints == null) {
            live = new LiveStreams(this);
            endpoints = new TreeMap<>();
            Exchanges exchanges = new Exchanges(this);
            endpoints.put("exchanges", exchanges::answer);
            endpoints.put("exchanges.har", exchanges::har);
            endpoints.put("last", exchanges::last);
            Stats stats = new Stats(this);
            endpoints.put("stats", stats::answer);
            endpoints.put("metrics", stats::metrics);
            endpoints.put("config", new Config(this)::answer);
            Doors doors = new Doors(this);
            endpoints.put("doors", doors::answer);
            endpoints.put("sockets", new Sockets(this, doors)::answer);
            Targets targets = new Targets(this);
            Send send = new Send(this, targets);
            endpoints.put("send", send::answer);
            endpoints.put("compare", new Compare(this, targets, send)::answer);
            endpoints.put("load", new Load(this, targets)::answer);
        }
        return endpoints;
    }

    /** Takes an exchange whose location is a console; runs on its I/O thread. */
    void handle(Exchange exchange, Guard guard, String prefix, boolean mayEdit) {
        boolean changesState =
                !exchange.method().equals("GET") && !exchange.method().equals("HEAD");
        try {
            guard.check(exchange);
        } catch (Refusal e) {
            respond(exchange, refuse(Request.of(exchange, prefix, new byte[0], mayEdit), e));
            return;
        }
        Map<String, Endpoint> all = endpoints();
        if (exchange.uri().equals(prefix + "live")) {
            live.open(exchange);
        } else if (changesState) {
            var receiver = exchange.http().getRequestReceiver();
            receiver.setMaxBufferSize(LARGEST_BODY);
            receiver.receiveFullBytes(
                    (http, body) -> http.dispatch(
                            SameThreadExecutor.INSTANCE,
                            () -> work(exchange, Request.of(exchange, prefix, body, mayEdit), all)),
                    (http, e) -> http.dispatch(SameThreadExecutor.INSTANCE, () -> exchange.fail(413)));
        } else {
            work(exchange, Request.of(exchange, prefix, new byte[0], mayEdit), all);
        }
    }

    private void work(Exchange exchange, Request request, Map<String, Endpoint> all) {
        try {
            workers.execute(() -> {
                Answer answer = answer(request, all);
                exchange.http().getIoThread().execute(() -> respond(exchange, answer));
            });
        } catch (RejectedExecutionException e) {
            exchange.fail(503);
        }
    }

    private Answer answer(Request request, Map<String, Endpoint> all) {
        try {
            if (request.path().isEmpty()) {
                return Answer.of(request, () -> Json.object().set("endpoints", names(all)), () -> index(all));
            }
            Endpoint endpoint = all.get(request.name());
            if (endpoint == null) {
                throw new Refusal(
                        404,
                        "there is no \"" + request.name() + "\" here; there are: " + String.join(", ", all.keySet()));
            }
            return endpoint.answer(request);
        } catch (Refusal e) {
            return refuse(request, e);
        } catch (RuntimeException e) {
            request.exchange().log(ErrorLog.Level.CRIT, "the console failed: " + e);
            return refuse(request, new Refusal(500, "the console failed: " + e));
        }
    }

    private static ArrayNode names(Map<String, Endpoint> all) {
        var names = Json.array();
        all.keySet().forEach(names::add);
        return names.add("live");
    }

    private static String index(Map<String, Endpoint> all) {
        return "Hopyard's console. There are: " + String.join(", ", all.keySet()) + ", live.\n"
                + "curl gets text, programs get JSON (Accept: application/json, or ?format=json).\n";
    }

    private static Answer refuse(Request request, Refusal e) {
        return Answer.of(request, e.status(), e::json, () -> e.getMessage() + "\n");
    }

    private static void respond(Exchange exchange, Answer answer) {
        HeaderMap headers = exchange.responseHeaders();
        headers.put(Headers.CACHE_CONTROL, "no-store");
        headers.put(NOSNIFF, "nosniff");
        headers.put(
                CSP,
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
                        + " frame-ancestors 'none'");
        exchange.respond(answer.status(), answer.type(), answer.body());
    }
}
