package hopyard.proxy.support;

import java.util.function.Supplier;
import org.junit.jupiter.api.Assertions;

/** How much of the heap something takes, after collections. */
public final class Heap {

    private Heap() {}

    /** By how many bytes the heap grows by what {@code made} makes and whoever calls this keeps. */
    public static long growth(Runnable made) {
        long before = used();
        made.run();
        return used() - before;
    }

    /** The same of what is returned. */
    public static long growth(Supplier<Object> made) {
        long before = used();
        Object kept = made.get();
        long after = used();
        Assertions.assertNotNull(kept);
        return after - before;
    }

    /** The least of several looks: what other threads leave behind for a moment does not count. */
    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Runtime heap = Runtime.getRuntime();
            least = Math.min(least, heap.totalMemory() - heap.freeMemory());
        }
        return least;
    }

    /** What was measured is what was said, within a third. */
    public static void assertAbout(long said, long measured) {
        Assertions.assertTrue(
                measured > said / 3 * 2 && measured < said / 2 * 3, measured + " bytes where " + said + " were said");
    }
}
