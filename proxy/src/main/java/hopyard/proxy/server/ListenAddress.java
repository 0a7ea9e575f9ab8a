package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.Values;
import hopyard.proxy.io.UnixAddress;
import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the first argument of {@code listen}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#listen">listen</a>
 */
public final class ListenAddress {

    private static final byte[] ANY = {0, 0, 0, 0};

    private static final int MAX_PORT = 65_535;

    /** A port, or a range of them. */
    private static final Pattern PORTS = Pattern.compile("([0-9]+)(?:-([0-9]+))?");

    private ListenAddress() {}

    /** Returns the IPv4 wildcard, which nginx means by a port without an address. */
    public static InetSocketAddress any(int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(ANY), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns the addresses that the argument stands for: there are several for a range of ports, and for some names.
     */
    static List<SocketAddress> parse(Directive d, Surroundings surroundings) throws ConfException {
        String text = d.arg(0);
        String of = "\"" + text + "\" of the \"listen\" directive";
        if (text.startsWith("unix:")) {
            return List.of(UnixAddress.of(text, " in " + of, d));
        }
        int hostEnd = text.startsWith("[") ? text.indexOf(']') + 1 : Math.max(text.indexOf(':'), 0);
        boolean hasPort = text.startsWith(":", hostEnd);
        if (text.startsWith("[") && (hostEnd == 0 || !hasPort && hostEnd < text.length())) {
            throw d.error("invalid host in " + of);
        }
        String host = hasPort ? text.substring(0, hostEnd) : text;
        String port = hasPort ? text.substring(hostEnd + 1) : "80";
        if (!hasPort && !text.startsWith("[") && PORTS.matcher(text).matches()) {
            // a lone word is a host name, and a lone number a port
            host = "*";
            port = text;
        }
        Matcher ports = PORTS.matcher(port);
        // nginx refuses port 0; here the system chooses a free port, which tests need
        if (!ports.matches()) {
            throw d.error("invalid port in " + of);
        }
        int first = port(d, ports.group(1), of);
        int last = ports.group(2) == null ? first : port(d, ports.group(2), of);
        if (last < first || first == 0 && last > 0) {
            throw d.error("invalid port " + (first == 0 ? "" : "range ") + "in " + of);
        }
        List<SocketAddress> out = new ArrayList<>();
        for (InetAddress each : hosts(d, surroundings, host, of)) {
            for (int number = first; number <= last; number++) {
                out.add(new InetSocketAddress(each, number));
            }
        }
        return out;
    }

    private static int port(Directive d, String text, String of) throws ConfException {
        int number = Values.parseNumber(text);
        if (number < 0 || number > MAX_PORT) {
            throw d.error("invalid port in " + of);
        }
        return number;
    }

    private static List<InetAddress> hosts(Directive d, Surroundings surroundings, String host, String of)
            throws ConfException {
        if (host.equals("*")) {
            return List.of(any(0).getAddress());
        }
        if (host.isEmpty() || host.equals("[]")) {
            throw d.error("no host in " + of);
        }
        if (host.startsWith("[")) {
            InetAddress ip = host.contains(":") ? Addresses.literal(host.substring(1, host.length() - 1)) : null;
            if (ip == null) {
                throw d.error("invalid IPv6 address in " + of);
            }
            return List.of(ip);
        }
        try {
            return surroundings.lookUp(host);
        } catch (UnknownHostException e) {
            throw d.error("host not found in " + of);
        }
    }
}
