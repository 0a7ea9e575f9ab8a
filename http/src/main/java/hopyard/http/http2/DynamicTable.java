package hopyard.http.http2;

import java.util.Arrays;

/** The fields that a decoder has been told to remember, the newest first (RFC 7541 §2.3.2). */
final class DynamicTable {

    /** A ring; its length is a power of two. {@code null} as long as there are no fields. */
    private HpackField[] fields;

    private int newest;
    private int count;
    private int size;
    private int capacity;

    /** @param capacity how large it may be, in bytes as {@link HpackField#size} counts them */
    DynamicTable(int capacity) {
        this.capacity = capacity;
    }

    /** Returns how many fields it has. */
    int count() {
        return count;
    }

    /** Returns how large it is, in bytes. */
    int size() {
        return size;
    }

    /** Returns a field by its age: 0 for the newest. */
    HpackField field(int age) {
        return fields[newest - age & fields.length - 1];
    }

    /** Changes how large it may be, in bytes, and drops what does not fit. */
    void capacity(int bytes) {
        capacity = bytes;
        dropUntil(capacity);
    }

    /** Adds a field. Older ones make room; one that is larger than the table empties it (§4.4). */
    void add(HpackField field) {
        int its = field.size();
        dropUntil(capacity - its);
        if (its > capacity) {
            return;
        }
        if (fields == null) {
            fields = new HpackField[16];
        } else if (count == fields.length) {
            grow();
        }
        newest = newest + 1 & fields.length - 1;
        fields[newest] = field;
        count++;
        size += its;
    }

    private void grow() {
        HpackField[] larger = new HpackField[2 * fields.length];
        for (int age = 0; age < count; age++) {
            larger[count - 1 - age] = field(age);
        }
        fields = larger;
        newest = count - 1;
    }

    private void dropUntil(int bytes) {
        if (bytes <= 0 && count > 0) {
            Arrays.fill(fields, null);
            count = 0;
            size = 0;
        }
        while (size > bytes && count > 0) {
            int oldest = newest - count + 1 & fields.length - 1;
            size -= fields[oldest].size();
            fields[oldest] = null;
            count--;
        }
    }
}
