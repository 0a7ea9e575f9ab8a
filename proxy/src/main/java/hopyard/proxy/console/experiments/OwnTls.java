package hopyard.proxy.console.experiments;

import hopyard.proxy.tls.AnyPeer;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * TLS to this server's own listener and to its upstream servers, whose certificates nobody else needs to have signed.
 */
final class OwnTls {

    static final AnyPeer TRUST = new AnyPeer(List.of());

    private OwnTls() {}

    static SSLSocketFactory sockets() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {TRUST}, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }
}
