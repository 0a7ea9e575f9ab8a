package hopyard.proxy.http;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A key to what a module keeps with an exchange: nginx's {@code r->ctx[module]}. Keys are constants: each has its place in
 * the array of an exchange from when its class is loaded.
 *
 * @param <T> what is kept
 */
public final class ExchangeKey<T> {

    private static final AtomicInteger COUNT = new AtomicInteger();

    private final int index = COUNT.getAndIncrement();

    /** What is kept under this key; {@code null} for nothing. */
    @SuppressWarnings("unchecked")
    T get(Object[] contexts) {
        return contexts == null || index >= contexts.length ? null : (T) contexts[index];
    }

    /**
     * Keeps a value under this key.
     *
     * @param contexts what is kept so far; {@code null} for nothing
     * @return what is kept now, mostly the same array
     */
    Object[] put(Object[] contexts, T value) {
        Object[] its = contexts == null
                ? new Object[COUNT.get()]
                : index < contexts.length ? contexts : Arrays.copyOf(contexts, COUNT.get());
        its[index] = value;
        return its;
    }
}
