package hopyard.proxy.http;

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
        long messages) {}
