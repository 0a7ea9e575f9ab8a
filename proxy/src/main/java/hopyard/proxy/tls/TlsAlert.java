package hopyard.proxy.tls;

import javax.net.ssl.SSLException;

/**
 * The peer has given up and said why (RFC 8446 §6.2), before it encrypts what it sends. Java takes that for a broken
 * record.
 */
final class TlsAlert extends SSLException {

    private static final long serialVersionUID = 1;

    private final int number;

    TlsAlert(int number, SSLException cause) {
        super("alert " + number, cause);
        this.number = number;
    }

    int number() {
        return number;
    }
}
