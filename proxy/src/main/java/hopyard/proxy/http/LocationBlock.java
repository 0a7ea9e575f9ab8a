package hopyard.proxy.http;

import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A level as the compiler sees it: the location that it becomes, and the levels inside of it that become some, too. */
public final class LocationBlock {

    private static final Scope.Key<LocationBlock> KEY = new Scope.Key<>(LocationBlock::new);

    private final List<Scope> inner = new ArrayList<>();
    /** Of the locations that are matched by comparing texts; the exact ones begin with an equals sign. */
    private final Set<String> names = new HashSet<>();

    private Location location;

    private LocationBlock() {}

    /** That of a scope. */
    public static LocationBlock of(Scope scope) {
        return scope.get(KEY);
    }

    /** Has a scope become a location, inside of the level around it. */
    public static void add(Scope scope, Location becomes) {
        of(scope).location = becomes;
        LocationBlock around = of(scope.parent());
        around.inner.add(scope);
        if (becomes.base() == becomes && becomes.kind() != Location.Kind.REGEX) {
            around.names.add(key(becomes));
        }
    }

    /** Has a server's own level become a location. */
    public static void server(Scope scope, Location becomes) {
        of(scope).location = becomes;
    }

    private static String key(Location location) {
        return (location.isExact() ? "=" : " ") + location.name();
    }

    /** Whether there is one inside already that matches the same. */
    public boolean has(Location other) {
        return other.kind() != Location.Kind.REGEX && names.contains(key(other));
    }

    /** The location, or a server's own level; {@code null} around servers. */
    public Location location() {
        return location;
    }

    /** The locations, {@code if} and {@code limit_except} in it, in the order of the file. */
    public List<Scope> inner() {
        return Collections.unmodifiableList(inner);
    }
}
