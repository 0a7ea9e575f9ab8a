package hopyard.proxy.io;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** The name of this machine, looked up once: a configuration that is only tested must not look up names. */
public final class Hostname {

    public static final String VALUE = lookUp();

    private Hostname() {}

    private static String lookUp() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // a machine whose own name does not resolve must still serve requests
            return "localhost";
        }
    }
}
