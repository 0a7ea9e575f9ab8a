package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.io.ErrorLog;
import java.io.IOException;

/** Says in the error log what is wrong with a cache. Clients get their responses all the same. */
final class CacheErrors {

    private CacheErrors() {}

    static void failed(Exchange exchange, CacheZone zone, IOException e) {
        exchange.log(
                ErrorLog.Level.CRIT, "the cache \"" + zone.name() + "\" has failed (" + SystemErrors.text(e) + ")");
    }

    static void noRoom(Exchange exchange, CacheZone zone) {
        exchange.log(ErrorLog.Level.ALERT, "could not allocate node in cache keys zone \"" + zone.name() + "\"");
    }
}
