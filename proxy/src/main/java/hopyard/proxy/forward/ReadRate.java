package hopyard.proxy.forward;

/** {@code proxy_limit_rate}: no more may be read than the time since the first byte allows. */
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
     * Counts bytes that have been read.
     *
     * @return for how long nothing more may be read, in ms; 0 or negative if reading may go on
     */
    long read(int n, long now) {
        bytes += n;
        return bytes * 1000 / bytesPerSecond - 1000 - (now - since) / 1_000_000;
    }
}
