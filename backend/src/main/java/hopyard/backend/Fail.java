package hopyard.backend;

import hopyard.http.server.HttpConnection;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.util.AttachmentKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.xnio.IoUtils;
import org.xnio.Options;

/** Endpoints that fail below HTTP, to see how a proxy handles that. */
final class Fail {

    private static final String GARBAGE = "HTTP/1.1 200 OK\r\nX-Garbage: \0\1\2\r\n\r\n";
    private static final String TRUNCATED = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this much";

    private static final long HANG_MILLIS = 600_000;

    /** Marks a connection that is to be closed when its next request comes. */
    private static final AttachmentKey<Boolean> CLOSES_NEXT = AttachmentKey.create(Boolean.class);

    /**
     * Returns a handler that closes a marked connection, like an app whose idle connections end just when a request
     * arrives.
     */
    static HttpHandler first(HttpHandler next) {
        return exchange -> {
            if (exchange.getConnection().getAttachment(CLOSES_NEXT) != null) {
                IoUtils.safeClose(exchange.getConnection());
            } else {
                next.handleRequest(exchange);
            }
        };
    }

    void addTo(RoutingHandler routes) {
        routes.get("/fail/next", exchange -> {
            exchange.getConnection().putAttachment(CLOSES_NEXT, true);
            Respond.text(exchange, 200, "This connection is kept, and is closed when the next request on it comes.\n");
        });
        routes.get("/fail/reset", exchange -> {
            // closing with SO_LINGER 0 sends RST instead of FIN
            exchange.getConnection().setOption(Options.CLOSE_ABORT, true);
            IoUtils.safeClose(exchange.getConnection());
        });
        routes.get("/fail/close", exchange -> IoUtils.safeClose(exchange.getConnection()));
        routes.get("/fail/garbage", exchange -> sendAndClose(exchange, GARBAGE));
        routes.get("/fail/truncate", exchange -> sendAndClose(exchange, TRUNCATED));
        // a silent app: nothing comes, until the other side gives up or ten minutes have passed
        routes.get(
                "/fail/hang",
                exchange -> Waiting.after(exchange, HANG_MILLIS, () -> IoUtils.safeClose(exchange.getConnection())));
    }

    private static void sendAndClose(HttpServerExchange exchange, String raw) throws IOException {
        HttpConnection connection = (HttpConnection) exchange.getConnection();
        connection.getOriginalSinkConduit().write(ByteBuffer.wrap(raw.getBytes(StandardCharsets.ISO_8859_1)));
        IoUtils.safeClose(connection);
    }
}
