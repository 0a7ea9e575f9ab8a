package hopyard.proxy.record;

import hopyard.proxy.conf.Directive;
import hopyard.proxy.http.LocationSource;
import hopyard.proxy.http.Outcome;
import hopyard.proxy.http.TunnelEnd;
import hopyard.proxy.http.Who;
import hopyard.proxy.http.Why;
import io.undertow.util.HeaderMap;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * A finished exchange as it was kept: without credentials, and otherwise as it was on the wire.
 *
 * @param id counts the exchanges, also over restarts of the server
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
 * @param authRequest the subrequest that was to decide whether the client may; {@code null} if there was none
 * @param attempts what was tried upstream
 * @param outcome how it ended
 * @param who whose response the client got
 * @param why why it got that; {@code null} if there is nothing to say
 * @param interrupted why the response is not complete; {@code null} if it is
 * @param cacheStatus what the cache had to do with it; {@code null} for nothing
 * @param begun when the first byte of the request was there, on the scale of {@link System#nanoTime()}
 * @param phases where the time went
 * @param errorLog what was written to the error log about it
 * @param bytesSent content bytes sent to the client
 * @param bytesReceived content bytes that came from the client and were wanted
 * @param tunnelEnd how an upgraded connection has ended; {@code null} if there was none
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
        AuthRequest authRequest,
        List<Attempt> attempts,
        Outcome outcome,
        Who who,
        Why why,
        Why interrupted,
        String cacheStatus,
        long begun,
        Phases phases,
        List<String> errorLog,
        long bytesSent,
        long bytesReceived,
        TunnelEnd tunnelEnd,
        boolean isCut) {

    /** The time at 0 of {@link System#nanoTime()}, in microseconds since 1970. */
    private static final long MICROS_AT_ZERO =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - System.nanoTime() / 1000;

    /** The attempt that counted; {@code null} if no upstream was asked. */
    public Attempt lastTry() {
        return attempts.isEmpty() ? null : attempts.get(attempts.size() - 1);
    }

    /** From the request's first byte to the last one of the response. */
    public double totalMillis() {
        return phases.total() / 1e6;
    }

    /**
     * When it began, in milliseconds since 1970 with microseconds: what began in one millisecond keeps its order. The end is known
     * by the clock to a millisecond, and by {@link System#nanoTime()} better, which may have stood still while the machine slept.
     */
    public double startedAt() {
        double byEnd = endedAt - totalMillis();
        double byNanos = (MICROS_AT_ZERO + begun / 1000) / 1e3;
        return Math.max(byEnd - 1, Math.min(byEnd + 1, byNanos));
    }

    /** How long an attempt took, in nanoseconds. */
    public long nanosOf(Attempt attempt) {
        long ended = begun + phases.total();
        return attempt.responseNanos() < 0 ? ended - attempt.startedAt() : attempt.responseNanos();
    }

    /** Whether the client was sent the whole response. */
    public boolean isComplete() {
        return interrupted == null;
    }

    /** Why the client got what it got; {@code null} if it simply is the upstream's whole response. */
    public Why reason() {
        return Why.of(who, why, interrupted);
    }

    /** Why the proxy itself failed it: an error type of RFC 9209 §2.3, or {@code null}. */
    public String proxyError() {
        return why == null ? null : why.proxyError();
    }
}
