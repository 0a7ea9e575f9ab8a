package hopyard.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What one shared memory zone holds on the heap, and how much it may hold. Code that keeps something in a zone first
 * takes what it costs, including what Java needs around it. If there is no room, the code makes room or does without.
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

    /** Sets another bound, in bytes, from now on. What the zone holds already stays. */
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
