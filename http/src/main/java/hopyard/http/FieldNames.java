package hopyard.http;

import io.undertow.util.HttpString;

/** Field names that have been seen before, so that they need not be created again for each request. */
public final class FieldNames {

    /** Shared without a lock: threads may overwrite each other's entries, which costs a new object and no more. */
    private static final HttpString[] SEEN = new HttpString[1024];

    private FieldNames() {}

    /**
     * Returns the name in these bytes, with upper and lower case as they are there.
     *
     * @param hash any number that is the same for the same bytes
     */
    public static HttpString of(byte[] bytes, int from, int to, int hash) {
        int slot = (hash ^ hash >>> 10 ^ hash >>> 20) & SEEN.length - 1;
        HttpString known = SEEN[slot];
        if (known != null && known.length() == to - from) {
            int i = from;
            while (i < to && known.byteAt(i - from) == bytes[i]) {
                i++;
            }
            if (i == to) {
                return known;
            }
        }
        HttpString made = new HttpString(bytes, from, to - from);
        SEEN[slot] = made;
        return made;
    }
}
