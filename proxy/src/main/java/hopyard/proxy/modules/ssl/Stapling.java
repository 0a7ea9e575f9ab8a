package hopyard.proxy.modules.ssl;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.tls.OcspRequest;
import hopyard.proxy.tls.OcspResponse;
import hopyard.proxy.tls.Staple;
import hopyard.proxy.upstream.Resolver;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * What is stapled to a server's certificate: the content of a file, or what a responder says. It is asked when a client
 * comes and it is time to; nobody waits for its answer.
 */
final class Stapling {

    /** How often a responder is asked in seconds: an hour after it has answered, as in nginx, */
    private static final long ASKED_AFTER = 3600;

    /** but this long before its answer is too old, and not more often. */
    private static final long MIN_PAUSE = 300;

    /**
     * The responder for a certificate.
     *
     * @param file the certificate's name in the configuration
     * @param address where it was when the configuration was read; {@code null} if a resolver is to be asked
     * @param verifies whether its answers must be signed by the issuer
     */
    record Responder(
            URI url,
            InetAddress address,
            Resolver resolver,
            X509Certificate certificate,
            X509Certificate issuer,
            String file,
            boolean verifies) {

        private CompletableFuture<byte[]> ask(Executor worker) {
            byte[] request = OcspRequest.of(certificate, issuer);
            return resolver == null
                    ? OcspFetch.ask(url, address, request, worker)
                    : OcspFetch.ask(url, resolver, request, worker);
        }
    }

    /**
     * What is known.
     *
     * @param staple {@code null} for nothing
     * @param until when it is too old
     * @param asked when the responder is to be asked again
     */
    private record Known(Staple staple, Instant until, Instant asked) {}

    private final Responder responder;
    private final AtomicBoolean isAsking = new AtomicBoolean();
    private volatile Known known;

    private Stapling(Responder responder, Known known) {
        this.responder = responder;
        this.known = known;
    }

    /** Returns what always staples the same. */
    static Stapling always(Staple staple) {
        return new Stapling(null, new Known(staple, Instant.MAX, Instant.MAX));
    }

    static Stapling by(Responder responder) {
        return new Stapling(responder, new Known(null, Instant.MIN, Instant.MIN));
    }

    /**
     * Returns what is to be stapled now; {@code null} for nothing. If it is time to, the responder is asked.
     *
     * @param handshake for whom
     */
    Staple current(Supplier<Exchange> handshake) {
        Known its = known;
        Instant now = Instant.now();
        if (now.isAfter(its.asked) && isAsking.compareAndSet(false, true)) {
            ask(handshake.get());
        }
        return now.isBefore(its.until) ? its.staple : null;
    }

    /** Returns what is stapled before anybody has come. */
    Staple first() {
        return known.staple;
    }

    private void ask(Exchange exchange) {
        ErrorLog log = exchange.client().serving().configuration().log();
        responder
                .ask(exchange.client().ioThread().getWorker())
                .thenApply(this::read)
                .whenComplete((answer, failure) -> {
                    if (failure == null) {
                        known = answer;
                    } else {
                        log.write(
                                ErrorLog.Level.ERROR,
                                OcspFetch.reason(failure) + " while requesting certificate status, responder: "
                                        + responder.url.getHost() + ", certificate: \"" + responder.file + "\"");
                        known = new Known(
                                known.staple, known.until, Instant.now().plusSeconds(MIN_PAUSE));
                    }
                    isAsking.set(false);
                });
    }

    private Known read(byte[] response) {
        OcspReply reply = OcspReply.about(responder.certificate, response);
        if (!reply.status().equals("good")) {
            throw new IllegalArgumentException("certificate status \"" + reply.status() + "\" in the OCSP response");
        }
        if (responder.verifies
                && OcspResponse.of(response, responder.certificate, responder.issuer) != OcspResponse.GOOD) {
            throw new IllegalArgumentException("OCSP_basic_verify() failed");
        }
        Instant now = Instant.now();
        Instant until = reply.until() == null ? Instant.MAX : reply.until();
        if (until.isBefore(now) || reply.since().isAfter(now.plusSeconds(MIN_PAUSE))) {
            throw new IllegalArgumentException("OCSP_check_validity() failed");
        }
        Instant early = until.equals(Instant.MAX) ? until : until.minusSeconds(MIN_PAUSE);
        Instant hourly = now.plusSeconds(ASKED_AFTER);
        Instant soonest = now.plusSeconds(MIN_PAUSE);
        Instant next = early.isBefore(hourly) ? early : hourly;
        return new Known(
                new Staple(new String(response, StandardCharsets.ISO_8859_1)),
                until,
                next.isBefore(soonest) ? soonest : next);
    }
}
