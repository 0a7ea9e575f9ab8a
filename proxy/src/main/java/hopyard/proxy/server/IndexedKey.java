package hopyard.proxy.server;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A key to a value in an array: nginx's {@code ctx_index}. Keys must be constants: each gets, when its class is loaded,
 * its own place in all arrays that are for keys of its kind.
 *
 * @param <T> the type of the value
 */
public abstract class IndexedKey<T> {

    private final AtomicInteger count;
    private final int index;

    /**
     * @param count how many keys of this kind there are; the new one is counted
     */
    protected IndexedKey(AtomicInteger count) {
        this.count = count;
        index = count.getAndIncrement();
    }

    /**
     * Returns the value under this key; {@code null} for none.
     *
     * @param values the values so far; {@code null} for none
     */
    @SuppressWarnings("unchecked") // put() has had the same key, whose type is that of the value
    public final T get(Object[] values) {
        return values == null || index >= values.length ? null : (T) values[index];
    }

    /**
     * Keeps a value under this key.
     *
     * @param values the values so far; {@code null} for none
     * @return the array with the new value; mostly the same array
     */
    public final Object[] put(Object[] values, T value) {
        Object[] its = values == null
                ? new Object[count.get()]
                : index < values.length ? values : Arrays.copyOf(values, count.get());
        its[index] = value;
        return its;
    }
}
