package hopyard.proxy.tls;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Properties;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/** Makes contexts of TLS. */
public final class Contexts {

    /**
     * Java reads this when a context is made, and at no other time: whether sessions are kept by clients, as tickets.
     */
    private static final String TICKETS = "jdk.tls.server.enableSessionTicketExtension";

    /** The same: whether the server asks a responder about its certificate, for clients that want to know. */
    private static final String STAPLES = "jdk.tls.server.enableStatusRequestExtension";

    /** Java reads this when a context first asks: which responder. */
    private static final String RESPONDER = "jdk.tls.stapling.responderURI";

    /** The same: whether this responder is asked, whomever the certificate names. */
    private static final String OVERRIDES = "jdk.tls.stapling.responderOverride";

    private Contexts() {}

    /**
     * Returns a context for a client's side. Every server's certificate is accepted: {@link Trust} judges it
     * afterwards.
     *
     * @throws GeneralSecurityException if the certificates are of no use
     */
    public static TlsContext client(Keys keys) throws GeneralSecurityException {
        SSLContext context = make(keys, List.of());
        return new TlsContext(() -> context, null);
    }

    /**
     * Returns a context for a server's side.
     *
     * @param issuers those whose certificates clients are asked for; any client's is accepted, and judged afterwards
     * @param usesTickets whether clients of Java's engine keep their sessions
     * @param sessions how many sessions Java keeps
     * @param timeoutSeconds how long a session may be taken up again
     * @param staple what is sent with the certificate that it is about; {@code null} for nothing
     */
    public static TlsContext server(
            List<Keys.Pair> pairs,
            List<X509Certificate> issuers,
            boolean usesTickets,
            int sessions,
            int timeoutSeconds,
            Staple staple) {
        return new TlsContext(
                () -> server(new Keys(pairs), issuers, usesTickets, sessions, timeoutSeconds, staple),
                new BoringSessions(pairs, issuers, timeoutSeconds));
    }

    private static synchronized SSLContext server(
            Keys keys,
            List<X509Certificate> issuers,
            boolean usesTickets,
            int sessions,
            int timeoutSeconds,
            Staple staple)
            throws GeneralSecurityException {
        Properties before = (Properties) System.getProperties().clone();
        System.setProperty(TICKETS, Boolean.toString(usesTickets));
        try {
            if (staple != null) {
                System.setProperty(STAPLES, "true");
                System.setProperty(RESPONDER, StapleUrls.of(staple));
                System.setProperty(OVERRIDES, "true");
            }
            SSLContext context = make(keys, issuers);
            if (staple != null) {
                meetOnce(context);
            }
            context.getServerSessionContext().setSessionCacheSize(sessions);
            context.getServerSessionContext().setSessionTimeout(timeoutSeconds);
            return context;
        } finally {
            for (String each : List.of(TICKETS, STAPLES, RESPONDER, OVERRIDES)) {
                restore(each, before.getProperty(each));
            }
        }
    }

    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    /** Has a server's context answer the first word of a client of our own, so that it asks for what it staples. */
    private static void meetOnce(SSLContext server) throws GeneralSecurityException {
        SSLEngine client = make(new Keys(List.of()), List.of()).createSSLEngine();
        client.setUseClientMode(true);
        SSLEngine engine = server.createSSLEngine();
        engine.setUseClientMode(false);
        ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        try {
            client.wrap(ByteBuffer.allocate(0), hello);
            engine.unwrap(hello.flip(), ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()));
        } catch (SSLException e) {
            throw new GeneralSecurityException(e);
        }
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private static SSLContext make(Keys keys, List<X509Certificate> issuers) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {keys}, new TrustManager[] {new AnyPeer(issuers)}, null);
        return context;
    }
}
