package hopyard.proxy.server;

import hopyard.trace.Addresses;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.xnio.StreamConnection;

/**
 * The two ends of a client's connection: their addresses, and the texts that variables and lines of the log have.
 *
 * @param peer the client's end; unresolved, with the host name {@code unix:}, in the Unix domain
 * @param local this server's end
 * @param isMapped whether it came over IPv4 to a socket of IPv6, so that its addresses are IPv4-mapped ones
 * @param host the client's address, without the port
 * @param from the client's end
 * @param at this server's end
 */
public record ConnectionEnds(
        InetSocketAddress peer, InetSocketAddress local, boolean isMapped, String host, String from, String at) {

    /** Stands for the address of a peer in the Unix domain, which has none. */
    private static final InetSocketAddress UNIX = InetSocketAddress.createUnresolved("unix:", 0);

    /** What IPv4-mapped IPv6 addresses begin with (RFC 4291 section 2.5.5.2). */
    private static final String MAPPED = "::ffff:";

    /** Returns those of an accepted connection. */
    static ConnectionEnds of(StreamConnection accepted, SocketAddress bound, boolean takesIpv4) {
        if (bound instanceof UnixDomainSocketAddress) {
            return new ConnectionEnds(UNIX, UNIX, false, text(UNIX, false), "unix:", Addresses.text(bound));
        }
        InetSocketAddress peer = accepted.getPeerAddress(InetSocketAddress.class);
        return of(
                peer,
                accepted.getLocalAddress(InetSocketAddress.class),
                takesIpv4 && peer.getAddress() instanceof Inet4Address);
    }

    static ConnectionEnds of(InetSocketAddress peer, InetSocketAddress local, boolean isMapped) {
        return new ConnectionEnds(
                peer, local, isMapped, text(peer, isMapped), withPort(peer, isMapped), withPort(local, isMapped));
    }

    /** Returns this server's address, without the port. */
    public String localHost() {
        return text(local, isMapped);
    }

    private static String text(InetSocketAddress end, boolean isMapped) {
        return (isMapped ? MAPPED : "") + Addresses.host(end.getAddress());
    }

    private static String withPort(InetSocketAddress end, boolean isMapped) {
        return isMapped ? "[" + text(end, true) + "]:" + end.getPort() : Addresses.text(end);
    }
}
