package hopyard.proxy.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;

/** Ports for those that have to be told one before they listen. */
public final class Ports {

    private Ports() {}

    /** A port at which nobody listens, at any address. */
    public static int free() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
