package hopyard.proxy.upstream;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The choice of peers for one request: smooth weighted round robin, each peer at most once, backups last.
 *
 * @see <a href="https://nginx.org/en/docs/http/load_balancing.html">Using nginx as HTTP load balancer</a>
 */
public final class PeerSelection {

    private final Peers peers;
    private Set<Peer> tried;
    private int triesLeft;

    /**
     * @param limit {@code proxy_next_upstream_tries}; 0 for no limit
     */
    public PeerSelection(Peers peers, int limit) {
        this.peers = peers;
        int all = (int) (peers.primary().stream()
                        .filter(p -> !p.settings().down())
                        .count()
                + peers.backup().stream().filter(p -> !p.settings().down()).count());
        triesLeft = limit > 0 ? Math.min(limit, all) : all;
    }

    /** The next peer to try, or {@code null} if none is available. */
    public Peer next() {
        if (peers.isSingle()) {
            Peer only = peers.primary().get(0);
            return only.settings().down() ? null : only;
        }
        if (tried == null) {
            tried = new HashSet<>();
        }
        Peer found = roundRobin(peers.primary());
        if (found == null) {
            found = roundRobin(peers.backup());
        }
        if (found != null) {
            tried.add(found);
        }
        return found;
    }

    private Peer roundRobin(List<Peer> candidates) {
        long now = System.nanoTime() / 1_000_000;
        Peer best = null;
        int total = 0;
        for (Peer peer : candidates) {
            if (tried.contains(peer) || !peer.isAvailable(now)) {
                continue;
            }
            total += peer.bid();
            if (best == null || peer.currentWeight() > best.currentWeight()) {
                best = peer;
            }
        }
        if (best != null) {
            best.chosen(total, now);
        }
        return best;
    }

    /**
     * The attempt on that peer is over. The only server of a group is never taken out, as in nginx.
     *
     * @return true if this failure takes the peer out
     */
    public boolean ended(Peer peer, boolean failed) {
        triesLeft--;
        if (peers.isSingle()) {
            return false;
        }
        if (failed) {
            return peer.failed(System.nanoTime() / 1_000_000);
        }
        peer.succeeded();
        return false;
    }

    /** An idle connection that turned out to be dead costs no try: the peer may be well. */
    public void staleConnection(Peer peer) {
        triesLeft++;
        if (tried != null) {
            tried.remove(peer);
        }
    }

    public boolean hasTriesLeft() {
        return triesLeft > 0;
    }
}
