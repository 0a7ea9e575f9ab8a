package hopyard.proxy.console.sockets;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The kernel's settings for the network.
 *
 * @see <a href="https://www.kernel.org/doc/Documentation/networking/ip-sysctl.txt">ip-sysctl</a>
 */
final class NetworkSettings {

    private NetworkSettings() {}

    /**
     * How many connections may wait at most: Linux says that the queue is full only when more than the backlog wait, so
     * it takes one more; and listen() cuts what it is given down to net.core.somaxconn.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/listen.2.html">listen(2)</a>
     */
    static int capacity(int backlog) {
        return Math.min(backlog, number("core/somaxconn", 128)) + 1;
    }

    /** Binding to a port below this one takes a privilege. */
    static int firstUnprivilegedPort() {
        return number("ipv4/ip_unprivileged_port_start", 1024);
    }

    /** One of the kernel's settings for the network; older kernels lack some. */
    static String setting(String name, String byDefault) {
        // such a file has to be read in one go: after the first byte, with which readString begins, there would be no
        // more
        try (BufferedReader file = Files.newBufferedReader(Path.of("/proc/sys/net", name))) {
            return file.readLine();
        } catch (IOException e) {
            return byDefault;
        }
    }

    private static int number(String name, int byDefault) {
        return Integer.parseInt(setting(name, Integer.toString(byDefault)).trim());
    }
}
