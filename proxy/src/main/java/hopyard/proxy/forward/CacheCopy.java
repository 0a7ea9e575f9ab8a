package hopyard.proxy.forward;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.cache.EntryWriter;
import hopyard.proxy.exchange.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Content on its way into the cache. If that fails, the client gets its response all the same. */
final class CacheCopy implements ContentCopy {

    private final Exchange exchange;
    private final CacheZone zone;
    private final CacheFetchLock lock;
    private EntryWriter writer;

    /** @param lock ends when the content is there */
    CacheCopy(Exchange exchange, CacheZone zone, CacheFetchLock lock, EntryWriter writer) {
        this.exchange = exchange;
        this.zone = zone;
        this.lock = lock;
        this.writer = writer;
    }

    @Override
    public void add(ByteBuffer content) {
        if (writer != null) {
            try {
                writer.add(content);
            } catch (IOException e) {
                CacheErrors.failed(exchange, zone, e);
                abandon();
            }
        }
    }

    @Override
    public void complete() {
        if (writer != null) {
            try {
                if (!writer.complete()) {
                    CacheErrors.noRoom(exchange, zone);
                }
            } catch (IOException e) {
                CacheErrors.failed(exchange, zone, e);
            }
            writer = null;
        }
        lock.end();
    }

    @Override
    public void abandon() {
        if (writer != null) {
            try {
                writer.abandon();
            } catch (IOException e) {
                CacheErrors.failed(exchange, zone, e);
            }
            writer = null;
        }
    }
}
