package hopyard.proxy.console.experiments;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** TLS to this server's own listener and to its upstream servers, whose certificates nobody else needs to have signed. */
final class OwnTls implements X509TrustManager {

    static final OwnTls TRUST = new OwnTls();

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

    /** Shakes hands over a connection that is there. */
    static Socket over(Socket socket, String name, int port) throws IOException {
        SSLSocket tls = (SSLSocket) sockets().createSocket(socket, name, port, true);
        tls.startHandshake();
        return tls;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
        throw new UnsupportedOperationException("this is the client's side");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
        // it is at an address of our own configuration
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
