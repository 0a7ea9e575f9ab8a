package hopyard.proxy.upstream;

/** A server of a group as one I/O thread sees it, with what that thread knows of its health. */
public final class Peer {

    private final PeerSettings settings;
    private int currentWeight;
    private int effectiveWeight;
    private int fails;
    private int connections;
    private long checked;
    private long accessed;

    Peer(PeerSettings settings) {
        this.settings = settings;
        effectiveWeight = settings.weight();
    }

    public PeerSettings settings() {
        return settings;
    }

    boolean isAvailable(long now) {
        return !settings.down()
                && !isFull()
                && (settings.maxFails() == 0
                        || fails < settings.maxFails()
                        || now - checked > settings.options().failTimeoutMillis());
    }

    /** Whether it has as many connections as it may have. */
    boolean isFull() {
        int most = settings.options().maxConns();
        return most > 0 && connections >= most;
    }

    /** How many requests it has under way. */
    int connections() {
        return connections;
    }

    void taken() {
        connections++;
    }

    void freed() {
        connections--;
    }

    /** It has been chosen other than in a round: what it does now tells how it is. */
    void checkedAt(long now) {
        if (now - checked > settings.options().failTimeoutMillis()) {
            checked = now;
        }
    }

    /** Takes part in a round of smooth weighted round robin; returns the weight that it brings in. */
    int bid() {
        int bid = effectiveWeight;
        currentWeight += bid;
        if (effectiveWeight < settings.weight()) {
            effectiveWeight++;
        }
        return bid;
    }

    int currentWeight() {
        return currentWeight;
    }

    void chosen(int total, long now) {
        currentWeight -= total;
        checkedAt(now);
    }

    /** Counts a failure; true if this is the one that takes the peer out. */
    boolean failed(long now) {
        fails++;
        accessed = now;
        checked = now;
        if (settings.maxFails() == 0) {
            return false;
        }
        effectiveWeight = Math.max(0, effectiveWeight - settings.weight() / settings.maxFails());
        return fails == settings.maxFails();
    }

    void succeeded() {
        if (accessed < checked) {
            fails = 0;
        }
    }
}
