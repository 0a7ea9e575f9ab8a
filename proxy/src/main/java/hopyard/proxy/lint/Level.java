package hopyard.proxy.lint;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.modules.Merged;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A level of the configuration, as the loader has made it: its directives, and the settings in force there. */
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

    /** Returns what the modules have set and merged here. */
    public Scope scope() {
        return scope;
    }

    public Context context() {
        return scope.context();
    }

    /** Returns the level around; {@code null} for the http block. */
    public Level parent() {
        return parent;
    }

    /** Returns the server that the level belongs to; {@code null} for the http block. */
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

    /** Returns the locations and other levels in it. */
    public List<Level> children() {
        return children;
    }

    /** This level and all below. */
    public Stream<Level> all() {
        return Stream.concat(Stream.of(this), children.stream().flatMap(Level::all));
    }

    /** Returns the directives with these names that stand here. */
    public List<Directive> own(String... names) {
        List<String> wanted = Arrays.asList(names);
        return scope.directives().stream()
                .filter(d -> wanted.contains(d.name()))
                .toList();
    }

    /** Returns the first directive of that name that stands here; {@code null} if there is none. */
    public Directive first(String name) {
        List<Directive> own = own(name);
        return own.isEmpty() ? null : own.get(0);
    }

    /** Returns the nearest level, this one included, with a directive of that name; {@code null} if there is none. */
    public Level nearestWith(String name) {
        return first(name) != null ? this : parent == null ? null : parent.nearestWith(name);
    }

    /** Returns the {@code proxy_pass} that requests here obey; {@code null} if they are answered otherwise. */
    public Directive pass() {
        return first("return") != null && first("if") == null ? null : Merged.proxyPass(scope);
    }

    /** Whether requests here are answered by another server, whatever it speaks. */
    public boolean isPassedOn() {
        return pass() != null
                || !own("fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass")
                        .isEmpty();
    }

    /** Returns the {@code proxy_set_header} that writes a field of requests; {@code null} if there is none. */
    public Directive setHeader(String name) {
        return Merged.setHeaders(scope).stream()
                .filter(d -> d.arg(0).equalsIgnoreCase(name))
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns an edit that adds lines where they are in force for this location and switch off nothing that is in force
     * now: a {@code proxy_set_header} goes below the others that the location obeys, on whatever level they stand.
     */
    public Edit addHeaderLines(Texts texts, String lines) {
        Level where = nearestWith("proxy_set_header");
        if (where == null) {
            return texts.after(Merged.proxyPass(scope), lines);
        }
        List<Directive> others = where.own("proxy_set_header");
        return texts.after(others.get(others.size() - 1), lines);
    }

    /** Returns the level's name in a message: {@code location /a}. */
    public String title() {
        Directive d = location().directive();
        return context() == Context.SERVER ? "this server" : "\"" + d.name() + " " + String.join(" ", d.args()) + "\"";
    }
}
