package hopyard.proxy.upstream;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * The choice of peers for one request: by the group's method, each peer at most once, backups last.
 *
 * @see <a href="https://nginx.org/en/docs/http/load_balancing.html">Using nginx as HTTP load balancer</a>
 */
public final class PeerSelection {

    /** After this many misses, the methods that use a key or chance take turns instead, as in nginx. */
    private static final int PATIENCE = 20;

    private final Peers peers;
    private final byte[] key;
    /** The id of the peer that the request is bound to; {@code null} for none. */
    private final String bound;

    private Set<Peer> tried;
    private List<Peer> stale;
    private int triesLeft;
    private int misses;
    /** The hash of the key so far, or where it stands on the ring. */
    private int hash;
    /** How often the key has been hashed. */
    private int hashings;

    /**
     * @param limit {@code proxy_next_upstream_tries}; 0 for no limit
     * @param key what the choice depends on where the method has a key: its value, or the client's address
     */
    public PeerSelection(Peers peers, int limit, byte[] key) {
        this(peers, limit, key, null);
    }

    /** @param bound the id of the peer that the request is bound to, as long as it is well; {@code null} for none */
    public PeerSelection(Peers peers, int limit, byte[] key, String bound) {
        this.peers = peers;
        this.key = key;
        this.bound = bound;
        peers.refresh();
        triesLeft = limit > 0 ? Math.min(limit, peers.usable()) : peers.usable();
        hash = 89;
    }

    /** Returns the next peer to try, which {@link #free} gives back; {@code null} if none is available. */
    public Peer next() {
        Peer found = choose();
        if (found != null) {
            found.taken();
        }
        return found;
    }

    /** Notes that the peer has no more to do with the request. */
    public void free(Peer peer) {
        peer.freed();
    }

    private Peer choose() {
        if (peers.isSingle()) {
            Peer only = peers.primary().get(0);
            boolean isClosed =
                    only.settings().options().draining() && !only.id().equals(bound);
            return only.settings().down() || only.isFull() || isClosed ? null : only;
        }
        if (tried == null) {
            tried = new HashSet<>();
        }
        long now = peers.clockAndDice().millis();
        Peer found = bound == null ? null : bound(peers.primary(), now);
        if (found == null) {
            found = primary(now);
        }
        if (found == null && bound != null) {
            found = bound(peers.backup(), now);
        }
        if (found == null) {
            found = backup(now);
        }
        if (found == null && stale != null) {
            tried.removeAll(stale);
            found = roundRobin(stale, now);
            stale = null;
        }
        if (found != null) {
            tried.add(found);
        }
        return found;
    }

    /**
     * Returns the peer that the request is bound to; {@code null} if that cannot be used. It takes no turn for that.
     */
    private Peer bound(List<Peer> candidates, long now) {
        for (Peer peer : candidates) {
            if (peer.id().equals(bound) && !tried.contains(peer) && peer.isAvailableToItsOwn(now)) {
                peer.checkedAt(now);
                return peer;
            }
        }
        return null;
    }

    private Peer primary(long now) {
        if (peers.primary().isEmpty()) {
            return null;
        }
        return switch (peers.group().balancing()) {
            case ROUND_ROBIN -> roundRobin(peers.primary(), now);
            case LEAST_CONN -> leastConnections(peers.primary(), now);
            case IP_HASH -> ipHash(now);
            case HASH -> hash(now);
            case CONSISTENT_HASH -> consistentHash(now);
            case RANDOM -> random(now);
            case RANDOM_TWO -> randomTwo(now);
        };
    }

    private Peer backup(long now) {
        return peers.group().balancing() == Balancing.LEAST_CONN
                ? leastConnections(peers.backup(), now)
                : roundRobin(peers.backup(), now);
    }

    private boolean isUsable(Peer peer, long now) {
        return !tried.contains(peer) && peer.isAvailable(now);
    }

    private Peer roundRobin(List<Peer> candidates, long now) {
        Peer best = null;
        int total = 0;
        for (int i = 0; i < candidates.size(); i++) {
            Peer peer = candidates.get(i);
            if (!isUsable(peer, now)) {
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

    private Peer leastConnections(List<Peer> candidates, long now) {
        List<Peer> least = new ArrayList<>();
        for (Peer peer : candidates) {
            if (isUsable(peer, now)) {
                int order = least.isEmpty() ? -1 : compareLoad(peer, least.get(0));
                if (order < 0) {
                    least.clear();
                }
                if (order <= 0) {
                    least.add(peer);
                }
            }
        }
        if (least.size() == 1) {
            // no turns are taken, so no weight changes, as in nginx
            least.get(0).checkedAt(now);
            return least.get(0);
        }
        return roundRobin(least, now);
    }

    private static int compareLoad(Peer a, Peer b) {
        return Long.compare(
                (long) a.connections() * b.settings().weight(),
                (long) b.connections() * a.settings().weight());
    }

    /** Returns the peer in whose share of the total weight the number lies. */
    private Peer byWeight(long number) {
        long left = number;
        for (Peer peer : peers.primary()) {
            left -= peer.settings().weight();
            if (left < 0) {
                return peer;
            }
        }
        throw new IllegalStateException("more than the total weight: " + number);
    }

    private Peer ipHash(long now) {
        // IPv4 clients of the same /24 network belong together
        int length = key.length == 4 ? 3 : key.length;
        while (misses <= PATIENCE) {
            for (int i = 0; i < length; i++) {
                hash = (hash * 113 + (key[i] & 0xff)) % 6271;
            }
            Peer peer = byWeight(hash % peers.totalWeight());
            if (isUsable(peer, now)) {
                peer.checkedAt(now);
                return peer;
            }
            misses++;
        }
        return roundRobin(peers.primary(), now);
    }

    private Peer hash(long now) {
        if (hashings == 0) {
            hash = 0;
        }
        while (misses <= PATIENCE && key.length > 0) {
            CRC32 crc = new CRC32();
            if (hashings > 0) {
                crc.update(Integer.toString(hashings).getBytes(StandardCharsets.US_ASCII));
            }
            crc.update(key);
            hash += (int) (crc.getValue() >> 16) & 0x7fff;
            hashings++;
            Peer peer = byWeight(Integer.toUnsignedLong(hash) % peers.totalWeight());
            if (isUsable(peer, now)) {
                peer.checkedAt(now);
                return peer;
            }
            misses++;
        }
        return roundRobin(peers.primary(), now);
    }

    private Peer consistentHash(long now) {
        HashRing ring = peers.ring();
        if (hashings == 0) {
            hash = ring.find(key);
            hashings = 1;
        }
        while (misses <= PATIENCE && ring.size() > 0 && key.length > 0) {
            Peer peer = roundRobin(ring.at(hash), now);
            if (peer != null) {
                return peer;
            }
            hash++;
            misses++;
        }
        return roundRobin(peers.primary(), now);
    }

    private Peer draw() {
        return byWeight(peers.clockAndDice().draw(peers.totalWeight()));
    }

    private Peer random(long now) {
        while (misses <= PATIENCE) {
            Peer peer = draw();
            if (isUsable(peer, now)) {
                peer.checkedAt(now);
                return peer;
            }
            misses++;
        }
        return roundRobin(peers.primary(), now);
    }

    private Peer randomTwo(long now) {
        Peer first = null;
        while (misses <= PATIENCE) {
            Peer peer = draw();
            if (peer != first && isUsable(peer, now)) {
                if (first != null) {
                    // with equal load the second, as in nginx; so among idle servers the lighter one comes more often
                    Peer best = compareLoad(peer, first) > 0 ? first : peer;
                    best.checkedAt(now);
                    return best;
                }
                first = peer;
            }
            misses++;
        }
        return roundRobin(peers.primary(), now);
    }

    /**
     * Notes that the attempt on the peer is over. The only server of a group is never taken out, as in nginx.
     *
     * @return true if this failure takes the peer out
     */
    public boolean ended(Peer peer, boolean failed) {
        triesLeft--;
        if (peers.isSingle()) {
            return false;
        }
        if (failed) {
            return peer.failed(peers.clockAndDice().millis());
        }
        peer.succeeded();
        return false;
    }

    /**
     * Notes that an idle connection turned out to be dead. This costs no try, because the peer may be well. The other
     * peers come first, as in nginx. Unlike in nginx, this peer gets another chance when no other is left.
     */
    public void staleConnection(Peer peer) {
        triesLeft++;
        if (tried != null) {
            stale = stale == null ? new ArrayList<>() : stale;
            stale.add(peer);
        }
    }

    /** Whether there is a try after the one that is under way. */
    public boolean hasAnotherTry() {
        return triesLeft > 1;
    }

    /** Whether there is a try after the one that has {@link #ended}. */
    public boolean hasTriesLeft() {
        return triesLeft > 0;
    }
}
