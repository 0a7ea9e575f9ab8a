package hopyard.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What is held on the heap for clients that take their time: connections, request heads that come in pieces, and
 * request bodies on their way into a file. All of it together has a limit that leaves the rest of the server enough of
 * the heap. What exceeds the limit is refused, or kept in a file.
 */
public final class HeldMemory {

    /** What a connection takes with a request under way on it, and with a connection to the app, in bytes; measured. */
    public static final int CONNECTION = 5 << 10;

    /** The limit, in bytes: with the launcher's heap of 96 MiB it is 66 MiB, where the old generation has 84. */
    private static final long MOST = Runtime.getRuntime().maxMemory() / 16 * 11;

    private static final AtomicLong HELD = new AtomicLong();

    /** What is kept free for the zones of the running configuration. */
    private static volatile long reserved;

    private HeldMemory() {}

    /**
     * Reserves {@code bytes}, which clients may then not use: the zones of the running configuration may hold as much.
     */
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

    /** Whether {@code bytes} more may be held. */
    public static boolean hasRoom(long bytes) {
        return HELD.get() + bytes <= most();
    }

    /** Counts {@code bytes} more as held until they are given back, even beyond the limit. */
    public static void hold(long bytes) {
        HELD.addAndGet(bytes);
    }

    /** Counts {@code bytes} more as held if the limit allows it; false if not. */
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
