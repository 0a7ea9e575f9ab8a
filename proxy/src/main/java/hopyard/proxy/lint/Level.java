package hopyard.proxy.lint;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.LocationBlock;
import hopyard.proxy.modules.Merged;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A level of the configuration, as the loader has made it: what stands there, and what counts there. */
public final class Level {

    private final Scope scope;
    private final Level parent;
    private final List<Level> children = new ArrayList<>();

    Level(Scope scope, Level parent) {
        this.scope = scope;
        this.parent = parent;
        for (Scope inner : LocationBlock.of(scope).inner()) {
            children.add(new Level(inner, this));
        }
    }

    void add(Level child) {
        children.add(child);
    }

    /** What the modules have set and merged here. */
    public Scope scope() {
        return scope;
    }

    public Context context() {
        return scope.context();
    }

    /** The level around; {@code null} around the http block. */
    public Level parent() {
        return parent;
    }

    /** The server that it belongs to; {@code null} for the http block. */
    public Level server() {
        return context() == Context.HTTP ? null : context() == Context.SERVER ? this : parent.server();
    }

    /** The location, or the server's own level; {@code null} for the http block. */
    public Location location() {
        return LocationBlock.of(scope).location();
    }

    /** The core module's settings here. */
    public CoreSettings core() {
        return CoreSettings.of(scope);
    }

    /** Whether it is a location, rather than an {@code if} or {@code limit_except} in one. */
    public boolean isLocation() {
        return context() == Context.LOCATION;
    }

    /** Whether only internal redirects lead here. */
    public boolean isInternal() {
        return isLocation() && (location().kind() == Location.Kind.NAMED || first("internal") != null);
    }

    /** The locations and the like in it. */
    public List<Level> children() {
        return children;
    }

    /** This level and all below. */
    public Stream<Level> all() {
        return Stream.concat(Stream.of(this), children.stream().flatMap(Level::all));
    }

    /** The directives of these names that stand here. */
    public List<Directive> own(String... names) {
        List<String> wanted = Arrays.asList(names);
        return scope.directives().stream()
                .filter(d -> wanted.contains(d.name()))
                .toList();
    }

    /** The first one of that name that stands here; {@code null} if there is none. */
    public Directive first(String name) {
        List<Directive> own = own(name);
        return own.isEmpty() ? null : own.get(0);
    }

    /** The nearest level, this one included, where a directive of that name stands; {@code null} if none does. */
    public Level nearestWith(String name) {
        return first(name) != null ? this : parent == null ? null : parent.nearestWith(name);
    }

    /** The {@code proxy_pass} that requests here obey; {@code null} if they are answered otherwise. */
    public Directive pass() {
        return first("return") != null && first("if") == null ? null : Merged.proxyPass(scope);
    }

    /** The {@code proxy_set_header} that writes a field of requests; {@code null} if none does. */
    public Directive setHeader(String name) {
        return Merged.setHeaders(scope).stream()
                .filter(d -> d.arg(0).equalsIgnoreCase(name))
                .findFirst()
                .orElse(null);
    }

    /**
     * Adds lines where they count for this location and take nothing from it: a {@code proxy_set_header} below the others that
     * it obeys, on whatever level they stand.
     */
    public Edit addHeaderLines(Texts texts, String lines) {
        Level where = nearestWith("proxy_set_header");
        if (where == null) {
            return texts.after(Merged.proxyPass(scope), lines);
        }
        List<Directive> others = where.own("proxy_set_header");
        return texts.after(others.get(others.size() - 1), lines);
    }

    /** How it is called in a message: {@code location /a}. */
    public String title() {
        Directive d = location().directive();
        return context() == Context.SERVER ? "this server" : "\"" + d.name() + " " + String.join(" ", d.args()) + "\"";
    }
}
