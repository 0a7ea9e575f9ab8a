package hopyard.proxy.record;

import hopyard.proxy.exchange.Messages;
import java.util.List;

/**
 * The contents of an exchange as they are kept, without secrets.
 *
 * @param messageCount how many messages the WebSocket or the event stream has carried
 * @param messages the first of these messages; {@code null} if the exchange was neither
 */
public record KeptContents(Body request, Body response, long messageCount, List<Messages.Message> messages) {}
