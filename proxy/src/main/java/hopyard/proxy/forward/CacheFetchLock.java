package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheFetch;
import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.io.Deadline;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Decides which of several requests for the same response fetches it, and which ones wait for it.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_lock">proxy_cache_lock</a>
 */
final class CacheFetchLock {

    private final Exchange exchange;
    private final CacheZone zone;
    private final String key;
    private boolean isHeld;
    private boolean mayKeep = true;

    CacheFetchLock(Exchange exchange, CacheZone zone, String key) {
        this.exchange = exchange;
        this.zone = zone;
        this.key = key;
    }

    /**
     * Asks to be the request that fetches. If the zone has no room, the client gets its response all the same.
     *
     * @param minUses how often the response must have been asked for before it is kept
     */
    CacheFetch begin(int minUses) {
        CacheFetch begun = CacheFetch.NO_ROOM;
        try {
            begun = zone.begin(key, minUses);
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
    void inherit() {
        isHeld = true;
    }

    /** Gives up the lock, which another request has taken over. */
    void bequeath() {
        isHeld = false;
    }

    /**
     * Waits for the request that fetches the response, but not for ever.
     *
     * @param millis how long at most
     * @param look looks into the cache again; its argument says whether it may wait again
     */
    void await(long millis, Consumer<Boolean> look) {
        boolean[] over = new boolean[1];
        var thread = exchange.ioThread();
        Deadline deadline = new Deadline(thread, () -> {
            over[0] = true;
            exchange.lifetime().resume();
            look.accept(false);
        });
        boolean waits = zone.await(
                key,
                () -> thread.execute(() -> {
                    if (!over[0]) {
                        over[0] = true;
                        deadline.close();
                        exchange.lifetime().resume();
                        look.accept(true);
                    }
                }));
        if (!waits) {
            look.accept(true);
            return;
        }
        exchange.lifetime().pause(Stage.QUEUE);
        deadline.set(Math.max(1, millis));
        exchange.lifetime().onEnd(() -> {
            over[0] = true;
            deadline.close();
        });
    }

    /** Releases the lock: nobody has to wait for this request any longer. */
    void end() {
        if (isHeld) {
            isHeld = false;
            zone.end(key);
        }
    }
}
