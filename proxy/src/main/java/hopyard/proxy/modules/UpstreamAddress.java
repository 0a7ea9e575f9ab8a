package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.Values;
import hopyard.proxy.io.UnixAddress;
import hopyard.proxy.server.MainSettings;
import hopyard.proxy.server.Reading;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Resolves the {@code host[:port]} or {@code unix:PATH} of an upstream server. */
final class UpstreamAddress {

    private UpstreamAddress() {}

    /** Returns the addresses of a server that is named in a scope. */
    static List<SocketAddress> all(Scope scope, Directive d, String text, int defaultPort) throws ConfException {
        return all(Reading.of(scope).surroundings(), MainSettings.of(scope).connectInstead(), d, text, defaultPort);
    }

    /** Returns the same for a server that a {@code …_pass} names: of what is not found, the host is told only. */
    static List<SocketAddress> ofPass(Scope scope, Directive d, String text, int defaultPort) throws ConfException {
        return all(
                Reading.of(scope).surroundings(),
                MainSettings.of(scope).connectInstead(),
                d,
                text,
                defaultPort,
                host(text));
    }

    /** Returns the host of {@code host[:port]}. */
    static String host(String text) {
        int colon = text.lastIndexOf(':');
        return colon > text.lastIndexOf(']') && !text.startsWith("unix:") ? text.substring(0, colon) : text;
    }

    /**
     * Returns the addresses of a server.
     *
     * @param instead the addresses of {@code hop_connect}, by the addresses that they replace
     */
    static List<SocketAddress> all(
            Surroundings surroundings, Map<String, String> instead, Directive d, String text, int defaultPort)
            throws ConfException {
        return all(surroundings, instead, d, text, defaultPort, text);
    }

    private static List<SocketAddress> all(
            Surroundings surroundings,
            Map<String, String> instead,
            Directive d,
            String text,
            int defaultPort,
            String lookedUp)
            throws ConfException {
        String of = " in upstream \"" + text + "\"";
        if (text.startsWith("unix:")) {
            return List.of(UnixAddress.of(text, of, d));
        }
        boolean hasPort = text.lastIndexOf(':') > text.lastIndexOf(']');
        String full = hasPort ? text : text + ":" + defaultPort;
        full = instead.getOrDefault(full, full);
        if (full.startsWith("unix:")) {
            return List.of(UnixAddress.of(full, of, d));
        }
        int colon = full.lastIndexOf(':');
        int port = Values.parseNumber(full.substring(colon + 1));
        if (port < 1 || port > 65535) {
            throw d.error("invalid port" + of);
        }
        if (colon == 0) {
            throw d.error("no host" + of);
        }
        List<SocketAddress> addresses = new ArrayList<>();
        try {
            String host = full.substring(0, colon);
            // nginx writes IPv6 addresses in brackets
            String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            for (InetAddress ip : surroundings.lookUp(plain)) {
                addresses.add(new InetSocketAddress(ip, port));
            }
        } catch (UnknownHostException e) {
            throw d.error("host not found in upstream \"" + lookedUp + "\"");
        }
        return addresses;
    }
}
