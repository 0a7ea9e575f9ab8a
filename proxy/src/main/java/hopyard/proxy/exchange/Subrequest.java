package hopyard.proxy.exchange;

import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Methods;
import io.undertow.util.SameThreadExecutor;
import java.util.function.Consumer;

/**
 * A request that the server makes itself, for a client's request. Its own URI leads to its location. It shares the
 * header and the variables of the client's request. Nobody gets its response, unless it is one of the
 * {@link Inclusions}.
 *
 * @see <a href="https://nginx.org/en/docs/dev/development_guide.html#http_subrequests">nginx: Subrequests</a>
 */
public final class Subrequest {

    private Subrequest() {}

    /**
     * Starts a subrequest.
     *
     * @param keepsMethod whether its method is the client's, and not GET
     * @param prepare gets the subrequest before it starts
     * @param onEnd gets the subrequest when it is over, with its status and response header; runs on the I/O thread
     */
    public static void start(
            Exchange outer,
            String uri,
            String args,
            boolean keepsMethod,
            Consumer<Exchange> prepare,
            Consumer<Exchange> onEnd) {
        start(make(outer, uri, args, keepsMethod, new SubrequestSink()), prepare, onEnd);
    }

    /** Rehearses a subrequest for a rehearsed request. Its {@link Exchange#trail()} tells the result. */
    public static Exchange rehearse(Exchange outer, String uri, String args, boolean keepsMethod) {
        Exchange exchange = make(outer, uri, args, keepsMethod, new SubrequestSink());
        exchange.lifetime().rehearse(null);
        return exchange;
    }

    /** Makes the response of the outer request once more, in the same location. */
    public static void again(Exchange outer, Consumer<Exchange> prepare, Consumer<Exchange> onEnd) {
        start(makeAgain(outer, new SubrequestSink()), prepare, onEnd);
    }

    /** Makes a subrequest for the same response in the same location. {@link #start} starts it. */
    static Exchange makeAgain(Exchange outer, SubrequestSink sink) {
        Exchange exchange = make(outer, outer.uri(), outer.args(), true, sink);
        exchange.phases().startAt(outer.phases());
        return exchange;
    }

    /** Starts a subrequest in a named location. Returns false if there is none of that name. */
    static boolean inNamed(Exchange outer, String name, Consumer<Exchange> onEnd) {
        Exchange exchange = make(outer, outer.uri(), outer.args(), true, new SubrequestSink());
        boolean isThere = exchange.phases().startAtNamed(name);
        if (isThere) {
            start(exchange, each -> {}, onEnd);
        }
        return isThere;
    }

    /**
     * Makes a subrequest. {@link #start} starts it.
     *
     * @param sink takes the content of the response
     */
    static Exchange make(Exchange outer, String uri, String args, boolean keepsMethod, SubrequestSink sink) {
        HttpServerExchange from = outer.http();
        DiscardingConnection connection = new DiscardingConnection(from.getConnection(), sink);
        HeaderMap header = new HeaderMap();
        for (HeaderValues field : from.getRequestHeaders()) {
            header.putAll(field.getHeaderName(), field);
        }
        HttpServerExchange http = new HttpServerExchange(connection, header, new HeaderMap(), -1);
        connection.carry(http);
        http.setRequestMethod(keepsMethod ? from.getRequestMethod() : Methods.GET);
        http.setProtocol(from.getProtocol());
        http.setRequestScheme(from.getRequestScheme());
        http.setPersistent(false);
        http.setRequestURI(from.getRequestURI());
        http.setQueryString(from.getQueryString());
        Connectors.terminateRequest(http);
        return new Exchange(http, outer, uri, args);
    }

    static void start(Exchange exchange, Consumer<Exchange> prepare, Consumer<Exchange> onEnd) {
        prepare.accept(exchange);
        exchange.lifetime().onEnd(() -> onEnd.accept(exchange));
        Connectors.executeRootHandler(
                each -> each.dispatch(SameThreadExecutor.INSTANCE, (Runnable) exchange.lifetime()::begin),
                exchange.http());
    }
}
