package hopyard.proxy.upstream;

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

    void connected(UpstreamConnection connection);

    void connectFailed(IOException reason);

    void connectTimedOut();
}
