package hopyard.proxy.conf;

/**
 * How large a configuration may become, so that none fills the heap or the stack. nginx has no such bounds, but its
 * process ends when it is out of memory.
 *
 * @param textBytes the bytes of all files together, each as often as it is included
 * @param words names and arguments of directives, all together
 * @param scopes blocks that hold settings: servers, locations and the like
 * @param lines directives in force, counted again in each server and location
 * @param files how many files may be included
 * @param depth how deep blocks and includes may be nested in each other
 */
public record Bounds(long textBytes, int words, int scopes, int lines, int files, int depth) {

    /** Returns bounds that stay far below the heap of this JVM: see docs/robustness.md for the launcher's 96 MiB. */
    public static Bounds ofHeap() {
        long heap = Math.min(Runtime.getRuntime().maxMemory(), 4L << 30);
        return new Bounds(heap / 12, (int) (heap / 512), (int) (heap / 16_384), (int) (heap / 256), 1000, 64);
    }
}
