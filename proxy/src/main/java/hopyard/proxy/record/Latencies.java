package hopyard.proxy.record;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.HdrHistogram.Histogram;

/**
 * Counts how often each duration was measured: exactly up to 256 µs, and within 1 % above. One thread counts, without a
 * lock and without an atomic operation. Another thread gathers now and then.
 */
final class Latencies {

    /** The longest duration that has a counter, in microseconds: an hour. Longer ones count as this one. */
    static final long LONGEST = 3_600_000_000L;

    /** The values from one power of two to the next share 2 to this power of counters. */
    private static final int STEPS_BITS = 7;

    private static final int SIZE = index(LONGEST) + 1;

    private final AtomicIntegerArray counts = new AtomicIntegerArray(SIZE);
    private final int[] gathered = new int[SIZE];

    /** Counts a duration. Only one thread may call this. */
    void add(long nanos) {
        int i = index(Math.min(LONGEST, Math.max(0, (nanos + 500) / 1000)));
        counts.lazySet(i, counts.getPlain(i) + 1);
    }

    /** Adds what has been counted since the last call. Only the thread that gathers may call this. */
    void moveTo(Histogram micros) {
        for (int i = 0; i < SIZE; i++) {
            int count = counts.get(i);
            if (count != gathered[i]) {
                micros.recordValueWithCount(value(i), Integer.toUnsignedLong(count - gathered[i]));
                gathered[i] = count;
            }
        }
    }

    private static int index(long micros) {
        int shift = shift(micros);
        return (shift << STEPS_BITS) + (int) (micros >>> shift);
    }

    private static int shift(long micros) {
        return Math.max(0, 63 - Long.numberOfLeadingZeros(micros | 1) - STEPS_BITS);
    }

    /** Returns the middle of the durations that a counter stands for, in microseconds. */
    private static long value(int index) {
        int shift = Math.max(0, (index >> STEPS_BITS) - 1);
        long first = (long) (index - (shift << STEPS_BITS)) << shift;
        return Math.min(LONGEST, first + (1L << shift) / 2);
    }
}
