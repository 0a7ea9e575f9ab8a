package hopyard.proxy.console.endpoint;

import hopyard.memory.HeldMemory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the console holds for those who ask it: bodies that they send, pieces of answers that they have not read, events
 * for watchers. All of it together is an eighth of the heap at most, so that no asker takes what clients of the proxy
 * need; and it is part of what {@link HeldMemory} counts.
 */
final class Allowance {

    /** In bytes; with the launcher's 96 MiB: 12 MiB. */
    private static final long MAX = Runtime.getRuntime().maxMemory() / 8;

    private static final AtomicLong TAKEN = new AtomicLong();

    private Allowance() {}

    /** How much is taken, in bytes. */
    static long taken() {
        return TAKEN.get();
    }

    /** Counts that many bytes more; false if that is too much. */
    static boolean take(long bytes) {
        if (TAKEN.addAndGet(bytes) <= MAX && HeldMemory.take(bytes)) {
            return true;
        }
        TAKEN.addAndGet(-bytes);
        return false;
    }

    /** Gives back what was taken. */
    static void free(long bytes) {
        TAKEN.addAndGet(-bytes);
        HeldMemory.free(bytes);
    }
}
