package hopyard.proxy.record.redaction;

import java.util.Arrays;

/**
 * A set of byte strings that have been looked at, with a fixed number of places. A new string moves the string in its
 * place to the place beside it, where another string is forgotten. Used by one thread.
 */
public final class KnownBytes {

    private static final int PLACES = 1024;

    /**
     * How many strings one exchange may add. So a client that always sends new strings needs many requests to push out
     * the strings that other clients repeat.
     */
    static final int MAX_NEW = 32;

    /** The longest string that is remembered, in bytes; this bounds the memory. */
    private static final int LONGEST = 512;

    private static final byte[] NOTHING = {};

    private final byte[][] known = new byte[PLACES][];

    private int added;

    public KnownBytes() {
        Arrays.fill(known, NOTHING);
    }

    /** Begins an exchange, which may add strings again. */
    public void begin() {
        added = 0;
    }

    public boolean contains(byte[] bytes, int from, int to) {
        int place = place(bytes, from, to);
        return equals(known[place], bytes, from, to) || equals(known[place ^ 1], bytes, from, to);
    }

    private static boolean equals(byte[] one, byte[] bytes, int from, int to) {
        return Arrays.equals(one, 0, one.length, bytes, from, to);
    }

    public void add(byte[] bytes, int from, int to) {
        if (to - from <= LONGEST && added < MAX_NEW) {
            added++;
            int place = place(bytes, from, to);
            known[place ^ 1] = known[place];
            known[place] = Arrays.copyOfRange(bytes, from, to);
        }
    }

    /** Returns the place of a string. A few of its bytes are enough to tell apart the strings that are common. */
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
