package hopyard.proxy.server;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What others have compiled for a location, or for a configuration as a whole: nginx's
 * {@code r->loc_conf[module.ctx_index]}. It is written while a configuration is loaded, and only read later.
 */
public final class Slots {

    /** A key to a value in slots. */
    public static final class Key<T> extends IndexedKey<T> {

        private static final AtomicInteger COUNT = new AtomicInteger();

        public Key() {
            super(COUNT);
        }
    }

    private Object[] values;

    /** Returns the value under that key; {@code null} for none. */
    public <T> T get(Key<T> key) {
        return key.get(values);
    }

    /** Keeps a value under its key. */
    public <T> void put(Key<T> key, T value) {
        values = key.put(values, value);
    }
}
