package hopyard.proxy.record;

import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.UpstreamTry;
import hopyard.proxy.modules.ssl.SslVariables;
import hopyard.proxy.tls.CertificateFacts;
import hopyard.proxy.tls.TlsConnection;
import hopyard.proxy.tls.TlsFacts;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * TLS on a connection, as the log keeps it.
 *
 * @param facts what the two ends have agreed on, and who the server is
 * @param isResumed whether a session was taken up that was there before
 * @param handshakeNanos how long the handshake took; negative if it has not come to its end
 * @param serverName the host that the client has asked for; {@code null} if it has named none
 * @param client the client's certificate; {@code null} if it has shown none
 */
public record TlsUse(
        TlsFacts facts, boolean isResumed, long handshakeNanos, String serverName, ClientCertificate client) {

    /**
     * A client's certificate.
     *
     * @param subject whom it is about
     * @param issuer who vouches for it
     * @param until when it ends, in ms since 1970
     * @param verified {@code $ssl_client_verify}
     */
    public record ClientCertificate(String subject, String issuer, long until, String verified) {

        /** Returns that of a client; {@code null} if it has shown none. */
        static ClientCertificate of(TlsConnection client) {
            List<X509Certificate> sent = client.peerCertificates();
            if (sent.isEmpty()) {
                return null;
            }
            CertificateFacts its = CertificateFacts.of(sent.get(0));
            return new ClientCertificate(
                    its.subject(),
                    its.issuer(),
                    Math.max(0, its.until().toEpochMilli()),
                    SslVariables.verified(client));
        }
    }

    /** Returns that of a client's connection; {@code null} if it does not speak TLS. */
    public static TlsUse of(TlsConnection client) {
        return client == null
                ? null
                : new TlsUse(
                        client.facts(),
                        client.isSessionReused(),
                        client.handshakeNanos(),
                        client.serverName(),
                        ClientCertificate.of(client));
    }

    /**
     * Returns what records share: what was agreed on with the client, and then for each attempt; {@code null} where TLS
     * was not spoken. Of most exchanges it was not at all, and they pay nothing for it.
     */
    static TlsFacts[] shared(Exchange exchange) {
        List<UpstreamTry> tries = exchange.upstream().tries();
        TlsConnection client = exchange.client().tls();
        boolean isSpoken = client != null;
        for (int i = 0; i < tries.size(); i++) {
            isSpoken |= tries.get(i).tls() != null;
        }
        if (!isSpoken) {
            return null;
        }
        TlsFacts[] facts = new TlsFacts[1 + tries.size()];
        facts[0] = client == null ? null : client.facts();
        for (int i = 0; i < tries.size(); i++) {
            TlsConnection its = tries.get(i).tls();
            facts[1 + i] = its == null ? null : its.facts();
        }
        return facts;
    }
}
