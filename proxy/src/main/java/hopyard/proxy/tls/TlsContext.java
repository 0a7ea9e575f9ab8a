package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/** The certificates and the sessions of one side, for either engine. */
public final class TlsContext {

    private final JavaEngines.Source making;
    private final BoringSessions boring;
    private final Map<TlsOffer, TlsEngines> known = new ConcurrentHashMap<>();
    private SSLContext java;

    /**
     * @param making makes Java's context
     * @param boring BoringSSL's; {@code null} where only Java speaks
     */
    TlsContext(JavaEngines.Source making, BoringSessions boring) {
        this.making = making;
        this.boring = boring;
    }

    private synchronized SSLContext java() throws GeneralSecurityException {
        if (java == null) {
            java = making.get();
        }
        return java;
    }

    /**
     * Returns what makes Java's engines.
     *
     * @throws GeneralSecurityException if the certificates are of no use
     */
    public TlsEngines java(TlsOffer offer) throws GeneralSecurityException {
        java();
        return new JavaEngines(this::java, offer);
    }

    /** Returns what makes BoringSSL's engines for a server that {@link EngineChoice} has nothing against. */
    public TlsEngines boring(TlsOffer offer) {
        return known.computeIfAbsent(offer, each -> new BoringEngines(boring, each, new JavaEngines(this::java, each)));
    }
}
