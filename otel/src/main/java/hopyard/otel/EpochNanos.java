package hopyard.otel;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Times as spans have them, of times by {@link System#nanoTime()}. */
public final class EpochNanos {

    private EpochNanos() {}

    /** Returns what to add to a time by {@link System#nanoTime()} for nanoseconds since 1970, as the clock is now. */
    public static long atZero() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - System.nanoTime();
    }
}
