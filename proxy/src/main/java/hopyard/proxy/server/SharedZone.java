package hopyard.proxy.server;

import hopyard.proxy.conf.ConfException;

/**
 * A shared memory zone of one configuration. A directive may name it before another one defines it.
 *
 * @param <T> the type of the data in the zone
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

    /** Returns the size in bytes; 0 as long as no directive has given it. */
    long size() {
        return size;
    }

    void size(long bytes) {
        size = bytes;
    }

    /** Returns the data; {@code null} as long as the zone is not defined. */
    public T data() {
        return data;
    }

    /** Defines the zone by its data. */
    public void data(T what) {
        data = what;
    }

    /** Whether a zone of another configuration is the same as this one, by nginx's rules. */
    boolean continues(SharedZone<?> other) {
        return other != null && kind == other.kind && size == other.size && data != null && other.data != null;
    }

    void check(SharedZone<?> running) throws ConfException {
        if (data != null) {
            data.check(name, continues(running) ? kind.cast(running.data) : null);
        }
    }

    /** Takes over the data of a zone that this one {@link #continues}. */
    void takeOver(SharedZone<?> running) {
        data.takeOver(kind.cast(running.data));
    }
}
