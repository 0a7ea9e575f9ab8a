package hopyard.proxy.http;

import hopyard.proxy.conf.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A level as the compiler sees it: the location that it becomes, and the levels inside of it that become some, too. */
public final class LocationBlock {

    private static final Scope.Key<LocationBlock> KEY = new Scope.Key<>(LocationBlock::new);

    private final List<Scope> inner = new ArrayList<>();
    private Location location;

    private LocationBlock() {}

    /** That of a scope. */
    public static LocationBlock of(Scope scope) {
        return scope.get(KEY);
    }

    /** Has a scope become a location, inside of the level around it. */
    public static void add(Scope scope, Location becomes) {
        of(scope).location = becomes;
        of(scope.parent()).inner.add(scope);
    }

    /** Has a server's own level become a location. */
    public static void server(Scope scope, Location becomes) {
        of(scope).location = becomes;
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
