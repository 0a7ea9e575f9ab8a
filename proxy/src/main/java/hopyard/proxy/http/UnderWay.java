package hopyard.proxy.http;

import java.util.List;

/**
 * One request under way, with what it has carried so far.
 *
 * @param messages those that are kept, from a number on
 */
public record UnderWay(Pending pending, List<Messages.Message> messages) {

    /**
     * How an exchange is now; {@code null} if that is nobody's business, or it has ended. Called on its I/O thread.
     *
     * @param request its number on its connection; {@code null} is returned where another one is under way
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
