package hopyard.proxy.exchange;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A key to a value that a module keeps with an exchange: nginx's {@code r->ctx[module]}. Keys must be constants: each
 * gets, when its class is loaded, its own place in the array of every exchange.
 *
 * @param <T> the type of the value
 */
public final class ExchangeKey<T> {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final int index = COUNT.getAndIncrement();

    /** Returns the value under this key; {@code null} for none. */
    @SuppressWarnings("unchecked")
    T get(Object[] contexts) {
        return contexts == null || index >= contexts.length ? null : (T) contexts[index];
    }

    /**
     * Keeps a value under this key.
     *
     * @param contexts the values so far; {@code null} for none
     * @return the array with the new value; mostly the same array
     */
    Object[] put(Object[] contexts, T value) {
        Object[] its = contexts == null
                ? new Object[COUNT.get()]
                : index < contexts.length ? contexts : Arrays.copyOf(contexts, COUNT.get());
        its[index] = value;
        return its;
    }
}
