package hopyard.proxy.upstream;

import java.io.IOException;

/** Hears how opening a connection went. */
public interface ConnectListener {
    /** There is a connection, and TLS is being negotiated on it. */
    default void handshaking() {}

    void connected(UpstreamConnection connection);

    void connectFailed(IOException reason);

    void connectTimedOut();
}
