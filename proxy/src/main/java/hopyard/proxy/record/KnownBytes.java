package hopyard.proxy.record;

import java.util.Arrays;

/**
 * Remembers byte strings that have been looked at, as many as there are places: a new one moves who was in its place to
 * the one beside it. Used by one thread.
 */
final class KnownBytes {

    private static final int PLACES = 1024;

    /**
     * How many may be new in one exchange: who sends ever new ones needs many requests to push out what others send again
     * and again.
     */
    static final int MAX_NEW = 32;

    /** What is longer is not remembered, so that what is held is bounded. */
    private static final int LONGEST = 512;

    private static final byte[] NOTHING = {};

    private final byte[][] known = new byte[PLACES][];

    private int added;

    KnownBytes() {
        Arrays.fill(known, NOTHING);
    }

    /** Begins an exchange. */
    void begin() {
        added = 0;
    }

    boolean contains(byte[] bytes, int from, int to) {
        int place = place(bytes, from, to);
        return equals(known[place], bytes, from, to) || equals(known[place ^ 1], bytes, from, to);
    }

    private static boolean equals(byte[] one, byte[] bytes, int from, int to) {
        return Arrays.equals(one, 0, one.length, bytes, from, to);
    }

    void add(byte[] bytes, int from, int to) {
        if (to - from <= LONGEST && added < MAX_NEW) {
            added++;
            int place = place(bytes, from, to);
            known[place ^ 1] = known[place];
            known[place] = Arrays.copyOfRange(bytes, from, to);
        }
    }

    /** By a few of the bytes: enough to tell those apart that come again and again. */
    private static int place(byte[] bytes, int from, int to) {
        int step = (to - from >> 4) + 1;
        int hash = to - from;
        for (int i = from; i < to; i += step) {
            hash = hash * 31 + bytes[i];
        }
        hash *= 0x9E3779B9;
        return hash >>> Integer.SIZE - Integer.numberOfTrailingZeros(PLACES);
    }
}
