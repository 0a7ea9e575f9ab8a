package hopyard.proxy.server;

import hopyard.proxy.conf.Directive;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * A location, or a server's own level, for requests that no location matches. What is compiled for it lies in its
 * {@link #slots}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html#location">location</a>
 */
public final class Location {

    /** How a location is matched. */
    public enum Kind {
        /** {@code location /a} */
        PREFIX,
        /** {@code location ^~ /a} */
        PREFIX_FINAL,
        /** {@code location = /a} */
        EXACT,
        /** {@code location ~ a} and {@code ~* a} */
        REGEX,
        /** {@code location @a} */
        NAMED,
        /** {@code if (…)} inside of another location, which it replaces if the condition holds */
        IF,
        /** {@code limit_except} inside of another location, which it replaces for other methods */
        LIMIT_EXCEPT
    }

    private final Kind kind;
    private final String name;
    private final Regex pattern;
    private final Directive directive;
    private final LocationSource source;
    private final Slots slots = new Slots();
    private final LongAdder hits = new LongAdder();
    private boolean isInternal;
    private Location base;
    private Location limited;
    private Set<String> unlimitedMethods;
    private boolean redirectsWithoutSlash;
    private Tls tls;

    /**
     * @param pattern the regular expression of a {@link Kind#REGEX}, else {@code null}
     * @param directive the directive of the location
     */
    public Location(Kind kind, String name, Regex pattern, Directive directive) {
        this.kind = kind;
        this.name = name;
        this.pattern = pattern;
        this.directive = directive;
        source = new LocationSource(name, directive);
        base = this;
    }

    /** Returns the location that replaces {@code outer} if a condition holds. */
    public static Location conditional(Location outer, Directive directive) {
        Location location = new Location(Kind.IF, outer.name, null, directive);
        location.base = outer;
        return location;
    }

    /** Returns the location that replaces {@code outer} for all but some methods. */
    public static Location exceptFor(Location outer, Set<String> methods, Directive directive) {
        Location location = new Location(Kind.LIMIT_EXCEPT, outer.name, null, directive);
        location.base = outer;
        outer.unlimitedMethods = methods;
        outer.limited = location;
        return location;
    }

    /** Returns this location, or the one that replaces it for a method. */
    public Location forMethod(String method) {
        return limited == null || unlimitedMethods.contains(method) ? this : limited;
    }

    public Kind kind() {
        return kind;
    }

    /**
     * Returns the location that was chosen by the URI: this one, or the one around an {@code if} or
     * {@code limit_except}.
     */
    public Location base() {
        return base;
    }

    /** Whether the location matches only the URI that is its name. */
    public boolean isExact() {
        return kind == Kind.EXACT;
    }

    /** Whether the location matches a URI that is its name or begins with its name. */
    public boolean isPrefixOrExact() {
        return isPrefix() || isExact();
    }

    boolean isPrefix() {
        return kind == Kind.PREFIX || kind == Kind.PREFIX_FINAL;
    }

    /** Returns the URI or prefix, the text of the regular expression, or the name with its {@code @}. */
    public String name() {
        return name;
    }

    /** Returns the regular expression of a {@link Kind#REGEX}; else {@code null}. */
    public Regex pattern() {
        return pattern;
    }

    /** Returns the directive of the location; that of the {@code server} for a server's own level. */
    public Directive directive() {
        return directive;
    }

    /** Returns what others have compiled for the location. */
    public Slots slots() {
        return slots;
    }

    /** Returns how a server, whose own level this is, speaks TLS; {@code null} if it has no certificate. */
    public Tls tls() {
        return tls;
    }

    /** See {@link #tls()}. */
    public void tls(Tls how) {
        tls = how;
    }

    /** Returns the location's source, to which modules add the directives that write fields. */
    public LocationSource source() {
        return source;
    }

    /** Allows only internal requests in this location: {@code internal}. */
    public void makeInternal() {
        isInternal = true;
    }

    /** Whether only internal requests may come in. */
    public boolean isInternal() {
        return isInternal;
    }

    /** Returns the counter of recorded requests in this location. */
    public LongAdder hits() {
        return hits;
    }

    /** Redirects a request for the name without its final slash to the name, as nginx does for proxied locations. */
    public void redirectWithoutSlash() {
        redirectsWithoutSlash = true;
    }

    boolean redirectsWithoutSlash() {
        return redirectsWithoutSlash;
    }
}
