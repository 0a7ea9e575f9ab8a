package hopyard.proxy.console.experiments;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.exchanges.TlsView;
import hopyard.proxy.console.experiments.AnswerReader.Failure;
import hopyard.proxy.tls.CertificateFacts;
import hopyard.proxy.tls.CipherSuites;
import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** TLS on one of the console's own connections: the handshake, and what has become of it. */
final class TlsDialog {

    private final CountedSocket plain;
    private final TlsWish wish;
    private final String host;
    private final long begunMillis = System.currentTimeMillis();
    private final long begun = System.nanoTime();
    private long ended;
    private long received;
    private long sent;
    private SSLSocket socket;
    private boolean isDone;

    /**
     * @param plain the connection, which is there
     * @param host the server by the name that it is called in Host
     */
    TlsDialog(CountedSocket plain, TlsWish wish, String host) {
        this.plain = plain;
        this.wish = wish;
        this.host = host;
    }

    /**
     * Shakes hands.
     *
     * @throws IOException if the two ends come to no terms
     */
    Socket shakeHands() throws IOException {
        try {
            String asked = wish.asked(host);
            socket = (SSLSocket) wish.context()
                    .getSocketFactory()
                    .createSocket(plain, asked.isEmpty() ? host : asked, plain.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            wish.applyTo(parameters, host);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            isDone = true;
            return socket;
        } finally {
            ended = System.nanoTime();
            received = plain.received();
            sent = plain.sent();
        }
    }

    /** What has become of it. */
    ObjectNode json() {
        ObjectNode out = Json.object();
        SSLSession session = isDone ? socket.getSession() : null;
        String alpn = isDone ? socket.getApplicationProtocol() : "";
        String asked = wish.asked(host);
        out.put("done", isDone).put("checked", wish.checks());
        out.put("protocol", session == null ? null : session.getProtocol());
        out.put("cipher", session == null ? null : CipherSuites.name(session.getCipherSuite()));
        out.put("alpn", alpn.isEmpty() ? null : alpn).put("serverName", asked.isEmpty() ? null : asked);
        out.put("resumed", session == null ? null : session.getCreationTime() < begunMillis);
        out.put("handshakeMs", Json.round((ended - begun) / 1e6));
        out.put("receivedBytes", received).put("sentBytes", sent);
        out.set("chain", TlsView.chain(session == null ? List.of() : chain(session)));
        return out;
    }

    private static List<CertificateFacts> chain(SSLSession session) {
        List<CertificateFacts> all = new ArrayList<>();
        try {
            for (Certificate each : session.getPeerCertificates()) {
                all.add(CertificateFacts.of((X509Certificate) each));
            }
        } catch (SSLPeerUnverifiedException e) {
            // a server without one
        }
        return all;
    }

    /** Says why TLS has failed. */
    static Failure failure(SSLException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return new Failure("tls_expired", "the server's certificate has expired (" + cause.getMessage() + ")");
            }
            if (cause instanceof CertPathValidatorException path && path.getCause() == null) {
                return new Failure("tls_authority", "nobody who is trusted vouches for it (" + path.getMessage() + ")");
            }
        }
        Throwable cause = e.getCause();
        if (cause instanceof CertificateException
                && String.valueOf(cause.getMessage()).contains("path")) {
            return new Failure("tls_authority", "nobody who is trusted vouches for it (" + cause.getMessage() + ")");
        }
        if (cause instanceof CertificateException) {
            return new Failure("tls_name", "the certificate is for others (" + cause.getMessage() + ")");
        }
        return new Failure("tls_failed", "no TLS came about (" + e.getMessage() + ")");
    }
}
