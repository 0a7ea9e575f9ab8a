package hopyard.backend;

import hopyard.backend.Respond.BadRequest;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Endpoints that stay: server-sent events and a WebSocket that echoes. */
final class Live {

    private Live() {}

    static void addTo(RoutingHandler routes) {
        routes.get("/sse", Respond.refusing(Live::events));
        routes.get("/ws", exchange -> {
            if (exchange.getRequestHeaders().contains(Headers.UPGRADE)) {
                WebSocketEcho.upgrade(exchange);
                return;
            }
            // RFC 9110 §15.5.22
            exchange.getResponseHeaders().put(Headers.UPGRADE, "websocket");
            Respond.text(exchange, 426, "No \"Upgrade: websocket\" has arrived here. Has a proxy dropped it?\n");
        });
    }

    /** {@code count} events, {@code interval} seconds apart; {@code hint=off} does not ask proxies to pass them on. */
    private static void events(HttpServerExchange exchange) throws BadRequest {
        long count = Respond.integer(exchange, "count", 10, 1, 10_000);
        long interval = Respond.millis(exchange, "interval", 1, 60);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-cache");
        if (!"off".equals(Respond.parameter(exchange, "hint"))) {
            // nginx and servers like it buffer responses unless they are told not to
            exchange.getResponseHeaders().put(new HttpString("X-Accel-Buffering"), "no");
        }
        Paced.send(exchange, Places.EVENT_STREAMS, 0, new Paced.Pieces() {
            private long sent;

            @Override
            public ByteBuffer next() {
                if (sent == count) {
                    return null;
                }
                String event = "id: " + ++sent + "\ndata: event " + sent + " of " + count + "\n\n";
                return ByteBuffer.wrap(event.getBytes(StandardCharsets.US_ASCII));
            }

            @Override
            public long pauseMillis() {
                return sent == 0 || sent == count ? 0 : interval;
            }
        });
    }
}
