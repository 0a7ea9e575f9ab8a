package hopyard.proxy.forward;

/** {@code proxy_limit_rate}: what has been read must not be more than the time since the first byte allows. */
final class ReadRate {

    private final long bytesPerSecond;
    private final long since;
    private long bytes;

    /** @param since when the first byte was read, on the scale of {@link System#nanoTime()} */
    ReadRate(long bytesPerSecond, long since) {
        this.bytesPerSecond = bytesPerSecond;
        this.since = since;
    }

    /**
     * Counts what has been read.
     *
     * @return for how long nothing more is to be read, in ms; not positive for not at all
     */
    long read(int n, long now) {
        bytes += n;
        return bytes * 1000 / bytesPerSecond - 1000 - (now - since) / 1_000_000;
    }
}
