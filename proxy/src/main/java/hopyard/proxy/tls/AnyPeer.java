package hopyard.proxy.tls;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Accepts every certificate during the handshake, as nginx does; {@link Trust} judges it when that is over. Where
 * nobody judges, the peer is one of our own.
 */
public final class AnyPeer extends X509ExtendedTrustManager {

    private final X509Certificate[] issuers;

    /** @param issuers those that clients are told of: the server would like a certificate of theirs */
    public AnyPeer(List<X509Certificate> issuers) {
        this.issuers = issuers.stream().distinct().toArray(X509Certificate[]::new);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return issuers.clone();
    }

    // ---- every certificate is accepted

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}
}
