package hopyard.proxy.forward;

import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The address that connections to upstreams come from: {@code proxy_bind}. */
public final class LocalAddress {

    private LocalAddress() {}

    /** Returns a literal address with or without a port; {@code null} for anything else. */
    public static InetSocketAddress parse(String text) {
        String host = text;
        int port = 0;
        int colon = text.lastIndexOf(':');
        if (colon > text.lastIndexOf(']') && (text.startsWith("[") || text.indexOf(':') == colon)) {
            host = text.substring(0, colon);
            String digits = text.substring(colon + 1);
            port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : -1;
        }
        boolean bracketed = host.startsWith("[") && host.endsWith("]") && text.length() > host.length();
        InetAddress literal = Addresses.literal(bracketed ? host.substring(1, host.length() - 1) : host);
        return literal == null || port < 0 || port > 65535 ? null : new InetSocketAddress(literal, port);
    }
}
