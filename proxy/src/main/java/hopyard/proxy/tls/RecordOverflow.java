package hopyard.proxy.tls;

import javax.net.ssl.SSLProtocolException;

/** A client's first record is longer than TLS allows (record_overflow, RFC 8446 §5.2, §6.2). */
final class RecordOverflow extends SSLProtocolException {

    /** The number of its alert. */
    static final int ALERT = 22;

    private static final long serialVersionUID = 1;

    /** The reason is told in OpenSSL's words. */
    RecordOverflow() {
        super("packet length too long");
    }
}
