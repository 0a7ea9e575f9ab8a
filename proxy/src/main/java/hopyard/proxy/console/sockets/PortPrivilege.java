package hopyard.proxy.console.sockets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether this process may bind to ports that not everybody may bind to.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a>
 */
final class PortPrivilege {

    /** The bit of CAP_NET_BIND_SERVICE in a process's set of capabilities. */
    private static final int CAP_NET_BIND_SERVICE = 10;

    private PortPrivilege() {}

    /** What one has to know about a port below 1024 that could be bound. */
    static String of(int port) {
        if (port >= 1024) {
            return "";
        }
        return port >= NetworkSettings.firstUnprivilegedPort()
                ? ". Port " + port + " is below 1024, but on this machine everybody may bind from port "
                        + NetworkSettings.firstUnprivilegedPort() + " on (net.ipv4.ip_unprivileged_port_start)"
                : ". Port " + port + " is one for the privileged; this process has CAP_NET_BIND_SERVICE" + user();
    }

    private static String user() {
        return status("Uid:").startsWith("0") ? ", as root has" : "";
    }

    /** Whether this process may bind to every port. */
    static boolean isHeld() {
        return (Long.parseUnsignedLong(status("CapEff:"), 16) >> CAP_NET_BIND_SERVICE & 1) == 1;
    }

    /** A line of what the kernel says about this process. */
    private static String status(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()).strip())
                    .findFirst()
                    .orElse("0");
        } catch (IOException e) {
            throw new IllegalStateException("/proc/self/status cannot be read", e);
        }
    }
}
