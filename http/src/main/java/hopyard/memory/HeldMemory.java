package hopyard.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What is held on the heap for clients that take their time: connections, request heads that come in pieces, request bodies
 * on their way into a file. All of it together may be as much as leaves the rest of the server enough of the heap; what goes
 * beyond is refused, or kept in a file.
 */
public final class HeldMemory {

    /** What a connection takes with a request under way on it, and one to the app, in bytes; measured. */
    public static final int CONNECTION = 5 << 10;

    /** Of the heap's largest size; with the launcher's 96 MiB: 66 MiB, where the old generation has 76. */
    private static final long MOST = Runtime.getRuntime().maxMemory() / 16 * 11;

    private static final AtomicLong HELD = new AtomicLong();

    /** What is kept free for the zones of the running configuration. */
    private static volatile long reserved;

    private HeldMemory() {}

    /** Leaves clients so much less, in bytes, because the zones of the running configuration may hold that. */
    public static void reserve(long bytes) {
        reserved = bytes;
    }

    private static long most() {
        return MOST - reserved;
    }

    /** How much is held, in bytes. */
    public static long held() {
        return HELD.get();
    }

    /** Whether that much more may be held, in bytes. */
    public static boolean hasRoom(long bytes) {
        return HELD.get() + bytes <= most();
    }

    /** Counts that much more as held until it is given back, whatever there is. */
    public static void hold(long bytes) {
        HELD.addAndGet(bytes);
    }

    /** The same if it may be held; false if not. */
    public static boolean take(long bytes) {
        if (HELD.addAndGet(bytes) <= most()) {
            return true;
        }
        HELD.addAndGet(-bytes);
        return false;
    }

    /** Gives back what was taken. */
    public static void free(long bytes) {
        HELD.addAndGet(-bytes);
    }
}
