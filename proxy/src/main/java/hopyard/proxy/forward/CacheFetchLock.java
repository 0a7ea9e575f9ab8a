package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheFetch;
import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.io.Deadline;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Decides which of several requests for the same response fetches it, and which ones wait for it.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_lock">proxy_cache_lock</a>
 */
final class CacheFetchLock {

    private final Exchange exchange;
    private final CacheZone zone;
    private final String key;
    /** Whom the zone takes for the one that fetches: this lock, or the one that it was inherited from. */
    private Object fetcher = this;

    private boolean isHeld;
    private boolean mayKeep = true;
    private boolean hasBegun;
    /** When waiting ends, on the scale of {@link System#nanoTime()}; 0 before it begins. */
    private long waitsUntil;

    CacheFetchLock(Exchange exchange, CacheZone zone, String key) {
        this.exchange = exchange;
        this.zone = zone;
        this.key = key;
    }

    /**
     * Asks to be the request that fetches. If the zone has no room, the client gets its response all the same.
     *
     * @param minUses how often the response must have been asked for before it is kept
     * @param lockMillis {@code proxy_cache_lock_age}
     */
    CacheFetch begin(int minUses, long lockMillis) {
        CacheFetch begun = CacheFetch.NO_ROOM;
        try {
            // a request counts as one use, however often it looks
            begun = zone.begin(key, hasBegun ? 1 : minUses, lockMillis, fetcher);
            hasBegun = true;
            if (begun == CacheFetch.NO_ROOM) {
                CacheErrors.noRoom(exchange, zone);
            }
        } catch (IOException e) {
            CacheErrors.failed(exchange, zone, e);
        }
        isHeld = begun == CacheFetch.BEGUN;
        mayKeep = isHeld || begun == CacheFetch.UNDER_WAY;
        return begun;
    }

    /** Whether this request is the one that fetches the response. */
    boolean isHeld() {
        return isHeld;
    }

    /** Whether what is fetched may be kept. */
    boolean mayKeep() {
        return mayKeep;
    }

    /**
     * Says that the fetched response is not kept. As in nginx, a request that has waited long enough fetches for
     * itself.
     */
    void keepNothing() {
        mayKeep = false;
    }

    /** Takes over the lock from another request of the same client. */
    void inherit(CacheFetchLock from) {
        fetcher = from.fetcher;
        isHeld = true;
    }

    /** Gives up the lock, which another request has taken over. */
    void bequeath() {
        isHeld = false;
    }

    /**
     * Waits for the request that fetches the response, but not for ever.
     *
     * @param millis how long at most, all times together
     * @param look looks into the cache again
     * @return false if the time is over
     */
    boolean await(long millis, Runnable look) {
        long now = System.nanoTime();
        if (waitsUntil == 0) {
            waitsUntil = now + TimeUnit.MILLISECONDS.toNanos(millis);
        }
        long left = TimeUnit.NANOSECONDS.toMillis(waitsUntil - now);
        if (left <= 0) {
            exchange.log(ErrorLog.Level.INFO, "cache lock timeout");
            return false;
        }
        boolean[] over = new boolean[1];
        var thread = exchange.ioThread();
        Deadline deadline = new Deadline(thread, () -> {
            over[0] = true;
            exchange.lifetime().resume();
            look.run();
        });
        boolean waits = zone.await(
                key,
                () -> thread.execute(() -> {
                    if (!over[0]) {
                        over[0] = true;
                        deadline.close();
                        exchange.lifetime().resume();
                        look.run();
                    }
                }));
        if (!waits) {
            look.run();
            return true;
        }
        exchange.lifetime().pause(Stage.QUEUE);
        deadline.set(1 + Math.max(0, Math.min(left, zone.lockedMillis(key))));
        exchange.lifetime().onEnd(() -> {
            over[0] = true;
            deadline.close();
        });
        return true;
    }

    /** Releases the lock: nobody has to wait for this request any longer. */
    void end() {
        if (isHeld) {
            isHeld = false;
            zone.end(key, fetcher);
        }
    }
}
