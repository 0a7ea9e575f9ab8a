package hopyard.proxy.exchange;

import hopyard.proxy.server.IndexedKey;
import java.util.concurrent.atomic.AtomicInteger;

/** A key to a value that a module keeps with an exchange: nginx's {@code r->ctx[module.ctx_index]}. */
public final class ExchangeKey<T> extends IndexedKey<T> {

    private static final AtomicInteger COUNT = new AtomicInteger();

    public ExchangeKey() {
        super(COUNT);
    }
}
