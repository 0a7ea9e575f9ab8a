package hopyard.proxy.modules;

import hopyard.memory.ZoneMemory;
import hopyard.proxy.exchange.Template;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@code limit_req_zone}: a leaky bucket for each key, for as many keys as the zone has room for. Used by all I/O
 * threads.
 *
 * <p>When a new key needs room, the same buckets are dropped as in nginx: one or two that are empty and have not been
 * used for a minute; if that is not enough, the bucket that was used longest ago.
 */
final class LimitReqZone extends KeyedZone<LimitReqZone> {

    /** Stands in the place of an excess if there is no room for the key. */
    static final long NO_ROOM = -1;

    private static final long IDLE_MILLIS = 60_000;

    /** How long ago a new bucket counts as used, in ms: so long that it is empty at any rate. */
    private static final long LONG_AGO = 3_600_000;

    /** The memory that a key takes besides its text, in bytes. */
    private static final int BUCKET = ZoneMemory.LINKED_ENTRY + 32;

    private static final class Bucket {
        private long excess;
        private long last;
        private int held;
    }

    /** The contents that the next configuration takes over. Their lock guards everything in them. */
    private static final class Contents {
        /** The buckets by key; the one that was used longest ago comes first. */
        private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

        private final ZoneMemory memory = new ZoneMemory(0);
    }

    private final long rate;
    private long bound;
    private Contents contents = new Contents();

    /**
     * @param rate requests per second, in thousandths
     */
    LimitReqZone(Template key, long rate) {
        super("limit_req", key);
        this.rate = rate;
    }

    long rate() {
        return rate;
    }

    /** Returns how many keys the zone holds. */
    int keys() {
        synchronized (contents) {
            return contents.buckets.size();
        }
    }

    @Override
    public void takeOver(LimitReqZone running) {
        contents = running.contents;
        bound(bound);
    }

    @Override
    public void bound(long bytes) {
        bound = bytes;
        synchronized (contents) {
            contents.memory.bound(bytes);
            while (contents.memory.isOverfull()) {
                removeOldest();
            }
        }
    }

    @Override
    public void retire() {
        synchronized (contents) {
            contents.buckets.clear();
            contents.memory.free(contents.memory.used());
        }
    }

    /**
     * Counts a request, unless its excess would be above the burst.
     *
     * @param now the time in ms
     * @param burst in thousandths of a request
     * @return the excess with this request, in thousandths of a request; or {@link #NO_ROOM}
     */
    long take(String value, long now, long burst) {
        synchronized (contents) {
            Bucket bucket = contents.buckets.get(value);
            if (bucket == null) {
                return add(value, now, now) == null ? NO_ROOM : 0;
            }
            long excess = excess(bucket, now);
            if (excess <= burst) {
                count(bucket, excess, now);
            }
            return excess;
        }
    }

    /** Does the same, but only holds the request. If it is held, {@link #count} or {@link #release} has to follow. */
    long hold(String value, long now, long burst) {
        synchronized (contents) {
            Bucket bucket = contents.buckets.get(value);
            if (bucket == null) {
                bucket = add(value, now - LONG_AGO, now);
                if (bucket == null) {
                    return NO_ROOM;
                }
            }
            long excess = excess(bucket, now);
            bucket.held += excess <= burst ? 1 : 0;
            return excess;
        }
    }

    /** Counts a request that is held. */
    void count(String value, long now) {
        synchronized (contents) {
            Bucket bucket = contents.buckets.get(value);
            if (bucket != null) {
                bucket.held--;
                count(bucket, excess(bucket, now), now);
            }
        }
    }

    /** Releases a request that is held, without counting it. */
    void release(String value) {
        synchronized (contents) {
            Bucket bucket = contents.buckets.get(value);
            if (bucket != null) {
                bucket.held--;
            }
        }
    }

    private long excess(Bucket bucket, long now) {
        return Math.max(0, left(bucket, now) + 1000);
    }

    private long left(Bucket bucket, long now) {
        return bucket.excess - rate * Math.max(0, now - bucket.last) / 1000;
    }

    private static void count(Bucket bucket, long excess, long now) {
        bucket.excess = excess;
        bucket.last = Math.max(bucket.last, now);
    }

    private Bucket add(String value, long last, long now) {
        long cost = BUCKET + ZoneMemory.of(value);
        removeIdle(now);
        if (!contents.memory.take(cost)) {
            if (contents.buckets.isEmpty() || oldest().getValue().held > 0) {
                return null;
            }
            removeOldest();
            removeIdle(now);
            if (!contents.memory.take(cost)) {
                return null;
            }
        }
        Bucket bucket = new Bucket();
        bucket.last = last;
        contents.buckets.put(value, bucket);
        return bucket;
    }

    private Map.Entry<String, Bucket> oldest() {
        return contents.buckets.entrySet().iterator().next();
    }

    private void removeOldest() {
        String value = oldest().getKey();
        contents.buckets.remove(value);
        contents.memory.free(BUCKET + ZoneMemory.of(value));
    }

    private void removeIdle(long now) {
        for (int i = 0; i < 2 && !contents.buckets.isEmpty(); i++) {
            Bucket bucket = oldest().getValue();
            if (bucket.held > 0 || now - bucket.last < IDLE_MILLIS || left(bucket, now) > 0) {
                return;
            }
            removeOldest();
        }
    }
}
