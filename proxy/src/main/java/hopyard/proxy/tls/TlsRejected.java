package hopyard.proxy.tls;

import javax.net.ssl.SSLException;

/** The server does not want to speak with a client, and says so with an alert before TLS is spoken (RFC 8446 §6.2). */
public final class TlsRejected extends SSLException {

    private static final long serialVersionUID = 1;

    /** The name that the client asks for is none of the server's. */
    public static final int UNRECOGNIZED_NAME = 112;

    /** Something is wrong with the server itself. */
    public static final int INTERNAL_ERROR = 80;

    private final int alert;

    public TlsRejected(int alert) {
        super("rejected");
        this.alert = alert;
    }

    /** Whether a server rejects everybody, rather than this client because something is wrong. */
    public static boolean isOfServer(SSLException e) {
        return e instanceof TlsRejected its && its.alert == UNRECOGNIZED_NAME;
    }

    int alert() {
        return alert;
    }
}
