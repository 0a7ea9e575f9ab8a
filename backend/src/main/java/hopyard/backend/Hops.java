package hopyard.backend;

import hopyard.trace.Addresses;
import hopyard.trace.Durations;
import hopyard.trace.Hop;
import hopyard.trace.HopDatabase;
import hopyard.trace.HopTrace;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.ServerConnection;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Reads which hops a request has passed, and adds this hop to the response. */
final class Hops implements HttpHandler {

    private static final AttachmentKey<Hop> SELF = AttachmentKey.create(Hop.class);
    /** What the database did for the request, as a member of Hop-Trace; nothing if it was not asked. */
    static final AttachmentKey<Hop> DATABASE = AttachmentKey.create(Hop.class);

    private static final HttpString HOP_TRACE = new HttpString(HopTrace.NAME);
    private static final HttpString SERVER_TIMING = new HttpString("Server-Timing");

    private final String name;
    private final HttpHandler next;

    Hops(Settings settings, HttpHandler next) {
        this.name = settings.hopName();
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        long start = System.nanoTime();
        ServerConnection channel = exchange.getConnection();
        Client client = Client.of(exchange);
        Hop self = Hop.received(
                name,
                Addresses.text(channel.getPeerAddress(InetSocketAddress.class)),
                Addresses.text(channel.getLocalAddress(InetSocketAddress.class)),
                client.serial,
                client.requests);
        exchange.putAttachment(SELF, self);
        exchange.addResponseCommitListener(committed -> {
            double dur = Durations.millisBetween(start, System.nanoTime());
            Hop answered = self.answered(committed.getStatusCode(), dur);
            Hop database = committed.getAttachment(DATABASE);
            committed
                    .getResponseHeaders()
                    .put(
                            HOP_TRACE,
                            HopTrace.format(database == null ? List.of(answered) : List.of(answered, database)));
            StringBuilder timing = new StringBuilder(name).append(";dur=");
            Durations.appendMillis(timing, dur);
            if (database != null) {
                appendTiming(timing, database);
            }
            committed.getResponseHeaders().put(SERVER_TIMING, timing.toString());
        });
        next.handleRequest(exchange);
    }

    /** Writes the database's metric: how long its connection was out, or without one, how long it was waited for. */
    private static void appendTiming(StringBuilder out, Hop database) {
        HopDatabase done = database.database();
        out.append(", db;dur=");
        Durations.appendMillis(out, database.dur() < 0 ? done.poolWait() : database.dur());
        out.append(";desc=\"");
        if (done.queries() >= 0) {
            out.append(done.queries()).append(done.queries() == 1 ? " query, " : " queries, ");
            out.append(done.rows()).append(done.rows() == 1 ? " row" : " rows");
        }
        if (done.error() != null) {
            out.append(done.queries() >= 0 ? ", " : "").append(done.error());
        }
        out.append('"');
    }

    /** Returns this hop, which is known without any header. */
    static Hop self(HttpServerExchange exchange) {
        return exchange.getAttachment(SELF);
    }

    /** Returns the request's path: the hops that its Hop-Trace field names, then this one. */
    static List<Hop> path(HttpServerExchange exchange) {
        List<Hop> path = new ArrayList<>();
        HeaderValues header = exchange.getRequestHeaders().get(HOP_TRACE);
        if (header != null) {
            HopTrace.parse(String.join(", ", header)).ifPresent(path::addAll);
        }
        path.add(self(exchange));
        return path;
    }
}
