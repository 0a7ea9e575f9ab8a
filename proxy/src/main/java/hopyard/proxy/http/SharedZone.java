package hopyard.proxy.http;

import hopyard.proxy.conf.ConfException;

/**
 * A shared memory zone as the directives of one configuration name it; some of them may do so before it is defined.
 *
 * @param <T> what is kept in it
 */
public final class SharedZone<T extends ZoneData<T>> {

    private final String name;
    private final Class<T> kind;
    private long size;
    private T data;

    SharedZone(String name, Class<T> kind, long size) {
        this.name = name;
        this.kind = kind;
        this.size = size;
    }

    public String name() {
        return name;
    }

    Class<T> kind() {
        return kind;
    }

    /** In bytes, as the configuration says it; 0 as long as nothing has. */
    long size() {
        return size;
    }

    void size(long bytes) {
        size = bytes;
    }

    /** What is kept in it; {@code null} as long as it is not defined. */
    public T data() {
        return data;
    }

    /** Defines it. */
    public void data(T what) {
        data = what;
    }

    /** Whether this is the same zone as one of another configuration, as nginx sees it. */
    boolean continues(SharedZone<?> other) {
        return other != null && kind == other.kind && size == other.size && data != null && other.data != null;
    }

    void check(SharedZone<?> running) throws ConfException {
        if (data != null) {
            data.check(name, continues(running) ? kind.cast(running.data) : null);
        }
    }

    /** Only of a zone that this one {@link #continues}. */
    void takeOver(SharedZone<?> running) {
        data.takeOver(kind.cast(running.data));
    }
}
