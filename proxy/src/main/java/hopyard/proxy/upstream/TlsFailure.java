package hopyard.proxy.upstream;

import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.tls.OpenSslErrors;
import hopyard.proxy.tls.Verdict;
import java.io.IOException;
import javax.net.ssl.SSLException;

/** A TLS handshake with an upstream has failed. The message is what nginx would log. */
public final class TlsFailure extends IOException {

    private static final long serialVersionUID = 1;

    private final boolean certificate;

    private TlsFailure(String message, boolean certificate, Throwable cause) {
        super(message, cause);
        this.certificate = certificate;
    }

    /** Whether nginx logs this as critical. */
    public boolean isCritical() {
        return getCause() instanceof SSLException e && OpenSslErrors.isCritical(e);
    }

    /** Whether the upstream's certificate is the reason. */
    public boolean isCertificate() {
        return certificate;
    }

    /**
     * Returns a description of what has happened.
     *
     * @param reason {@code null} if the upstream has closed the connection
     */
    static TlsFailure of(IOException reason) {
        return new TlsFailure(
                reason instanceof SSLException ssl
                        ? "SSL_do_handshake() failed (SSL: " + OpenSslErrors.of(ssl) + ")"
                        : "peer closed connection in SSL handshake"
                                + (reason == null ? "" : " (" + SystemErrors.text(reason) + ")"),
                false,
                reason);
    }

    /** The upstream's certificate is not right. */
    static TlsFailure of(Verdict verdict) {
        return new TlsFailure("upstream SSL certificate verify error: (" + verdict + ")", true, null);
    }

    /** The upstream's certificate is for other names. */
    static TlsFailure ofName(String name) {
        return new TlsFailure("upstream SSL certificate does not match \"" + name + "\"", true, null);
    }
}
