package hopyard.proxy.upstream;

import hopyard.proxy.tls.TlsConnection;
import java.io.IOException;

/** Is told how opening a connection went. */
public interface ConnectListener {
    /**
     * There is a connection, and TLS is being negotiated on it.
     *
     * @param near this end of it
     * @param far the upstream's end
     */
    default void handshaking(String near, String far) {}

    /** The connection is about to be given up, because the upstream's certificate is not right. */
    default void untrusted(TlsConnection tls) {}

    void connected(UpstreamConnection connection);

    void connectFailed(IOException reason);

    void connectTimedOut();
}
