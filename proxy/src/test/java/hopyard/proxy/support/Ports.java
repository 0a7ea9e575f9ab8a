package hopyard.proxy.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;

/** Ports for those that have to be told one before they listen. */
public final class Ports {

    private Ports() {}

    /** A port at which nobody listens, at any address. */
    public static int free() {
        return free(1)[0];
    }

    /** So many of them, each another one. */
    public static int[] free(int many) {
        int[] ports = new int[many];
        take(ports, 0);
        return ports;
    }

    private static void take(int[] ports, int from) {
        if (from < ports.length) {
            try (ServerSocket socket = new ServerSocket(0)) {
                ports[from] = socket.getLocalPort();
                take(ports, from + 1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
