package hopyard.proxy.forward;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** The address that connections to upstreams come from: {@code proxy_bind}. */
public final class LocalAddress {

    private LocalAddress() {}

    /** A literal address with or without a port; {@code null} for anything else. */
    public static InetSocketAddress parse(String text) {
        String host = text;
        int port = 0;
        int colon = text.lastIndexOf(':');
        if (colon > text.lastIndexOf(']') && text.indexOf(':') == colon) {
            host = text.substring(0, colon);
            String digits = text.substring(colon + 1);
            port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : -1;
        }
        if (port < 0 || port > 65535 || !host.matches("[0-9]+(\\.[0-9]+){3}|\\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*]?")) {
            return null;
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
