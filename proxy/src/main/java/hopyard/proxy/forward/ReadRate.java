package hopyard.proxy.forward;

/**
 * {@code proxy_limit_rate}: no more may be read than the seconds that have begun since the first byte allow. The bytes
 * of a second may be read all at once at its beginning, as in nginx.
 */
final class ReadRate {

    private final long bytesPerSecond;
    private long since = -1;
    private long bytes;
    private boolean isHeldBack;

    ReadRate(long bytesPerSecond) {
        // an enormous rate would overflow when it is multiplied by the seconds
        this.bytesPerSecond = Math.min(bytesPerSecond, 1L << 40);
    }

    /** Whether reading waits. */
    boolean isHeldBack() {
        return isHeldBack;
    }

    void holdBack(boolean holds) {
        isHeldBack = holds;
    }

    /** Returns how many bytes may be read now; 0 or less for none. The time is that of {@link System#nanoTime()}. */
    long allowed(long now) {
        return since < 0 ? bytesPerSecond : bytesPerSecond * ((now - since) / 1_000_000_000 + 1) - bytes;
    }

    /** Counts bytes that have been read. */
    void read(int n, long now) {
        since = since < 0 ? now : since;
        bytes += n;
    }

    /** Returns for how long nothing more may be read, in ms; 0 or less if reading may go on. */
    long pause(long now) {
        long allowed = allowed(now);
        if (allowed > 0) {
            return 0;
        }
        // until a second begins that has room
        long seconds = bytes / bytesPerSecond;
        return seconds * 1000 - (now - since) / 1_000_000 + 1;
    }
}
