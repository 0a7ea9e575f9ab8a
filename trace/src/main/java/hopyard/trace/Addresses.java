package hopyard.trace;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/** How socket addresses are written: {@code 127.0.0.1:80}, {@code [::1]:80}. */
public final class Addresses {

    private Addresses() {}

    public static String text(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip instanceof Inet6Address
                ? "[" + host(ip) + "]:" + address.getPort()
                : host(ip) + ":" + address.getPort();
    }

    /** The same, or {@code unix:/path}. */
    public static String text(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix
                ? "unix:" + unix.getPath()
                : text((InetSocketAddress) address);
    }

    /** The IP address alone; {@code unix:} for an end that has none. */
    public static String host(InetAddress ip) {
        if (ip == null) {
            return "unix:";
        }
        String text = ip.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }
}
