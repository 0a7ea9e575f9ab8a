package hopyard.proxy.server;

import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A level during compilation: the location that it becomes, and the levels inside of it that become locations. */
public final class LocationBlock {

    private static final Scope.Key<LocationBlock> KEY = new Scope.Key<>(LocationBlock::new);

    private final List<Scope> inner = new ArrayList<>();
    /** The names of inner locations without a regular expression; an equals sign is before the exact ones. */
    private final Set<String> names = new HashSet<>();

    private Location location;

    private LocationBlock() {}

    /** Returns the block of a scope. */
    public static LocationBlock of(Scope scope) {
        return scope.get(KEY);
    }

    /** Makes a scope a location inside of the level around it. */
    public static void add(Scope scope, Location becomes) {
        of(scope).location = becomes;
        LocationBlock around = of(scope.parent());
        around.inner.add(scope);
        if (becomes.base() == becomes && becomes.kind() != Location.Kind.REGEX) {
            around.names.add(key(becomes));
        }
    }

    /** Makes a server's own level a location. */
    public static void server(Scope scope, Location becomes) {
        of(scope).location = becomes;
    }

    private static String key(Location location) {
        return (location.isExact() ? "=" : " ") + location.name();
    }

    /** Whether an inner location matches the same URIs already. */
    public boolean has(Location other) {
        // of two with the same name behind an @, the first one is taken, as in nginx
        return other.kind() != Location.Kind.REGEX && other.kind() != Location.Kind.NAMED && names.contains(key(other));
    }

    /** Returns the location, or a server's own level; {@code null} for levels around servers. */
    public Location location() {
        return location;
    }

    /** Returns the scopes of the inner locations, {@code if} and {@code limit_except}, in the order of the file. */
    public List<Scope> inner() {
        return Collections.unmodifiableList(inner);
    }
}
