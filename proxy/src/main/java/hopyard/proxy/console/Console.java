package hopyard.proxy.console;

import hopyard.memory.HeldMemory;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleLocation;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Endpoint;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Reply;
import hopyard.proxy.console.endpoint.RequestContent;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.proxy.console.endpoint.WorkerThreads;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.running.RunningServer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;

/**
 * The console: takes requests off the I/O threads to the endpoints that answer them. It outlives reloads, and so do the
 * exchanges that it keeps.
 */
public final class Console implements ConsoleModule.Host, AutoCloseable {

    private volatile ConsoleContext context;
    /** Make answers; whoever has to wait for an app or an exchange waits elsewhere, and takes no thread of these. */
    private final WorkerThreads workers = new WorkerThreads("console", 4, 64);

    private final Ticker ticker = new Ticker(failure -> context.errorLog().write(ErrorLog.Level.CRIT, failure));
    private ConsoleEndpoints endpoints;
    private boolean ticking;
    /** Whose memory counts as held. */
    private ExchangeLog counted;

    /** Gives the console the server that it belongs to. */
    public void attach(RunningServer running) {
        context = new ConsoleContext(running, ticker);
    }

    @Override
    public synchronized ExchangeLog log(int capacity, long memory, int threads) {
        if (!ticking) {
            ticking = true;
            ticker.every(1000, this::tick);
        }
        ExchangeLog running = running();
        return running != null && running.hasSize(capacity, memory)
                ? running
                : new ExchangeLog(capacity, memory, threads, running);
    }

    /** What the running configuration records; {@code null} where it has no console, or none runs yet. */
    private ExchangeLog running() {
        return context == null ? null : context.exchangeLog();
    }

    /** Ends what goes on by itself; called where a server ends and the process goes on. */
    @Override
    public void close() {
        ExchangeLog running = running();
        if (running != null) {
            running.forgetContents();
        }
        ticker.endWith(() -> count(null));
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
        ExchangeLog running = running();
        count(running);
        if (running != null) {
            running.traffic().tick();
        }
    }

    /** Those are made when somebody first asks, so that a proxy nobody looks into starts without them. */
    private synchronized ConsoleEndpoints endpoints() {
        if (endpoints == null) {
            endpoints = new ConsoleEndpoints(context, workers);
        }
        return endpoints;
    }

    @Override
    public void handle(Exchange exchange, ConsoleLocation location) {
        Reply reply = new Reply(exchange, workers);
        try {
            location.guard().check(exchange);
        } catch (Refusal e) {
            reply.refuse(e);
            return;
        }
        ConsoleEndpoints all = endpoints();
        if (all.opensStream(location.path(exchange.uri()), exchange, reply)) {
            return;
        }
        if (ConsoleRequest.isReading(exchange)) {
            work(reply, ConsoleRequest.of(exchange, location, new byte[0]), all);
        } else {
            RequestContent.read(exchange, reply, body -> work(reply, ConsoleRequest.of(exchange, location, body), all));
        }
    }

    private void work(Reply reply, ConsoleRequest request, ConsoleEndpoints all) {
        ConsoleEndpoints.Place place = all.find(request.name());
        if (place == null && !request.path().isEmpty()) {
            reply.refuse(new Refusal(
                    404, "there is no \"" + request.name() + "\" here; there are: " + String.join(", ", all.names())));
            return;
        }
        // who leaves while somebody waits for them has nobody wait any more
        request.exchange().lifetime().watchClient(request.exchange().lifetime()::clientClosed);
        WorkerThreads by = place == null ? workers : place.workers(request);
        Endpoint endpoint = place == null ? r -> CompletableFuture.completedFuture(all.index(r)) : place.endpoint();
        try {
            by.execute(() -> answer(reply, request, endpoint));
        } catch (RejectedExecutionException e) {
            reply.refuse(Refusal.busy("the console has too much to do"));
        }
    }

    private void answer(Reply reply, ConsoleRequest request, Endpoint endpoint) {
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
}
