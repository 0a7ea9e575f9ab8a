package hopyard.http.http2;

import java.util.Arrays;

/**
 * The fields that an encoder has had its peer remember, as lines of bytes: the name, and the value behind it. The
 * peer's {@link DynamicTable} may hold older ones besides.
 */
final class SentFields {

    /** So many fit a table of 4096 bytes if their texts have 32 bytes on average. */
    private static final int MAX_COUNT = 64;

    private final int[] hashes = new int[MAX_COUNT];
    private final byte[][] lines = new byte[MAX_COUNT][];
    private final int[] nameLengths = new int[MAX_COUNT];
    private int newest = -1;
    private int count;
    private int size;
    private int capacity;

    SentFields(int capacity) {
        this.capacity = capacity;
    }

    /** Returns the age of a line, 0 for the newest; -1 if it is not there. */
    int age(byte[] line, int nameLength, int length, int hash) {
        for (int age = 0; age < count; age++) {
            int i = newest - age & MAX_COUNT - 1;
            if (hashes[i] == hash
                    && nameLengths[i] == nameLength
                    && lines[i].length == length
                    && Arrays.equals(lines[i], 0, length, line, 0, length)) {
                return age;
            }
        }
        return -1;
    }

    /** Whether a line of that length may be added. The peer's table would drop all others for a larger one. */
    boolean takes(int length) {
        return length + HpackField.OVERHEAD <= capacity / 4;
    }

    /** Adds a line that {@link #takes} allows. Older ones make room. */
    void add(byte[] line, int nameLength, int length, int hash) {
        dropUntil(capacity - length - HpackField.OVERHEAD);
        if (count == MAX_COUNT) {
            dropOldest();
        }
        newest = newest + 1 & MAX_COUNT - 1;
        hashes[newest] = hash;
        lines[newest] = Arrays.copyOf(line, length);
        nameLengths[newest] = nameLength;
        count++;
        size += length + HpackField.OVERHEAD;
    }

    /** Changes how large the table may be, in bytes, and drops what does not fit. */
    void capacity(int bytes) {
        capacity = bytes;
        dropUntil(bytes);
    }

    private void dropUntil(int bytes) {
        while (size > bytes && count > 0) {
            dropOldest();
        }
    }

    private void dropOldest() {
        int oldest = newest - count + 1 & MAX_COUNT - 1;
        size -= lines[oldest].length + HpackField.OVERHEAD;
        lines[oldest] = null;
        count--;
    }
}
