package hopyard.proxy.io;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads the addresses of the form {@code unix:PATH}. */
public final class UnixAddress {

    /** The longest path, in bytes: the kernel's {@code sun_path} without the NUL at its end (unix(7)). */
    private static final int MAX_PATH = 107;

    private UnixAddress() {}

    /**
     * Reads an address.
     *
     * @param text the address with its {@code unix:}
     * @param where the words behind "unix domain socket" in an error message
     */
    public static SocketAddress of(String text, String where, Directive d) throws ConfException {
        String name = text.substring(5);
        if (name.isEmpty()) {
            throw d.error("no path in the unix domain socket" + where);
        }
        Path path = Paths.under(Path.of(""), name, d);
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
            throw d.error("too long path in the unix domain socket" + where);
        }
        return UnixDomainSocketAddress.of(path);
    }
}
