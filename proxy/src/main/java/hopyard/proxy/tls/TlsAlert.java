package hopyard.proxy.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;

/**
 * The peer has given up and said why (RFC 8446 §6.2), before it encrypts what it sends. An engine takes that for a
 * broken record.
 */
final class TlsAlert extends SSLException {

    private static final long serialVersionUID = 1;

    /** The type of a record with an alert, and how long it is: its header, the level, the description. */
    private static final int RECORD = 21;

    private static final int BYTES = 7;

    private final int number;

    /**
     * Returns what was wrong with a record: that it is such an alert, if it is.
     *
     * @param at where it begins
     */
    static SSLException or(SSLException e, ByteBuffer records, int at) {
        boolean isAlert = records.limit() - at >= BYTES && records.get(at) == RECORD && records.getShort(at + 3) == 2;
        return isAlert ? new TlsAlert(records.get(at + BYTES - 1), e) : e;
    }

    TlsAlert(int number, SSLException cause) {
        super("alert " + number, cause);
        this.number = number;
    }

    int number() {
        return number;
    }
}
