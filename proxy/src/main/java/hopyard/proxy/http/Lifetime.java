package hopyard.proxy.http;

import hopyard.memory.HeldMemory;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import org.xnio.IoUtils;

/**
 * How long an exchange lives: pauses and breaks on its way, its end, and what is due then. Memory that is counted for it is so
 * until its end.
 */
public final class Lifetime implements ExchangeCompletionListener {

    private final Exchange exchange;
    private Runnable onEnd;
    /** What counts as held for this exchange, in bytes. */
    private long held;

    private boolean isComplete;
    private boolean isOver;

    Lifetime(Exchange exchange) {
        this.exchange = exchange;
    }

    // ---- the beginning

    /** Serves a client's request. */
    void begin(VirtualServers servers) {
        exchange.http().addExchangeCompleteListener(this);
        exchange.client().requestStarted(exchange);
        run(servers);
    }

    /** Serves a subrequest, which has its server already. */
    void begin() {
        exchange.http().addExchangeCompleteListener(this);
        run(null);
    }

    /**
     * The same with nobody connected: see {@link Rehearsal}.
     *
     * @param servers {@code null} for a subrequest
     */
    void rehearse(VirtualServers servers) {
        exchange.trail().belongsTo(exchange);
        try {
            run(servers);
        } catch (NotRehearsed e) {
            exchange.trail().isOpen(e.getMessage());
        } finally {
            free();
        }
    }

    private void run(VirtualServers servers) {
        try {
            if (servers == null || findServer(servers)) {
                exchange.phases().start();
            }
        } catch (IOException | RuntimeException | StackOverflowError e) {
            exchange.specialResponse().crash(e);
        }
    }

    /** Whether there is a server for the request, and it may go on there. */
    private boolean findServer(VirtualServers servers) throws IOException {
        // looking for it may fail, and the answer to that is the default one's
        exchange.server(servers.byDefault());
        exchange.server(servers.find(exchange.host(), exchange));
        boolean passes = RequestChecks.pass(exchange);
        exchange.hasOriginalUri(passes);
        return passes;
    }

    // ---- on its way

    /**
     * Goes on later, when something is there that is neither the client's nor an upstream's response. A client that leaves
     * meanwhile ends the exchange, unless some of its request is still to come.
     */
    public void pause(Stage stage) {
        exchange.clock().enter(stage);
        if (exchange.isRequestComplete()) {
            watchClient(() -> {
                exchange.log(ErrorLog.Level.INFO, "client prematurely closed connection");
                clientClosed();
            });
        }
    }

    /** Ends the pause; false if the exchange is over, so that nothing is to be done any more. */
    public boolean resume() {
        if (isOver) {
            return false;
        }
        exchange.clock().enter(Stage.OWN);
        if (exchange.isRequestComplete()) {
            ClientWatch.stop(exchange.http());
        }
        return true;
    }

    /**
     * Starts to watch the client, whose request must have been read. A subrequest has no client of its own.
     *
     * @param onGone called once if the client closes or resets its connection
     */
    public void watchClient(Runnable onGone) {
        ClientWatch.start(exchange.http(), onGone);
    }

    /** Counts memory on the heap until the exchange is over, in bytes; false if there is no room for it. */
    public boolean hold(long bytes) {
        if (!HeldMemory.take(bytes)) {
            return false;
        }
        held += bytes;
        return true;
    }

    /** Counts no memory any more. */
    void free() {
        if (held > 0) {
            HeldMemory.free(held);
            held = 0;
        }
    }

    // ---- the end

    /** Has {@code cleanUp} run when the exchange is over, in whatever way it ends. */
    public void onEnd(Runnable cleanUp) {
        Runnable earlier = onEnd;
        onEnd = earlier == null
                ? cleanUp
                : () -> {
                    earlier.run();
                    cleanUp.run();
                };
    }

    /** Whether the client's connection is open. */
    public boolean isConnected() {
        return exchange.http().getConnection().isOpen();
    }

    /** Closes the client's connection, whatever was under way. */
    public void abort() {
        if (exchange.trail() != null) {
            exchange.trail().closes();
            return;
        }
        if (exchange.ending().status() == 0 && !exchange.response().isStarted()) {
            exchange.ending().status(ErrorPages.CLOSE);
        }
        IoUtils.safeClose(exchange.http().getConnection());
    }

    /** The client went away before it had its answer. */
    public void clientClosed() {
        exchange.ending().interrupt(Why.CLIENT_LEFT);
        leftWithoutAnswer();
        IoUtils.safeClose(exchange.http().getConnection());
    }

    /** nginx's status of a client that has gone before its response began: another one where it broke its own request off. */
    private void leftWithoutAnswer() {
        if (!exchange.response().isStarted()) {
            exchange.ending()
                    .status(
                            ClientContent.isLacking(exchange)
                                    ? StatusCodes.BAD_REQUEST
                                    : ErrorPages.CLIENT_CLOSED_REQUEST);
        }
    }

    @Override
    public void exchangeEvent(HttpServerExchange http, NextListener next) {
        try {
            if (onEnd != null) {
                onEnd.run();
            }
            boolean isOpen = http.getConnection().isOpen();
            if (!isOpen || Upgrade.of(exchange) == null) {
                isComplete = isOpen;
                ClientContent content = exchange.contentIfAny();
                if (content == null || !content.putsOffEnd()) {
                    end();
                }
            }
            exchange.response().freeLines();
        } finally {
            next.proceed();
        }
    }

    /** The upgraded connection is closed. */
    void tunnelEnded() {
        isComplete = exchange.ending().interrupted() == null;
        end();
    }

    /** Whether the exchange has ended. */
    boolean isOver() {
        return isOver;
    }

    /** The exchange is over: it is written down. */
    void end() {
        isOver = true;
        free();
        if (exchange.isSubrequest()) {
            return;
        }
        if (isComplete) {
            exchange.ending().complete();
        } else if (exchange.ending().interrupted() == null) {
            // who writes to a connection may find it gone, which ends the exchange under its feet
            exchange.ending().interrupt(Why.CLIENT_LEFT);
            leftWithoutAnswer();
        }
        try {
            for (AccessLog log : exchange.location().accessLogs()) {
                log.log(exchange);
            }
            if (Recorder.wants(exchange)) {
                exchange.configuration().recorder().finished(exchange);
            }
        } catch (RuntimeException e) {
            exchange.log(ErrorLog.Level.CRIT, "internal error: " + e);
        } finally {
            exchange.client().requestEnded(exchange.location().core().keepaliveTimeout());
        }
    }
}
