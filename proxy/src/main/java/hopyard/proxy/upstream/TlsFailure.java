package hopyard.proxy.upstream;

import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;

/** A TLS handshake with an upstream has failed. The message is what nginx would log. */
public final class TlsFailure extends IOException {

    private static final long serialVersionUID = 1;

    private final boolean certificate;

    private TlsFailure(String message, boolean certificate, Throwable cause) {
        super(message, cause);
        this.certificate = certificate;
    }

    /** Whether the upstream's certificate is the reason. */
    public boolean isCertificate() {
        return certificate;
    }

    /**
     * Returns a description of what has happened.
     *
     * @param reason {@code null} if the upstream has closed the connection
     * @param name the name that the certificate should be for
     */
    static TlsFailure of(IOException reason, String name) {
        if (!(reason instanceof SSLException)) {
            return new TlsFailure("peer closed connection in SSL handshake", false, reason);
        }
        Throwable deepest = null;
        for (Throwable e = reason.getCause(); e != null; e = e.getCause()) {
            if (e instanceof CertificateException || e instanceof CertPathBuilderException) {
                deepest = e;
            }
        }
        return deepest == null
                ? new TlsFailure("SSL_do_handshake() failed (SSL: " + reason.getMessage() + ")", false, reason)
                : new TlsFailure(certificateMistake(deepest, name), true, reason);
    }

    /** Returns the mistake in OpenSSL's words, with its numbers (x509_vfy.h). */
    private static String certificateMistake(Throwable e, String name) {
        String error;
        if (e instanceof CertificateExpiredException) {
            error = "10:certificate has expired";
        } else if (e instanceof CertificateNotYetValidException) {
            error = "9:certificate is not yet valid";
        } else if (e instanceof CertPathBuilderException) {
            error = "20:unable to get local issuer certificate";
        } else if (String.valueOf(e.getMessage()).startsWith("No ")) {
            // "No name matching …", "No subject alternative …"
            return "upstream SSL certificate does not match \"" + name + "\"";
        } else {
            error = "1:" + e.getMessage();
        }
        return "upstream SSL certificate verify error: (" + error + ")";
    }
}
