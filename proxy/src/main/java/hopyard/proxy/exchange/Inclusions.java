package hopyard.proxy.exchange;

import hopyard.proxy.io.ErrorLog;
import io.undertow.server.ConduitWrapper;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.ConduitFactory;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.xnio.conduits.StreamSinkConduit;

/**
 * The subrequests of a request whose contents become part of its own: nginx's postpone filter. They run at the same
 * time. Their contents, and what the request itself puts out between them, are sent in the order in which they began.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#http_subrequests">nginx: Subrequests</a>
 */
public final class Inclusions implements ConduitWrapper<StreamSinkConduit> {

    /** How deep subrequests may be nested, as in nginx. */
    private static final int MAX_DEPTH = 50;

    /** How many subrequests of a client's request may run at the same time. Each may also run when its turn comes. */
    private static final int MAX_AT_ONCE = 32;

    /** How many subrequests a client's request may make in all: nginx's number, which counts those at the same time. */
    private static final int MAX_IN_ALL = 64_535;

    private static final ExchangeKey<Inclusions> KEY = new ExchangeKey<>();

    /** The sink of a subrequest that is included. */
    private static final ExchangeKey<IncludedSink> SINK = new ExchangeKey<>();

    /** Marks a subrequest whose content is kept in memory. */
    private static final ExchangeKey<Boolean> COLLECTED = new ExchangeKey<>();

    /** What is counted for an exchange that is no inclusion itself, at whatever depth. */
    private static final ExchangeKey<Counts> COUNTS = new ExchangeKey<>();

    private static final class Counts {
        private int running;
        private int all;
    }

    /** Why a subrequest ended early, if that ends its request, too. Failures of upstreams do not. */
    private static final Set<Why> FATAL =
            Set.of(Why.CLIENT_LEFT, Why.CLIENT_TIMEOUT, Why.CLOSED, Why.INTERNAL_ERROR, Why.NO_MEMORY);

    /** A subrequest is not started. The reason has been logged, in nginx's words. */
    public static final class Refused extends Exception {

        private static final long serialVersionUID = 1;

        private Refused() {
            super(null, null, false, false);
        }
    }

    private final Exchange exchange;
    private Runnable before;
    private final List<BooleanSupplier> after = new ArrayList<>(1);
    private final Set<Exchange> underWay = new LinkedHashSet<>();
    private int collecting;
    private PostponeConduit conduit;

    private Inclusions(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Returns those of an exchange. They are made, and put into the way of the content, when a filter first asks for
     * them while the header is prepared.
     */
    public static Inclusions of(Exchange exchange) {
        Inclusions its = exchange.get(KEY);
        if (its != null) {
            return its;
        }
        if (exchange.response().filterAt(FilterPlace.SUBREQUESTS) instanceof Inclusions prepared) {
            return prepared;
        }
        its = new Inclusions(exchange);
        exchange.response().filter(FilterPlace.SUBREQUESTS, its);
        return its;
    }

    @Override
    public StreamSinkConduit wrap(ConduitFactory<StreamSinkConduit> factory, HttpServerExchange http) {
        conduit = new PostponeConduit(factory.create(), http, exchange, exchange.get(SINK), before, after);
        exchange.put(KEY, this);
        exchange.response().holdBackWhile(this::isWaiting);
        exchange.lifetime().onEnd(() -> {
            conduit.close();
            List.copyOf(underWay).forEach(each -> each.lifetime().cancel());
        });
        return conduit;
    }

    private boolean isWaiting() {
        return collecting > 0 || conduit.isWaiting();
    }

    /** Returns the exchange whose response a subrequest is a part of; an exchange that is none is its own. */
    public static Exchange root(Exchange exchange) {
        Exchange each = exchange;
        while (each.get(SINK) != null || each.get(COLLECTED) != null) {
            each = each.outer();
        }
        return each;
    }

    private Counts counts() {
        Exchange root = root(exchange);
        Counts its = root.get(COUNTS);
        if (its == null) {
            its = new Counts();
            root.put(COUNTS, its);
        }
        return its;
    }

    // ---- what a filter can ask for

    /** Has {@code start} run before the first of the content, to include what comes before it. */
    public void before(Runnable start) {
        before = start;
    }

    /**
     * Has {@code start} run when the content has ended, to include what comes behind it. It runs again when that is
     * over, as long as it returns true.
     */
    public void after(BooleanSupplier start) {
        after.add(start);
    }

    /** Whether another subrequest can be queued. If not, {@code goOn} runs when one can. */
    public boolean hasRoom(Runnable goOn) {
        return conduit.hasRoom(goOn);
    }

    /**
     * Includes the content of a subrequest behind all that has been put out so far.
     *
     * @param prepare gets the subrequest before it starts
     * @param onEnd gets the subrequest when it is over, and whether it had content
     * @throws Refused if subrequests are nested too deep, or there are too many of them, or the content of this request
     *     itself is kept in memory
     */
    public void include(String uri, String args, Consumer<Exchange> prepare, BiConsumer<Exchange, Boolean> onEnd)
            throws Refused {
        check(uri);
        IncludedSink sink = new IncludedSink(conduit);
        queue(sink, Subrequest.make(exchange, uri, args, false, sink), prepare, onEnd);
    }

    /** Includes the content of a response to the same request, in the same location. */
    public void includeAgain(Consumer<Exchange> prepare, BiConsumer<Exchange, Boolean> onEnd) {
        IncludedSink sink = new IncludedSink(conduit);
        queue(sink, Subrequest.makeAgain(exchange, sink), prepare, onEnd);
    }

    private void queue(
            IncludedSink sink, Exchange made, Consumer<Exchange> prepare, BiConsumer<Exchange, Boolean> onEnd) {
        made.put(SINK, sink);
        made.response().holdBackWhile(() -> !sink.hasTurn());
        conduit.queue(sink);
        sink.startBy(() -> start(made, prepare, ended -> {
            sink.over();
            onEnd.accept(ended, sink.hasContent());
            exchange.ioThread().execute(conduit::goOn);
        }));
        if (counts().running < MAX_AT_ONCE || sink.hasTurn()) {
            sink.start();
        }
    }

    /** Puts bytes in the place of a subrequest that had no content. To be called when it is over. */
    public void putInstead(Exchange subrequest, byte[] content) {
        conduit.replace(subrequest.get(SINK), content);
    }

    /**
     * Keeps the content of a subrequest in memory. If it is too long, the request is ended.
     *
     * @param onEnd gets the subrequest and its content when it is over
     * @throws Refused see {@link #include}
     */
    public void collect(String uri, String args, BiConsumer<Exchange, byte[]> onEnd) throws Refused {
        check(uri);
        Exchange[] made = new Exchange[1];
        CollectingSink sink = new CollectingSink(() -> limit(made[0]), () -> tooMuch(made[0]));
        made[0] = Subrequest.make(exchange, uri, args, false, sink);
        made[0].put(COLLECTED, true);
        collecting++;
        start(made[0], each -> {}, ended -> {
            collecting--;
            onEnd.accept(ended, sink.content());
        });
    }

    /** Returns how much of the content is kept: its length as the header has it, up to the configured size. */
    private static long limit(Exchange subrequest) {
        long most = subrequest.core().subrequestOutputBufferSize();
        long length = length(subrequest);
        return length < 0 ? most : length > most ? 0 : length;
    }

    private static long length(Exchange subrequest) {
        String length = subrequest.response().field(Headers.CONTENT_LENGTH);
        return length == null ? -1 : Long.parseLong(length);
    }

    private void tooMuch(Exchange subrequest) {
        long length = length(subrequest);
        boolean isSaid = length > subrequest.core().subrequestOutputBufferSize();
        subrequest.log(ErrorLog.Level.ERROR, "too big subrequest response" + (isSaid ? ": " + length : ""));
        root(exchange).lifetime().abort();
    }

    private void check(String uri) throws Refused {
        int depth = 0;
        for (Exchange each = exchange; each.outer() != null; each = each.outer()) {
            depth++;
        }
        if (depth > MAX_DEPTH) {
            exchange.log(ErrorLog.Level.ERROR, "subrequests cycle while processing \"" + uri + "\"");
            throw new Refused();
        }
        if (++counts().all > MAX_IN_ALL) {
            exchange.log(ErrorLog.Level.CRIT, "request reference counter overflow while processing \"" + uri + "\"");
            throw new Refused();
        }
        if (exchange.get(COLLECTED) != null) {
            exchange.log(ErrorLog.Level.ERROR, "nested in-memory subrequest \"" + uri + "\"");
            throw new Refused();
        }
    }

    // ---- their lives

    private void start(Exchange made, Consumer<Exchange> prepare, Consumer<Exchange> onEnd) {
        Counts counts = counts();
        counts.running++;
        underWay.add(made);
        if (!exchange.isSubrequest()
                && exchange.isRequestComplete()
                && exchange.ending().answeredBy() != Who.APP) {
            // whoever forwards the request watches the client already
            exchange.lifetime().watchClient(exchange.lifetime()::clientClosed);
        }
        exchange.ioThread().execute(() -> {
            if (conduit.isClosed()) {
                counts.running--;
                return;
            }
            Subrequest.start(made, prepare, ended -> {
                counts.running--;
                ended(ended, onEnd);
            });
        });
    }

    private void ended(Exchange subrequest, Consumer<Exchange> onEnd) {
        underWay.remove(subrequest);
        Why why = subrequest.ending().interrupted();
        if (conduit.isClosed()) {
            return;
        }
        if (why != null && FATAL.contains(why)) {
            root(exchange).ending().interrupt(why);
            root(exchange).lifetime().abort();
        } else {
            onEnd.accept(subrequest);
        }
    }
}
