package hopyard.proxy.exchange;

import hopyard.proxy.server.ClientConnection;

/**
 * A request under way, as it was at one moment.
 *
 * @param connection the serial number of its connection
 * @param request the number of the request on the connection
 * @param target the request target as it was received
 * @param from the client's end of the connection
 * @param nanos the time since the first byte of the request arrived
 * @param stage the current stage: what the request waits for
 * @param stageNanos the time since the current stage began
 * @param upstream the upstream server that was asked last; {@code null} for none
 * @param status the status code that was sent to the client; 0 if the response has not begun
 * @param bytesSent content bytes sent to the client
 * @param keepsContent whether its contents are kept
 * @param messages how many messages the WebSocket or the event stream has carried; -1 if it is not known to be either,
 *     or contents are not kept
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

    /**
     * Returns an exchange as it is now; {@code null} if it is not to be recorded, or has ended. Called on the
     * exchange's I/O thread.
     */
    static Pending of(Exchange exchange, long now) {
        if (exchange.lifetime().isOver() || !Recorder.wants(exchange)) {
            return null;
        }
        ClientConnection client = exchange.client();
        Clock clock = exchange.clock();
        UpstreamTry last = exchange.upstream().last();
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
                last == null ? null : last.server(),
                exchange.response().isStarted() ? exchange.status() : 0,
                MessageSizes.contentSent(exchange),
                exchange.handlers().keptContent() > 0,
                messages == null ? -1 : messages.count());
    }
}
