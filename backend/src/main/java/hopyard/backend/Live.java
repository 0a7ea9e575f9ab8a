package hopyard.backend;

import hopyard.backend.Respond.BadRequest;
import io.undertow.Handlers;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.RoutingHandler;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.websockets.WebSocketConnectionCallback;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Endpoints that stay: server-sent events and a WebSocket that echoes. */
final class Live {

    /** A message is held until all of it is there; one that is longer ends the connection with code 1009. */
    private static final long LONGEST_MESSAGE = 1 << 20;

    void addTo(RoutingHandler routes) {
        routes.get("/sse", new BlockingHandler(Respond.refusing(Live::events)));
        HttpHandler webSocket = Handlers.websocket(echo());
        routes.get("/ws", exchange -> {
            if (exchange.getRequestHeaders().contains(Headers.UPGRADE)) {
                webSocket.handleRequest(exchange);
                return;
            }
            // RFC 9110 §15.5.22
            exchange.getResponseHeaders().put(Headers.UPGRADE, "websocket");
            Respond.text(exchange, 426, "No \"Upgrade: websocket\" has arrived here. Has a proxy dropped it?\n");
        });
    }

    /** {@code count} events, {@code interval} seconds apart; {@code hint=off} does not ask proxies to pass them on. */
    private static void events(HttpServerExchange exchange) throws BadRequest, IOException, InterruptedException {
        long count = Respond.integer(exchange, "count", 10, 1, 10_000);
        long interval = Respond.millis(exchange, "interval", 1, 60);
        exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/event-stream");
        exchange.getResponseHeaders().put(Headers.CACHE_CONTROL, "no-cache");
        if (!"off".equals(Respond.parameter(exchange, "hint"))) {
            // nginx and its kin gather responses unless they are told not to
            exchange.getResponseHeaders().put(new HttpString("X-Accel-Buffering"), "no");
        }
        if (Respond.isHead(exchange)) {
            return;
        }
        try (OutputStream out = exchange.getOutputStream()) {
            for (long i = 1; i <= count; i++) {
                out.write(("id: " + i + "\ndata: event " + i + " of " + count + "\n\n")
                        .getBytes(StandardCharsets.US_ASCII));
                out.flush();
                if (i < count) {
                    Thread.sleep(interval);
                }
            }
        }
    }

    private static WebSocketConnectionCallback echo() {
        return (exchange, channel) -> {
            channel.getReceiveSetter().set(new AbstractReceiveListener() {
                @Override
                protected long getMaxTextBufferSize() {
                    return LONGEST_MESSAGE;
                }

                @Override
                protected long getMaxBinaryBufferSize() {
                    return LONGEST_MESSAGE;
                }

                @Override
                protected void onFullTextMessage(WebSocketChannel from, BufferedTextMessage message) {
                    WebSockets.sendText(message.getData(), from, null);
                }

                @Override
                protected void onFullBinaryMessage(WebSocketChannel from, BufferedBinaryMessage message) {
                    try (var data = message.getData()) {
                        WebSockets.sendBinary(WebSockets.mergeBuffers(data.getResource()), from, null);
                    }
                }
            });
            channel.resumeReceives();
        };
    }
}
