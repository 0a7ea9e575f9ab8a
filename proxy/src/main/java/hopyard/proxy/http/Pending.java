package hopyard.proxy.http;

import java.util.List;

/**
 * A request under way, as it was at one moment.
 *
 * @param connection the serial number of its connection
 * @param request its number on it
 * @param target as it was received
 * @param from the client's end of the connection
 * @param nanos since the first byte of the request was there
 * @param stage whom it waits for
 * @param stageNanos since when it does
 * @param upstream the server that was asked last; {@code null} for none
 * @param status what the client has been told; 0 if the response has not begun
 * @param bytesSent content bytes sent to the client
 * @param keepsContent whether what it carries is kept
 * @param messages how many messages of a WebSocket or an event stream it has carried, as far as contents are kept; -1 if it is
 *     neither, as far as that is known
 */
public record Pending(
        long connection,
        long request,
        String method,
        String target,
        String host,
        String from,
        long nanos,
        Stage stage,
        long stageNanos,
        String upstream,
        int status,
        long bytesSent,
        boolean keepsContent,
        long messages) {

    /** How an exchange is now; {@code null} if that is nobody's business, or it has ended. Called on its I/O thread. */
    static Pending of(Exchange exchange, long now) {
        if (exchange.lifetime().isOver() || !Recorder.wants(exchange)) {
            return null;
        }
        ClientConnection client = exchange.client();
        Clock clock = exchange.clock();
        List<UpstreamTry> tries = exchange.upstream().tries();
        Messages messages = Capture.messagesOf(exchange);
        return new Pending(
                client.serial(),
                client.requests(),
                exchange.receivedMethod(),
                exchange.requestUri(),
                exchange.host(),
                client.from(),
                now - clock.begun(),
                clock.stage(),
                now - clock.since(),
                tries.isEmpty() ? null : tries.get(tries.size() - 1).server(),
                exchange.response().isStarted() ? exchange.status() : 0,
                MessageSizes.contentSent(exchange),
                exchange.location().keptContent() > 0,
                messages == null ? -1 : messages.count());
    }
}
