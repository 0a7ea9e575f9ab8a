package hopyard.proxy.modules.ssl;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.ZoneData;
import hopyard.proxy.tls.OcspRequest;
import hopyard.proxy.tls.OcspResponse;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.Trust;
import hopyard.proxy.upstream.Resolver;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Asks whether the certificates of clients are revoked: {@code ssl_ocsp}.
 *
 * @param leafOnly whether only the client's own is asked about, and not those that vouch for it
 * @param responder who is asked; {@code null} for whom a certificate names
 * @param resolver finds responders that have a name; {@code null} if none is configured
 * @param cache keeps responses; {@code null} for none
 */
record Ocsp(boolean leafOnly, URI responder, Resolver resolver, Cache cache) {

    /** What is wrong with a certificate of which nothing is known. */
    static final String FAILED = "certificate status request failed";

    static final String REVOKED = "certificate revoked";

    /** Responses by certificate. They are looked at again each time, so that one that has become old is of no use. */
    static final class Cache implements ZoneData<Cache> {

        private static final int MAX_RESPONSES = 10_000;

        private volatile Map<X509Certificate, byte[]> responses = Collections.synchronizedMap(new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<X509Certificate, byte[]> eldest) {
                return size() > MAX_RESPONSES;
            }
        });

        @Override
        public void takeOver(Cache running) {
            responses = running.responses;
        }

        private byte[] get(X509Certificate certificate) {
            return responses.get(certificate);
        }

        private void put(X509Certificate certificate, byte[] response) {
            responses.put(certificate, response);
        }
    }

    /**
     * Asks about the certificate of a client, and completes, on any thread, with what is wrong with it; with an empty
     * text if nothing is.
     */
    CompletableFuture<String> ask(Exchange exchange, TlsConnection tls, Trust trust) {
        List<X509Certificate> path = trust.path(tls.peerCertificates());
        int count = leafOnly ? Math.min(1, path.size() - 1) : path.size() - 1;
        CompletableFuture<String> verdict = CompletableFuture.completedFuture("");
        Executor worker = exchange.ioThread().getWorker();
        for (int i = 0; i < count; i++) {
            X509Certificate certificate = path.get(i);
            X509Certificate issuer = path.get(i + 1);
            verdict = verdict.thenCompose(former -> former.isEmpty()
                    ? ask(exchange, certificate, issuer, worker)
                    : CompletableFuture.completedFuture(former));
        }
        return verdict;
    }

    private CompletableFuture<String> ask(
            Exchange exchange, X509Certificate certificate, X509Certificate issuer, Executor worker) {
        byte[] known = cache == null ? null : cache.get(certificate);
        if (known != null && OcspResponse.of(known, certificate, issuer) == OcspResponse.GOOD) {
            return CompletableFuture.completedFuture("");
        }
        URI url = responder == null ? OcspUrl.in(certificate) : responder;
        if (url == null) {
            return failed(exchange, "no OCSP responder URL in certificate", "");
        }
        if (!OcspFetch.canFind(url, resolver)) {
            return failed(exchange, "no resolver defined to resolve " + url.getHost(), url.getHost());
        }
        return OcspFetch.ask(url, resolver, OcspRequest.of(certificate, issuer), worker)
                .thenApply(response -> read(response, certificate, issuer))
                .handle((found, failure) -> failure == null ? found : FAILED + ": " + OcspFetch.reason(failure))
                .thenApply(found -> told(exchange, found, url.getHost()));
    }

    /** Returns what a response says: what is wrong, with the reason behind it if it is not the certificate. */
    private String read(byte[] response, X509Certificate certificate, X509Certificate issuer) {
        OcspResponse says = OcspResponse.of(response, certificate, issuer);
        if (says == OcspResponse.GOOD && cache != null) {
            cache.put(certificate, response);
        }
        return switch (says) {
            case GOOD -> "";
            case REVOKED -> REVOKED;
            case USELESS -> FAILED + ": OCSP response not successful, or not signed by the issuer";
        };
    }

    private static CompletableFuture<String> failed(Exchange exchange, String why, String responder) {
        return CompletableFuture.completedFuture(told(exchange, FAILED + ": " + why, responder));
    }

    /** Logs the reason, if there is one, and returns the rest. */
    private static String told(Exchange exchange, String found, String responder) {
        if (!found.startsWith(FAILED)) {
            return found;
        }
        exchange.client()
                .log(
                        ErrorLog.Level.ERROR,
                        found.substring(FAILED.length() + 2),
                        "requesting certificate status, responder: " + responder);
        return FAILED;
    }
}
