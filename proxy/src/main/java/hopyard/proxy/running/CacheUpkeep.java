package hopyard.proxy.running;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Configuration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.xnio.XnioWorker;

/** Takes up what caches hold from earlier runs, and clears them now and then, as long as they are in use. */
final class CacheUpkeep {

    private static final long CHECK_SECONDS = 10;

    private final XnioWorker worker;
    private final Supplier<Configuration> running;

    /** @param running what is in use at any time */
    CacheUpkeep(XnioWorker worker, Supplier<Configuration> running) {
        this.worker = worker;
        this.running = running;
    }

    /** Begins with the caches of a configuration that is in use now. */
    void start(Configuration current) {
        for (CacheZone cache : current.caches()) {
            worker.execute(() -> {
                try {
                    if (!cache.load()) {
                        current.log()
                                .write(
                                        ErrorLog.Level.ALERT,
                                        "could not allocate node in cache keys zone \"" + cache.name() + "\"");
                    }
                } catch (IOException | UncheckedIOException e) {
                    current.log().write(ErrorLog.Level.CRIT, "cache \"" + cache.name() + "\": " + e.getMessage());
                }
                worker.getIoThread().execute(() -> expire(current, cache));
            });
        }
    }

    private void expire(Configuration since, CacheZone cache) {
        if (worker.isShutdown() || running.get() != since) {
            return;
        }
        worker.execute(() -> {
            try {
                cache.expire();
            } catch (IOException e) {
                since.log().write(ErrorLog.Level.CRIT, "cache \"" + cache.name() + "\": " + e.getMessage());
            }
        });
        worker.getIoThread().executeAfter(() -> expire(since, cache), CHECK_SECONDS, TimeUnit.SECONDS);
    }
}
