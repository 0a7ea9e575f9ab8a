package hopyard.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What one shared memory zone holds on the heap, and how much that may be. Who keeps something in a zone takes first what
 * it costs, with everything that Java needs around it, and makes room or does without where there is none.
 */
public final class ZoneMemory {

    /** What all zones together may hold, in bytes: a quarter of the heap's largest size. */
    public static final long ALL = Runtime.getRuntime().maxMemory() / 4;

    /** A place in a hash table, in bytes: when the table has just grown, three eighths of its places are in use. */
    private static final int PLACE = 12;

    /** An entry of a {@link java.util.LinkedHashMap} with its place in the table, in bytes. */
    public static final int LINKED_ENTRY = 40 + PLACE;

    /** An entry of a {@link java.util.concurrent.ConcurrentHashMap} with its place in the table, in bytes. */
    public static final int CONCURRENT_ENTRY = 32 + PLACE;

    private final AtomicLong used = new AtomicLong();
    private volatile long bound;

    /**
     * @param bound how many bytes it may hold
     */
    public ZoneMemory(long bound) {
        this.bound = bound;
    }

    /** Lets it hold another number of bytes from now on; what it holds already stays. */
    public void bound(long bytes) {
        bound = bytes;
    }

    /** How much it holds, in bytes. */
    public long used() {
        return used.get();
    }

    /** Whether it holds more than it may, because that has become less. */
    public boolean isOverfull() {
        return used.get() > bound;
    }

    /** Takes so many bytes; false if there is no room for them. */
    public boolean take(long bytes) {
        if (used.addAndGet(bytes) <= bound) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    /** Gives back what was taken. */
    public void free(long bytes) {
        used.addAndGet(-bytes);
    }

    /** What a text takes, in bytes: the object and its array. */
    public static long of(String text) {
        boolean isWide = false;
        for (int i = 0; i < text.length() && !isWide; i++) {
            isWide = text.charAt(i) > 0xff;
        }
        long array = 16 + (isWide ? 2L : 1L) * text.length();
        return 24 + (array + 7 & ~7);
    }
}
