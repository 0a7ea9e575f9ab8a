package hopyard.http.server.http2;

/**
 * How often a client may have this side do work that is of no use to it: with what it has left, and what comes with
 * time. What is of use earns it more. So a flood ends soon, and a client that does such things now and then never
 * notices.
 */
final class Budget {

    private final int most;
    private final int perSecond;
    private int left;
    private long filled = System.nanoTime();

    /**
     * @param most how much there is at first, and at most
     * @param perSecond how much comes with each second
     */
    Budget(int most, int perSecond) {
        this.most = most;
        this.perSecond = perSecond;
        left = most;
    }

    /** Adds what was earned. */
    void earn(int amount) {
        left = Math.min(most, left + amount);
    }

    /** Takes some; returns false if there is not so much. */
    boolean spend(int amount) {
        if (left < amount) {
            long now = System.nanoTime();
            long due = (now - filled) / 1_000_000 * perSecond / 1000;
            if (due > 0) {
                filled = now;
                left = (int) Math.min(most, left + due);
            }
        }
        if (left < amount) {
            return false;
        }
        left -= amount;
        return true;
    }
}
