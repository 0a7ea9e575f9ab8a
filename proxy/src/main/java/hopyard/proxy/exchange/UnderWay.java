package hopyard.proxy.exchange;

import java.util.List;

/**
 * A request under way, with the messages that it has carried.
 *
 * @param messages the messages that are kept, without the first ones that the caller knows
 */
public record UnderWay(Pending pending, List<Messages.Message> messages) {

    /**
     * Returns an exchange as it is now; {@code null} if it is not to be recorded, or has ended. Called on the
     * exchange's I/O thread.
     *
     * @param request the number of the request on the connection; if another one is under way, {@code null} is returned
     * @param after how many of the kept messages to leave out
     */
    static UnderWay of(Exchange exchange, long now, long request, int after) {
        Pending pending = exchange.client().requests() == request ? Pending.of(exchange, now) : null;
        if (pending == null) {
            return null;
        }
        Messages messages = Capture.messagesOf(exchange);
        return new UnderWay(pending, messages == null ? List.of() : messages.kept(after));
    }
}
