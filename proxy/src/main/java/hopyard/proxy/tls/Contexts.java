package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Makes Java's contexts of TLS. */
public final class Contexts {

    /**
     * Java reads this when a context is made, and at no other time: whether sessions are kept by clients, as tickets.
     */
    private static final String TICKETS = "jdk.tls.server.enableSessionTicketExtension";

    private Contexts() {}

    /**
     * Returns a context for a client's side. Every server's certificate is accepted: {@link Trust} judges it
     * afterwards.
     *
     * @throws GeneralSecurityException if the certificates are of no use
     */
    public static SSLContext client(Keys keys) throws GeneralSecurityException {
        return make(keys, List.of());
    }

    /**
     * Returns a context for a server's side.
     *
     * @param issuers those whose certificates clients are asked for; any client's is accepted, and judged afterwards
     * @param usesTickets whether clients keep their sessions
     * @param sessions how many sessions the server keeps
     * @param timeoutSeconds how long a session may be taken up again
     * @throws GeneralSecurityException if the certificates are of no use
     */
    public static synchronized SSLContext server(
            Keys keys, List<X509Certificate> issuers, boolean usesTickets, int sessions, int timeoutSeconds)
            throws GeneralSecurityException {
        String before = System.getProperty(TICKETS);
        System.setProperty(TICKETS, Boolean.toString(usesTickets));
        try {
            SSLContext context = make(keys, issuers);
            context.getServerSessionContext().setSessionCacheSize(sessions);
            context.getServerSessionContext().setSessionTimeout(timeoutSeconds);
            return context;
        } finally {
            if (before == null) {
                System.clearProperty(TICKETS);
            } else {
                System.setProperty(TICKETS, before);
            }
        }
    }

    private static SSLContext make(Keys keys, List<X509Certificate> issuers) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {keys}, new TrustManager[] {new AnyPeer(issuers)}, null);
        return context;
    }
}
