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

    /** The first of so many ports in a row at which nobody listens. */
    public static int consecutive(int many) {
        while (true) {
            int first = free();
            int found = 1;
            while (found < many && isFree(first + found)) {
                found++;
            }
            if (found == many) {
                return first;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
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
