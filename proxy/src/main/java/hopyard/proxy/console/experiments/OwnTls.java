package hopyard.proxy.console.experiments;

import hopyard.proxy.tls.AnyPeer;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
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

    /** Shakes hands over a connection that is there. */
    static Socket over(Socket socket, String name, int port) throws IOException {
        SSLSocket tls = (SSLSocket) sockets().createSocket(socket, name, port, true);
        tls.startHandshake();
        return tls;
    }
}
