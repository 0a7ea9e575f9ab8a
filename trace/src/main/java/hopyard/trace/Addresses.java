package hopyard.trace;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** How socket addresses are written: {@code 127.0.0.1:80}, {@code [::1]:80}. */
public final class Addresses {

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** The number of 16-bit groups in an IPv6 address. */
    private static final int GROUPS = 8;

    /** Where an IPv4 address stands in the bytes of an IPv6 address that has one in it. */
    private static final int IPV4_AT = 12;

    private Addresses() {}

    public static String text(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip instanceof Inet6Address
                ? "[" + host(ip) + "]:" + address.getPort()
                : host(ip) + ":" + address.getPort();
    }

    /**
     * Returns the address that a text without brackets and port stands for, or {@code null} for a name. Nothing is
     * looked up.
     * Java's own {@code getByName} treats a text that is almost an address, such as {@code 300.1.1.1}, as a name.
     */
    public static InetAddress literal(String text) {
        try {
            if (IPV4.matcher(text).matches()) {
                byte[] bytes = new byte[4];
                String[] parts = text.split("\\.");
                for (int i = 0; i < 4; i++) {
                    int number = Integer.parseInt(parts[i]);
                    if (number > 255) {
                        return null;
                    }
                    bytes[i] = (byte) number;
                }
                return InetAddress.getByAddress(bytes);
            }
            // with a colon in it, Java looks nothing up
            return IPV6.matcher(text).matches() ? InetAddress.getByName(text) : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /**
     * Returns the same, but an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) stays one, where Java makes it one
     * of IPv4.
     */
    public static InetAddress asWritten(String text) {
        InetAddress ip = literal(text);
        if (!(ip instanceof Inet4Address) || text.indexOf(':') < 0) {
            return ip;
        }
        byte[] bytes = new byte[2 * GROUPS];
        Arrays.fill(bytes, IPV4_AT - 2, IPV4_AT, (byte) 0xff);
        System.arraycopy(ip.getAddress(), 0, bytes, IPV4_AT, bytes.length - IPV4_AT);
        try {
            return Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the IPv4 address that an IPv4-mapped one stands for; any other as it is. */
    public static InetAddress unmapped(InetAddress ip) {
        try {
            // of such bytes, Java makes an address of IPv4
            return ip instanceof Inet6Address ? InetAddress.getByAddress(ip.getAddress()) : ip;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns {@code host:port}, or {@code unix:/path} for a Unix domain socket. */
    public static String text(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix
                ? "unix:" + unix.getPath()
                : text((InetSocketAddress) address);
    }

    /**
     * Returns the IP address without a port; {@code unix:} if {@code ip} is {@code null}, as at a Unix domain socket.
     */
    public static String host(InetAddress ip) {
        if (ip == null) {
            return "unix:";
        }
        return ip instanceof Inet6Address six ? shortest(six.getAddress()) : ip.getHostAddress();
    }

    /**
     * Returns the canonical text of an IPv6 address (RFC 5952 section 4), as in {@code ::1}. What has an IPv4 address
     * in it ends in that: nginx's {@code ngx_inet6_ntop}.
     */
    private static String shortest(byte[] bytes) {
        int longest = -1;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int n = zeros(bytes, i);
            if (n > length) {
                longest = i;
                length = n;
            }
        }
        int last = bytes[2 * GROUPS - 1];
        boolean hasIpv4 = longest == 0
                && (length == 6
                        || length == 5 && group(bytes, 5) == 0xffff
                        || length == 7 && bytes[2 * GROUPS - 2] != 0 && last != 1);
        int end = hasIpv4 ? IPV4_AT / 2 : GROUPS;
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < end; i++) {
            if (i == longest) {
                out.append("::");
                i += length - 1;
            } else {
                boolean isFirst = out.length() == 0 || out.charAt(out.length() - 1) == ':';
                out.append(isFirst ? "" : ":").append(Integer.toHexString(group(bytes, i)));
            }
        }
        if (hasIpv4) {
            out.append(length == 5 ? ":" : "");
            for (int i = IPV4_AT; i < bytes.length; i++) {
                out.append(i == IPV4_AT ? "" : ".").append(bytes[i] & 0xff);
            }
        }
        return out.toString();
    }

    private static int group(byte[] bytes, int i) {
        return (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }

    private static int zeros(byte[] bytes, int from) {
        int end = from;
        while (end < GROUPS && group(bytes, end) == 0) {
            end++;
        }
        return end - from;
    }
}
