package hopyard.proxy.exchange;

import hopyard.http.http2.ErrorCode;
import hopyard.http.server.http2.Http2Stream;
import hopyard.memory.HeldMemory;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.ClientConnection;
import hopyard.proxy.server.Serving;
import hopyard.proxy.server.VirtualServers;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.util.function.Consumer;
import org.xnio.IoUtils;

/**
 * The life of an exchange: its beginning, its pauses, its end, and what is due then. Memory that is counted for the
 * exchange counts until its end.
 */
public final class Lifetime implements ExchangeCompletionListener {

    private static final ExchangeKey<ConnectionHold> HOLD = new ExchangeKey<>();

    private final Exchange exchange;
    private Runnable onEnd;
    /** The memory that counts as held for this exchange, in bytes. */
    private long held;

    private boolean isComplete;
    private boolean isOver;
    private boolean becomesTunnel;

    Lifetime(Exchange exchange) {
        this.exchange = exchange;
    }

    // ---- the beginning

    /** Makes the exchange of a client's request, and begins to serve it. */
    public static void begin(HttpServerExchange http, ClientConnection client) {
        Serving serving = client.serving();
        Exchange exchange = new Exchange(http, client, serving.configuration(), null);
        http.addExchangeCompleteListener(exchange.lifetime());
        client.requestStarted(exchange, serving.configuration());
        exchange.lifetime().run(serving.endpoint().servers());
    }

    /** Begins to serve a subrequest, whose server is known already. */
    void begin() {
        exchange.http().addExchangeCompleteListener(this);
        run(null);
    }

    /**
     * Rehearses the request: see {@link Rehearsal}.
     *
     * @param servers the servers at the address; {@code null} for a subrequest
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

    /** Finds the server for the request. Returns whether the request may go on there; if not, it has been answered. */
    private boolean findServer(VirtualServers servers) throws IOException {
        // the search may fail; then the default server answers
        exchange.server(servers.byDefault());
        if (exchange.trail() == null) {
            exchange.server(servers.find(exchange.host(), exchange));
        } else {
            VirtualServers.Choice choice = servers.choose(exchange.host(), exchange);
            exchange.trail().chosen(choice);
            exchange.server(choice.server());
        }
        boolean passes = RequestChecks.pass(exchange);
        exchange.hasOriginalUri(passes);
        return passes;
    }

    /** Goes on with a request that the checks before its phases have held up, and let pass now. */
    public void passes() {
        exchange.hasOriginalUri(true);
        exchange.phases().start();
    }

    // ---- on its way

    /**
     * Pauses the exchange, to wait for something other than the client or an upstream's response. A client that leaves
     * meanwhile ends the exchange, unless a part of its request is still to come.
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

    /** Ends the pause. Returns false if the exchange is over, so that nothing is left to do. */
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
     * Starts to watch the client, whose request must have been read. Does nothing for a subrequest.
     *
     * @param onGone called once if the client closes or resets its connection
     */
    public void watchClient(Runnable onGone) {
        ClientWatch.start(exchange.http(), onGone);
    }

    /** Counts bytes on the heap as held until the exchange is over. Returns false if there is no room for them. */
    public boolean hold(long bytes) {
        if (!HeldMemory.take(bytes)) {
            return false;
        }
        held += bytes;
        return true;
    }

    /** Frees all memory that is counted for the exchange. */
    void free() {
        if (held > 0) {
            HeldMemory.free(held);
            held = 0;
        }
    }

    // ---- the end

    /** Runs {@code cleanUp} when the exchange is over, however it ends. */
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

    /** Closes the client's connection in place of an answer. The status code is for logs only. */
    public void close(int status) {
        exchange.ending().status(status);
        exchange.ending().interrupt(Why.CLOSED);
        abort();
    }

    /** Closes the client's connection, whatever is under way. */
    public void abort() {
        if (exchange.trail() != null) {
            exchange.trail().closes();
            return;
        }
        if (exchange.ending().status() == 0 && !exchange.response().isStarted()) {
            exchange.ending().status(ErrorPages.CLOSE);
        }
        closeConnection();
    }

    /** Closes the client's connection, or its stream of HTTP/2 with the code that nginx has for the reason. */
    private void closeConnection() {
        boolean isMeant = isTimedOut() || exchange.ending().interrupted() == Why.CLOSED;
        if (isMeant && exchange.http().getConnection() instanceof Http2Stream stream) {
            stream.close(ErrorCode.PROTOCOL_ERROR);
        } else {
            IoUtils.safeClose(exchange.http().getConnection());
        }
    }

    /** Ends a subrequest, because the request that it was made for is over. */
    void cancel() {
        IoUtils.safeClose(exchange.http().getConnection());
    }

    /** Ends the exchange: the client has gone before it had the whole response, or is waited for no more. */
    public void clientClosed() {
        exchange.ending().interrupt(Why.CLIENT_LEFT);
        leftWithoutAnswer();
        closeConnection();
    }

    private boolean isTimedOut() {
        return exchange.ending().interrupted() == Why.CLIENT_TIMEOUT;
    }

    /**
     * Sets the logged status if the response has not begun: 408 if the client was too slow, 400 if the request was cut
     * off, else nginx's 499.
     */
    private void leftWithoutAnswer() {
        if (!exchange.response().isStarted()) {
            int unanswered =
                    ClientContent.isLacking(exchange) ? StatusCodes.BAD_REQUEST : ErrorPages.CLIENT_CLOSED_REQUEST;
            exchange.ending().status(isTimedOut() ? StatusCodes.REQUEST_TIME_OUT : unanswered);
        }
    }

    @Override
    public void exchangeEvent(HttpServerExchange http, NextListener next) {
        try {
            if (onEnd != null) {
                onEnd.run();
            }
            boolean isOpen = http.getConnection().isOpen();
            if (!isOpen || !becomesTunnel) {
                isComplete = isOpen;
                ClientContent content = exchange.contentIfAny();
                if (content == null || !content.putsOffEnd()) {
                    end();
                    if (isOpen && !http.isPersistent() && !exchange.isSubrequest() && hasLogs()) {
                        hold().untilLogged(exchange.ioThread());
                    }
                }
            }
            exchange.response().freeLines();
        } finally {
            if (isOver && !exchange.isSubrequest() && exchange.handlers().afterRequest() != null) {
                exchange.handlers().afterRequest().accept(exchange, () -> proceed(next));
            } else {
                proceed(next);
            }
        }
    }

    /**
     * Keeps the client's connection open until the returned task is run, if the connection ends with this exchange:
     * then the client can tell from its end that the work behind its response is done, too, as in nginx.
     */
    public Runnable holdConnection() {
        return hold().take();
    }

    private ConnectionHold hold() {
        ConnectionHold hold = exchange.get(HOLD);
        if (hold == null) {
            hold = new ConnectionHold();
            exchange.put(HOLD, hold);
        }
        return hold;
    }

    /** Lets the connection go on, or end; a connection that ends waits for {@link #holdConnection}. */
    private void proceed(NextListener next) {
        ConnectionHold hold = exchange.http().isPersistent() ? null : exchange.get(HOLD);
        if (hold == null) {
            next.proceed();
        } else {
            // a client that leaves now has all that it asked for
            ClientWatch.stop(exchange.http());
            hold.proceed(next);
        }
    }

    /** Has the exchange go on when the response has been sent, until {@link #tunnelEnded}. */
    void becomesTunnel() {
        becomesTunnel = true;
    }

    /** Ends the exchange when its tunnel is closed. */
    void tunnelEnded() {
        isComplete = exchange.ending().interrupted() == null;
        end();
    }

    /** Whether the exchange has ended. */
    boolean isOver() {
        return isOver;
    }

    /** Ends the exchange: logs and records it. */
    void end() {
        isOver = true;
        free();
        if (exchange.isSubrequest()) {
            if (exchange.core().logSubrequest()) {
                writeLogs();
            }
            return;
        }
        if (isComplete) {
            exchange.ending().complete();
        } else if (exchange.ending().interrupted() == null) {
            // a write may find that the client has gone, which ends the exchange before the writer can say so
            exchange.ending().interrupt(Why.CLIENT_LEFT);
            leftWithoutAnswer();
        }
        try {
            writeLogs();
            if (Recorder.wants(exchange)) {
                Recorder.of(exchange.configuration()).finished(exchange);
            }
        } catch (RuntimeException e) {
            exchange.log(ErrorLog.Level.CRIT, "internal error: " + e);
        } finally {
            CoreSettings core = exchange.core();
            exchange.client().requestEnded(core.keepaliveTimeout(), core.keepaliveMinTimeout());
        }
    }

    private boolean hasLogs() {
        return !exchange.handlers().logs().isEmpty();
    }

    private void writeLogs() {
        for (Consumer<Exchange> log : exchange.handlers().logs()) {
            log.accept(exchange);
        }
    }
}
