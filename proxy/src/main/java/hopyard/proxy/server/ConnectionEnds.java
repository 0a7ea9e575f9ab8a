package hopyard.proxy.server;

import hopyard.trace.Addresses;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.xnio.StreamConnection;

/**
 * The two ends of a client's connection: their addresses, and the texts that variables and lines of the log have.
 *
 * @param peer the client's end; unresolved, with the host name {@code unix:}, in the Unix domain
 * @param local this server's end
 * @param host the client's address, without the port
 * @param from the client's end
 * @param at this server's end
 */
record ConnectionEnds(InetSocketAddress peer, InetSocketAddress local, String host, String from, String at) {

    /** Stands for the address of a peer in the Unix domain, which has none. */
    private static final InetSocketAddress UNIX = InetSocketAddress.createUnresolved("unix:", 0);

    /** Returns those of an accepted connection. */
    static ConnectionEnds of(StreamConnection accepted, SocketAddress bound) {
        return bound instanceof UnixDomainSocketAddress
                ? new ConnectionEnds(UNIX, UNIX, Addresses.host(UNIX.getAddress()), "unix:", Addresses.text(bound))
                : of(
                        accepted.getPeerAddress(InetSocketAddress.class),
                        accepted.getLocalAddress(InetSocketAddress.class));
    }

    static ConnectionEnds of(InetSocketAddress peer, InetSocketAddress local) {
        return new ConnectionEnds(
                peer, local, Addresses.host(peer.getAddress()), Addresses.text(peer), Addresses.text(local));
    }
}
