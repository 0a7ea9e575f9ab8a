package hopyard.http.http2;

import java.io.IOException;

/** The peer has broken a rule of HTTP/2, or asks for too much. The connection ends (RFC 9113 §5.4.1). */
public final class Http2Exception extends IOException {

    private final ErrorCode code;

    private Http2Exception(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /**
     * Makes the error of a connection.
     *
     * @param message what the peer has sent, as it stands behind "client sent" or "upstream sent"
     */
    public static Http2Exception ofConnection(ErrorCode code, String message) {
        return new Http2Exception(code, message);
    }

    /** Returns what the peer is told. */
    public ErrorCode code() {
        return code;
    }

    /** A peer that breaks rules on purpose must not make it costly: where it happened says the message. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
