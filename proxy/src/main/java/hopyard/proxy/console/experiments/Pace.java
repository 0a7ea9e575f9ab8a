package hopyard.proxy.console.experiments;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How the bytes are sent and the answer is read.
 *
 * @param writeRate how many bytes a second are sent at most; 0 for no limit
 * @param rate how many bytes a second are read at most; 0 for no limit
 * @param isRaw whether everything is content that comes until the other end closes or is quiet
 * @param quietMillis how long it may be quiet, once something has come
 * @param waitMillis how long is waited in all
 * @param closesEarly whether the sending half is closed once all is sent
 */
record Pace(int writeRate, int rate, boolean isRaw, int quietMillis, int waitMillis, boolean closesEarly) {

    /** For all of it; without an answer for so long, there is none. */
    private static final int MAX_SECONDS = 30;

    /** A response that ends where HTTP says that it does. */
    static Pace response(int writeRate, int rate) {
        return new Pace(writeRate, rate, false, 0, MAX_SECONDS * 1000, false);
    }

    /**
     * Waits until so many bytes are due at a rate.
     *
     * @param since the beginning, on the scale of {@link System#nanoTime()}
     * @param rate bytes a second; 0 for no limit
     * @param isOver ends the waiting
     */
    static void await(long since, long bytes, int rate, BooleanSupplier isOver) {
        if (rate > 0) {
            long due = since + bytes * 1_000_000_000L / rate;
            for (long left = due - System.nanoTime();
                    left > 0 && !isOver.getAsBoolean();
                    left = due - System.nanoTime()) {
                LockSupport.parkNanos(Math.min(left, 100_000_000));
            }
        }
    }
}
