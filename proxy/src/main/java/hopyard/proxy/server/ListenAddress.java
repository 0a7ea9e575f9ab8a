package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.Values;
import hopyard.proxy.io.UnixAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;

/**
 * Reads the first argument of {@code listen}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#listen">listen</a>
 */
public final class ListenAddress {

    private static final byte[] ANY = {0, 0, 0, 0};

    private ListenAddress() {}

    /** Returns the IPv4 wildcard, which nginx means by a port without an address. */
    public static InetSocketAddress any(int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(ANY), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    static SocketAddress parse(Directive d, Surroundings surroundings) throws ConfException {
        String text = d.arg(0);
        String of = "\"" + text + "\" of the \"listen\" directive";
        if (text.startsWith("unix:")) {
            return UnixAddress.of(text, " in " + of, d);
        }
        int colon = text.lastIndexOf(':');
        boolean hasHost = colon > text.lastIndexOf(']') || text.contains(".") || text.startsWith("[");
        String host = hasHost ? (colon > text.lastIndexOf(']') ? text.substring(0, colon) : text) : "*";
        String port = colon > text.lastIndexOf(']') ? text.substring(colon + 1) : hasHost ? "80" : text;
        int number = Values.parseNumber(port);
        if (number < 0 && !hasHost) {
            // a lone word is a host name
            host = text;
            number = 80;
        }
        // nginx refuses port 0; here the system chooses a free port, which tests need
        if (number < 0 || number > 65535) {
            throw d.error("invalid port in " + of);
        }
        if (host.equals("*")) {
            return any(number);
        }
        try {
            String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            return new InetSocketAddress(surroundings.lookUp(plain).get(0), number);
        } catch (UnknownHostException e) {
            throw d.error("host not found in " + of);
        }
    }
}
