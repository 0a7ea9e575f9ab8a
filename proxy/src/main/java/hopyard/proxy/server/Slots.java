package hopyard.proxy.server;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What others have compiled for a location, or for a configuration as a whole: nginx's
 * {@code r->loc_conf[module.ctx_index]}. It is written while a configuration is loaded, and only read later.
 */
public final class Slots {

    /**
     * A key to a value. Keys must be constants: each gets, when its class is loaded, its own place in all slots.
     *
     * @param <T> the type of the value
     */
    public static final class Key<T> {

        private static final AtomicInteger COUNT = new AtomicInteger();

        private final int index = COUNT.getAndIncrement();
    }

    private Object[] values = {};

    /** Returns the value under that key; {@code null} for none. */
    @SuppressWarnings("unchecked") // put() has had the same key, whose type is that of the value
    public <T> T get(Key<T> key) {
        return key.index < values.length ? (T) values[key.index] : null;
    }

    /** Keeps a value under its key. */
    public <T> void put(Key<T> key, T value) {
        if (key.index >= values.length) {
            values = Arrays.copyOf(values, Key.COUNT.get());
        }
        values[key.index] = value;
    }
}
