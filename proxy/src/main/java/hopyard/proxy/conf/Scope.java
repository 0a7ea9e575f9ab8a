package hopyard.proxy.conf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One level of the configuration while it is being read: what each module has set there. */
public final class Scope {

    /** Names a module's settings in a scope. Each key is one of its own, whatever it makes. */
    public static final class Key<T> {
        private final Supplier<T> create;

        /** @param create makes the settings of a scope in which nothing has been set yet */
        public Key(Supplier<T> create) {
            this.create = create;
        }
    }

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

    /** Returns the directives of this scope, in the order of the files. */
    public List<Directive> directives() {
        return directives;
    }

    /** Returns the enclosing scope; {@code null} for the outermost one. */
    public Scope parent() {
        return parent;
    }

    /** Returns the nearest scope of that kind, this one included; {@code null} if there is none. */
    public Scope nearest(Context kind) {
        Scope scope = this;
        while (scope != null && scope.context != kind) {
            scope = scope.parent;
        }
        return scope;
    }

    /**
     * Returns a module's settings in this scope, created on first use. It is synchronized because requests to a {@code
     * proxy_pass} with variables call it, too.
     */
    @SuppressWarnings("unchecked") // put() and get() go through the same key, whose type is that of the value
    public synchronized <T> T get(Key<T> key) {
        return (T) settings.computeIfAbsent(key, k -> k.create.get());
    }

    /** Returns what {@link #get} would return if anything has been set; else {@code null}. */
    @SuppressWarnings("unchecked") // as in get()
    synchronized <T> T find(Key<T> key) {
        return (T) settings.get(key);
    }
}
