package hopyard.proxy.upstream;

import java.io.IOException;

/** Hears how opening a connection went. */
public interface ConnectListener {
    void connected(UpstreamConnection connection);

    void connectFailed(IOException reason);

    void connectTimedOut();
}
