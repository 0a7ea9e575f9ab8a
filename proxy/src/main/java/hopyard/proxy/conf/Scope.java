package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One level of the configuration while it is being read: what each module has set there. */
public final class Scope {

    /**
     * Names a module's settings in a scope.
     *
     * @param create makes the settings of a scope in which nothing has been set yet
     */
    public record Key<T>(Supplier<T> create) {}

    private final Context context;
    private final Scope parent;
    private final List<Directive> directives = new ArrayList<>();
    private final Map<Key<?>, Object> settings = new HashMap<>();

    public Scope(Context context, Scope parent) {
        this.context = context;
        this.parent = parent;
    }

    public Context context() {
        return context;
    }

    /** What stands in this scope, in the order of the files. */
    public List<Directive> directives() {
        return directives;
    }

    /** The enclosing scope; {@code null} around the main one. */
    public Scope parent() {
        return parent;
    }

    /** The nearest scope of that kind, this one included. */
    public Scope nearest(Context kind) {
        Scope scope = this;
        while (scope != null && scope.context != kind) {
            scope = scope.parent;
        }
        return scope;
    }

    /** A module's settings in this scope, made on first use; requests to {@code proxy_pass} with variables ask, too. */
    @SuppressWarnings("unchecked") // put() and get() go through the same key, whose type is that of the value
    public synchronized <T> T get(Key<T> key) {
        return (T) settings.computeIfAbsent(key, k -> k.create().get());
    }

    /** What {@link #get} would give, where anything has been set; else {@code null}. */
    @SuppressWarnings("unchecked") // as in get()
    synchronized <T> T find(Key<T> key) {
        return (T) settings.get(key);
    }
}
