package hopyard.proxy.record;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.LocationSource;
import hopyard.proxy.http.UpstreamTry;
import hopyard.trace.Durations;
import io.undertow.util.HeaderMap;
import java.util.List;

/**
 * A finished exchange as it is kept: credentials are already taken out, everything else is as it was on the wire.
 *
 * @param id counts the exchanges, from 1
 * @param requestId {@code $request_id}
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
 * @param attempts what was tried upstream; each holds the two heads as bytes
 * @param proxyError why the proxy itself failed it, or {@code null}
 * @param started when the request head had been read, on the scale of {@link System#nanoTime()}
 * @param responded when the response head was ready; 0 if it never was
 * @param ended when the last byte had been written
 * @param bytesSent content bytes sent to the client
 * @param bytesReceived content bytes that the request announced; negative if it did not say
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
        List<UpstreamTry> attempts,
        String proxyError,
        long started,
        long responded,
        long ended,
        long bytesSent,
        long bytesReceived) {

    static ExchangeRecord of(long id, Exchange exchange, long now) {
        for (UpstreamTry attempt : exchange.tries()) {
            attempt.sentHead(Redaction.head(attempt.sentHead()));
            attempt.receivedHead(Redaction.head(attempt.receivedHead()));
        }
        return new ExchangeRecord(
                id,
                exchange.requestId(),
                System.currentTimeMillis(),
                exchange.method(),
                Redaction.url(exchange.requestUri()),
                exchange.protocol(),
                exchange.host(),
                exchange.status(),
                exchange.client().from(),
                exchange.client().at(),
                exchange.client().serial(),
                exchange.client().requests(),
                exchange.server().name(),
                exchange.server().level().directive(),
                exchange.location().source(),
                Redaction.fields(exchange.http().getRequestHeaders()),
                Redaction.fields(exchange.http().getResponseHeaders()),
                exchange.tries(),
                exchange.proxyError(),
                exchange.startNanos(),
                exchange.respondedNanos(),
                now,
                exchange.bodyBytesSent(),
                exchange.http().getRequestContentLength());
    }

    /** The attempt that counted; {@code null} if no upstream was asked. */
    public UpstreamTry lastTry() {
        return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }

    /** From the request's head to the last byte of the response. */
    public double totalMillis() {
        return Durations.millisBetween(started, ended);
    }

    /** Reading the request's content before anything was sent upstream, and choosing where to send it. */
    public double receiveMillis() {
        return attempts.isEmpty()
                ? 0
                : Durations.millisBetween(started, attempts.get(0).startedAt());
    }

    /** Attempts that failed before the one that counted. */
    public double retryMillis() {
        return attempts.isEmpty()
                ? 0
                : Durations.millisBetween(attempts.get(0).startedAt(), lastTry().startedAt());
    }

    /** Connecting to the upstream; 0 on a connection that was there already. */
    public double connectMillis() {
        UpstreamTry last = lastTry();
        return last == null ? 0 : Math.max(0, last.connectNanos()) / 1e6;
    }

    /** Sending the request upstream and waiting for the response's head. */
    public double waitMillis() {
        UpstreamTry last = lastTry();
        return last == null || last.headerNanos() < 0
                ? 0
                : (last.headerNanos() - Math.max(0, last.connectNanos())) / 1e6;
    }

    /** What is left: passing the response on, or making it. */
    public double sendMillis() {
        return Math.max(0, totalMillis() - receiveMillis() - retryMillis() - connectMillis() - waitMillis());
    }

    /** The memory that the record takes, roughly: what its messages hold. */
    long weight() {
        long weight = 600 + target.length() + weight(fromClient) + weight(toClient);
        for (UpstreamTry attempt : attempts) {
            weight += 150 + length(attempt.sentHead()) + length(attempt.receivedHead());
        }
        return weight;
    }

    private static long length(byte[] head) {
        return head == null ? 0 : head.length;
    }

    private static long weight(HeaderMap fields) {
        long weight = 200;
        for (long i = fields.fastIterateNonEmpty(); i != -1L; i = fields.fiNextNonEmpty(i)) {
            var values = fields.fiCurrent(i);
            for (int v = 0; v < values.size(); v++) {
                weight += 130 + values.get(v).length();
            }
        }
        return weight;
    }
}
