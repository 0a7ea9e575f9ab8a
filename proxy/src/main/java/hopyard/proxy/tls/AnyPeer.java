package hopyard.proxy.tls;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Accepts every certificate during the handshake, as nginx does; {@link Trust} judges it when that is over. */
final class AnyPeer extends X509ExtendedTrustManager {

    private final X509Certificate[] issuers;

    /** @param issuers those that clients are told of: the server would like a certificate of theirs */
    AnyPeer(List<X509Certificate> issuers) {
        this.issuers = issuers.stream().distinct().toArray(X509Certificate[]::new);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return issuers.clone();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
        // every certificate is accepted
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
        // every certificate is accepted
    }

    // ---- not used: TLS is spoken by engines

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
        throw new UnsupportedOperationException("TLS is spoken by engines");
    }
}
