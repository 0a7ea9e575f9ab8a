package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/**
 * BoringSSL's contexts of a server: for each kind of key its own, because Conscrypt cannot choose between two
 * certificates.
 */
final class BoringSessions {

    private final List<Keys.Pair> pairs;
    /** By the kinds of keys; of two of a kind, the last one counts. */
    private final Map<String, List<X509Certificate>> chains = new HashMap<>();

    private final List<X509Certificate> issuers;
    private final int timeoutSeconds;

    /** BoringSSL's keys by their kinds, so that they are not read again for each handshake. */
    private final Map<String, Keys> keys = new HashMap<>();
    /** By the kinds of keys: those for sessions that are left to clients, and those that keep sessions. */
    private final Map<String, TicketContexts> leaving = new HashMap<>();

    private final Map<String, SSLContext> keeping = new HashMap<>();

    /**
     * @param issuers those whose certificates clients are asked for
     * @param timeoutSeconds how long a session may be taken up again
     */
    BoringSessions(List<Keys.Pair> pairs, List<X509Certificate> issuers, int timeoutSeconds) {
        this.pairs = pairs;
        pairs.forEach(each -> chains.put(each.type(), each.chain()));
        this.issuers = issuers;
        this.timeoutSeconds = timeoutSeconds;
    }

    List<Keys.Pair> pairs() {
        return pairs;
    }

    /** Returns the certificate for the key of a kind, and those that vouch for it. */
    List<X509Certificate> chain(String kind) {
        return chains.get(kind);
    }

    /**
     * Returns a context that leaves sessions to clients, as tickets.
     *
     * @param kind of the key
     * @param ticketKey see {@link ClientHello#ticketKey}
     * @throws GeneralSecurityException if the certificate or the key is of no use
     * @throws SSLException see {@link TicketContexts#at}
     */
    synchronized SSLContext leaving(Provider provider, String kind, String ticketKey)
            throws GeneralSecurityException, SSLException {
        TicketContexts its = leaving.get(kind);
        if (its == null) {
            its = new TicketContexts(() -> make(provider, kind), timeoutSeconds);
            leaving.put(kind, its);
        }
        return its.at(System.nanoTime(), ticketKey);
    }

    /**
     * Returns a context that keeps sessions itself, which BoringSSL does before TLS 1.3.
     *
     * @param kind of the key
     * @throws GeneralSecurityException if the certificate or the key is of no use
     */
    synchronized SSLContext keeping(Provider provider, String kind) throws GeneralSecurityException {
        SSLContext its = keeping.get(kind);
        if (its == null) {
            its = make(provider, kind);
            keeping.put(kind, its);
        }
        return its;
    }

    private SSLContext make(Provider provider, String kind) throws GeneralSecurityException {
        if (keys.isEmpty()) {
            for (Keys.Pair each : pairs) {
                KeyFactory factory = KeyFactory.getInstance(each.type(), provider);
                Keys.Pair own = new Keys.Pair(
                        each.chain(),
                        factory.generatePrivate(
                                new PKCS8EncodedKeySpec(each.key().getEncoded())));
                keys.put(each.type(), new Keys(List.of(own)));
            }
        }
        SSLContext context = SSLContext.getInstance("TLS", provider);
        context.init(new KeyManager[] {keys.get(kind)}, new TrustManager[] {new AnyPeer(issuers)}, null);
        context.getServerSessionContext().setSessionTimeout(timeoutSeconds);
        return context;
    }
}
