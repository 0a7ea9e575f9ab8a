package hopyard.proxy.record;

import hopyard.proxy.http.Messages;
import java.util.List;

/**
 * What was kept of an exchange's contents, without secrets.
 *
 * @param messageCount how many messages a WebSocket or an event stream has carried
 * @param messages the first of them; {@code null} if it was neither
 */
public record KeptContents(Body request, Body response, long messageCount, List<Messages.Message> messages) {}
