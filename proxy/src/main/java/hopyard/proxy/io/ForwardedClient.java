package hopyard.proxy.io;

import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the client that proxies name in a field such as X-Forwarded-For. */
public final class ForwardedClient {

    /** An address, with or without a port: {@code 1.2.3.4}, {@code 1.2.3.4:5}, {@code ::1}, {@code [::1]:5}. */
    private static final Pattern ADDRESS = Pattern.compile(
            "([0-9.]+)(?::([0-9]{1,5}))?|\\[([0-9a-fA-F:.]+)](?::([0-9]{1,5}))?|([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)");

    private ForwardedClient() {}

    /**
     * Returns the last address that a trusted peer has added.
     *
     * @param lines the lines of the field, in the order of the message
     * @param recursive whether to skip addresses that are trusted themselves
     * @return the address; {@code null} if there is none
     */
    public static InetSocketAddress find(List<String> lines, List<Network> trusted, boolean recursive) {
        String[] said = String.join(",", lines).split("[, ]+");
        InetSocketAddress found = null;
        for (int i = said.length - 1; i >= 0; i--) {
            // nginx wants a port behind brackets here
            InetSocketAddress address = said[i].endsWith("]") ? null : parse(said[i]);
            if (address == null) {
                break;
            }
            found = address;
            if (!recursive || !isAmong(trusted, address)) {
                break;
            }
        }
        return found;
    }

    /** Whether one of the networks contains the address. */
    public static boolean isAmong(List<Network> networks, InetSocketAddress address) {
        for (Network network : networks) {
            if (network.contains(address.getAddress())) {
                return true;
            }
        }
        return false;
    }

    /** Parses a literal address, with or without a port. Returns {@code null} for anything else. */
    public static InetSocketAddress parse(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        String ip = matcher.group(1) != null
                ? matcher.group(1)
                : matcher.group(3) != null ? matcher.group(3) : matcher.group(5);
        String port = matcher.group(2) != null ? matcher.group(2) : matcher.group(4);
        InetAddress literal = Addresses.asWritten(ip);
        int number = port == null ? 0 : Integer.parseInt(port);
        return literal == null || number > 65535 ? null : new InetSocketAddress(literal, number);
    }
}
