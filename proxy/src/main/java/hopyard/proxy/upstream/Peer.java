package hopyard.proxy.upstream;

/** A server of a group as one I/O thread sees it, with what that thread knows of its health. */
public final class Peer {

    private final PeerSettings settings;
    private final Health health;
    private int currentWeight;
    private int effectiveWeight;
    private String id;

    Peer(PeerSettings settings) {
        this.settings = settings;
        health = settings.options().shared() ? settings.health() : new Health();
        effectiveWeight = settings.weight();
    }

    public PeerSettings settings() {
        return settings;
    }

    /** Returns its id for {@code sticky}. */
    public String id() {
        id = id == null ? settings.id() : id;
        return id;
    }

    boolean isAvailable(long now) {
        return !settings.options().draining() && isAvailableToItsOwn(now);
    }

    /** Whether it may have a request that is bound to it. */
    boolean isAvailableToItsOwn(long now) {
        return !settings.down()
                && !isFull()
                && (settings.maxFails() == 0
                        || health.fails.get() < settings.maxFails()
                        || now - health.checked > settings.options().failTimeoutMillis());
    }

    /** Whether the peer has as many connections as it may have. */
    boolean isFull() {
        int most = settings.options().maxConns();
        return most > 0 && health.connections.get() >= most;
    }

    /** Returns how many requests the peer has under way. */
    int connections() {
        return health.connections.get();
    }

    void taken() {
        health.connections.incrementAndGet();
    }

    void freed() {
        health.connections.decrementAndGet();
    }

    /** Notes that the peer was chosen without a round: from what it does now, its health is judged. */
    void checkedAt(long now) {
        if (now - health.checked > settings.options().failTimeoutMillis()) {
            health.checked = now;
        }
    }

    /** Takes part in a round of smooth weighted round robin. Returns the weight that the peer adds. */
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

    /** Counts a failure; true if this failure takes the peer out. */
    boolean failed(long now) {
        int fails = health.fails.incrementAndGet();
        health.accessed = now;
        health.checked = now;
        if (settings.maxFails() == 0) {
            return false;
        }
        effectiveWeight = Math.max(0, effectiveWeight - settings.weight() / settings.maxFails());
        return fails == settings.maxFails();
    }

    void succeeded() {
        if (health.accessed < health.checked && health.fails.get() != 0) {
            health.fails.set(0);
        }
    }
}
