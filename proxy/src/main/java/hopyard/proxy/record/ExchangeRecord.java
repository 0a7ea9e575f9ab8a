package hopyard.proxy.record;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Outcome;
import hopyard.proxy.exchange.TunnelEnd;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.server.LocationSource;
import io.undertow.util.HeaderMap;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * A finished exchange as the log keeps it: without secrets, and otherwise as it was on the wire.
 *
 * @param id a number that grows with each exchange, also when the server is started again
 * @param requestId {@code $request_id}; empty if nobody asked for it
 * @param endedAt when the exchange ended, in milliseconds since 1970
 * @param target the request target as it was received
 * @param from the client's end of its connection
 * @param at this server's end of that connection
 * @param connection the connection's serial number
 * @param request the number of the request on the connection
 * @param stream the number of the stream of HTTP/2 that carried it; 0 if none did
 * @param tls TLS on the client's connection; {@code null} if it was not spoken
 * @param serverName the first name of the virtual server
 * @param server the block of the virtual server
 * @param fromClient the header fields that the client sent
 * @param toClient the header fields that were sent to the client
 * @param authRequest the subrequest of {@code auth_request}; {@code null} if there was none
 * @param attempts the attempts to have an upstream server answer, in order
 * @param outcome how the exchange ended
 * @param who whose response the client got
 * @param why why the client got that response; {@code null} if there is nothing to say
 * @param interrupted why the response is not complete; {@code null} if it is
 * @param cacheStatus {@code $upstream_cache_status}; {@code null} if no cache was asked
 * @param traceId the id of the trace that its spans were exported to, 32 hex digits; {@code null} if none were
 * @param begun when the first byte of the request arrived, on the scale of {@link System#nanoTime()}
 * @param phases how long each stage took
 * @param errorLog the lines of the error log about this exchange
 * @param bytesSent content bytes sent to the client
 * @param bytesReceived content bytes that came from the client and were read
 * @param tunnelEnd how the upgraded connection ended; {@code null} if there was none
 * @param isCut whether something is left out because the record would be too long
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
        long stream,
        TlsUse tls,
        String serverName,
        Directive server,
        LocationSource location,
        HeaderMap fromClient,
        HeaderMap toClient,
        AuthRequest authRequest,
        List<Attempt> attempts,
        Outcome outcome,
        Who who,
        Why why,
        Why interrupted,
        String cacheStatus,
        String traceId,
        long begun,
        StageTimes phases,
        List<String> errorLog,
        long bytesSent,
        long bytesReceived,
        TunnelEnd tunnelEnd,
        boolean isCut) {

    /** The protocol of an exchange on a stream. */
    static final String HTTP_2 = "HTTP/2.0";

    /** The time at 0 of {@link System#nanoTime()}, in microseconds since 1970. */
    private static final long MICROS_AT_ZERO =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - System.nanoTime() / 1000;

    /** The attempt that counted; {@code null} if no upstream was asked. */
    public Attempt lastTry() {
        return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }

    /** Returns the time from the first byte of the request to the end of the exchange, in ms. */
    public double totalMillis() {
        return phases.total() / 1e6;
    }

    /**
     * Returns when the exchange began, in milliseconds since 1970, with microseconds: exchanges that began in the same
     * millisecond keep their order. The clock knows the end to a millisecond. {@link System#nanoTime()} knows it
     * better, but may have stood still while the machine slept.
     */
    public double startedAt() {
        double byEnd = endedAt - totalMillis();
        double byNanos = (MICROS_AT_ZERO + begun / 1000) / 1e3;
        return Math.max(byEnd - 1, Math.min(byEnd + 1, byNanos));
    }

    /**
     * Returns how long the TLS handshake took that came ahead of the request, in nanoseconds; 0 if none did, because
     * there is no TLS, or it is not the first request of its connection.
     */
    public long handshakeNanos() {
        return tls == null || request != 1 ? 0 : Math.max(0, tls.handshakeNanos());
    }

    /** Returns how long an attempt took, in nanoseconds. */
    public long nanosOf(Attempt attempt) {
        long ended = begun + phases.total();
        return attempt.responseNanos() < 0 ? ended - attempt.startedAt() : attempt.responseNanos();
    }

    /** Whether the client was sent the whole response. */
    public boolean isComplete() {
        return interrupted == null;
    }

    /** Returns why the client got this response; {@code null} if it simply is the upstream's whole response. */
    public Why reason() {
        return Why.of(who, why, interrupted);
    }

    /** Returns why the proxy failed the request: an error type of RFC 9209 §2.3, or {@code null} if it did not. */
    public String proxyError() {
        return why == null ? null : why.proxyError();
    }
}
