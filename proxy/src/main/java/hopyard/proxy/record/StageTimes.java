package hopyard.proxy.record;

import hopyard.proxy.exchange.Stage;

/** How long an exchange spent in each stage. The stages add up to the total. */
public final class StageTimes {

    private final long[] nanos;

    /**
     * @param nanos by stage, in nanoseconds
     */
    StageTimes(long[] nanos) {
        this.nanos = nanos;
    }

    public long nanos(Stage of) {
        return nanos[of.ordinal()];
    }

    public double millis(Stage of) {
        return nanos(of) / 1e6;
    }

    /** Returns the time of all stages together, in nanoseconds. */
    public long total() {
        long sum = 0;
        for (long each : nanos) {
            sum += each;
        }
        return sum;
    }
}
