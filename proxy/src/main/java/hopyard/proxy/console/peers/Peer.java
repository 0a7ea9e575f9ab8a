package hopyard.proxy.console.peers;

import hopyard.proxy.console.endpoint.HopPeers;
import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Another proxy's console.
 *
 * @param path what its location is called
 */
record Peer(InetAddress ip, int port, String path) {

    /** So many are asked; a name may have any number of addresses. */
    static final int MAX_PEERS = 32;

    /** A list of them, and why some could not be found. */
    record Found(List<Peer> peers, List<String> problems) {}

    /** Its address and port, by which it is named in the console's paths. */
    String address() {
        return Addresses.text(new InetSocketAddress(ip, port));
    }

    /** Looks all of them up, which may take as long as the system's name servers do. */
    static Found find(HopPeers where) {
        Set<Peer> peers = new LinkedHashSet<>();
        List<String> problems = new ArrayList<>();
        for (HopPeers.Place each : where.consoles()) {
            try {
                for (InetAddress ip : InetAddress.getAllByName(each.host())) {
                    peers.add(new Peer(ip, each.port(), each.path()));
                }
            } catch (UnknownHostException e) {
                problems.add("the name " + each.host() + " has no address");
            }
        }
        if (peers.size() > MAX_PEERS) {
            problems.add((peers.size() - MAX_PEERS) + " more than " + MAX_PEERS + " are not asked");
        }
        return new Found(peers.stream().limit(MAX_PEERS).toList(), problems);
    }
}
