package hopyard.proxy.record;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.http.LocationSource;
import io.undertow.util.HeaderMap;
import java.util.List;

/**
 * A finished exchange as it was kept: without credentials, and otherwise as it was on the wire.
 *
 * @param id counts the exchanges, from 1
 * @param requestId {@code $request_id}; empty if nobody asked for one
 * @param endedAt when it ended, in milliseconds since 1970
 * @param target the request target as it was received
 * @param from the client's end of its connection
 * @param at this server's end of it
 * @param connection the connection's serial number
 * @param request the number of the request on it
 * @param serverName the first name of the virtual server
 * @param server its block
 * @param fromClient the fields that arrived
 * @param toClient the fields that were sent back
 * @param attempts what was tried upstream
 * @param proxyError why the proxy itself failed it, or {@code null}
 * @param started when the request head had been read, on the scale of {@link System#nanoTime()}
 * @param ended when the last byte had been written
 * @param bytesSent content bytes sent to the client
 * @param bytesReceived content bytes that the request announced; negative if it did not say
 * @param isCut whether something has been left out because there was too much of it
 */
public record ExchangeRecord(
        long id,
        String requestId,
        long endedAt,
        String method,
        String target,
        String protocol,
        String host,
        int status,
        String from,
        String at,
        long connection,
        long request,
        String serverName,
        Directive server,
        LocationSource location,
        HeaderMap fromClient,
        HeaderMap toClient,
        List<Attempt> attempts,
        String proxyError,
        long started,
        long ended,
        long bytesSent,
        long bytesReceived,
        boolean isCut) {

    /** The attempt that counted; {@code null} if no upstream was asked. */
    public Attempt lastTry() {
        return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }

    /** From the request's head to the last byte of the response. */
    public double totalMillis() {
        return (ended - started) / 1e6;
    }

    public Phases phases() {
        Attempt last = lastTry();
        return last == null
                ? Phases.alone(ended - started)
                : Phases.of(
                        started,
                        ended,
                        attempts.get(0).startedAt(),
                        last.startedAt(),
                        last.connectNanos(),
                        last.headerNanos());
    }
}
