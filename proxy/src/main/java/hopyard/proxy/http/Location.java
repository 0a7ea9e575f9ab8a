package hopyard.proxy.http;

import hopyard.http.Lingering;
import hopyard.proxy.conf.Directive;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * A location, or a server's own level, for requests that no location matches. Its settings are compiled into handlers.
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
    private final Map<Phase, List<PhaseHandler>> byPhase = new EnumMap<>(Phase.class);
    private final List<HeaderFilter> filters = new ArrayList<>();
    private final List<AccessLog> accessLogs = new ArrayList<>();
    private final List<ForwardHeaders> forwardHeaders = new ArrayList<>();
    private final LocationSource source;
    private final LongAdder hits = new LongAdder();
    private boolean isRecorded = true;
    private int keptContent;
    private boolean isInternal;
    private Location base;
    private Location limited;
    private Set<String> unlimitedMethods;
    private int accessStart;
    private int accessEnd;
    private int contentStart;
    private boolean redirectsWithoutSlash;
    private PhaseHandler[] handlers;
    private HeaderFilter[] headerFilters;
    private LocationTree inner;
    private CoreSettings core;
    private Lingering lingering;
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

    /** Returns the core module's settings of the location. */
    public CoreSettings core() {
        return core;
    }

    /** Returns how connections are closed after requests in this location. */
    Lingering lingering() {
        return lingering;
    }

    /** Returns how a server, whose own level this is, speaks TLS; {@code null} if it has no certificate. */
    Tls tls() {
        return tls;
    }

    /** See {@link #tls()}. */
    public void tls(Tls how) {
        tls = how;
    }

    /** Whether there is an {@code error_page} for a status code. */
    public boolean hasErrorPage(int status) {
        return core.errorPage(status) != null;
    }

    /** Adds a handler. The handlers of a phase run in the order in which they were added. */
    public void on(Phase phase, PhaseHandler handler) {
        byPhase.computeIfAbsent(phase, p -> new ArrayList<>()).add(handler);
    }

    /** Makes {@code handler} the only handler of the content phase, as {@code proxy_pass} does. */
    public void content(PhaseHandler handler) {
        byPhase.put(Phase.CONTENT, new ArrayList<>(List.of(handler)));
    }

    /** Returns the first handler of the content phase; {@code null} if there is none. */
    public PhaseHandler content() {
        List<PhaseHandler> content = byPhase.get(Phase.CONTENT);
        return content == null ? null : content.get(0);
    }

    /** Adds a filter of response fields. */
    public void filter(HeaderFilter filter) {
        filters.add(filter);
    }

    /** Adds a log of finished exchanges. */
    public void log(AccessLog log) {
        accessLogs.add(log);
    }

    /** Adds fields to every request that is forwarded. */
    public void forwards(ForwardHeaders headers) {
        forwardHeaders.add(headers);
    }

    /** Returns what the modules that are compiled so far add to forwarded requests. */
    public ForwardHeaders[] forwardHeaders() {
        return forwardHeaders.toArray(ForwardHeaders[]::new);
    }

    /** Returns the location's source, to which modules add the directives that write fields. */
    public LocationSource source() {
        return source;
    }

    /** Turns recording off for requests in this location. */
    public void doNotRecord() {
        isRecorded = false;
    }

    /** Sets how many bytes of each content are recorded. */
    public void keepContent(int bytes) {
        keptContent = bytes;
    }

    /** Returns how many bytes of each content are recorded; 0 for none. */
    int keptContent() {
        return keptContent;
    }

    /** Allows only internal requests in this location: {@code internal}. */
    public void makeInternal() {
        isInternal = true;
    }

    boolean isInternal() {
        return isInternal;
    }

    boolean isRecorded() {
        return isRecorded;
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

    List<AccessLog> accessLogs() {
        return accessLogs;
    }

    /**
     * Removes and returns the handlers of the rewrite phase: those of a server run once, before a location is chosen.
     */
    PhaseHandler[] takeRewrites() {
        List<PhaseHandler> rewrites = byPhase.remove(Phase.REWRITE);
        return rewrites == null ? new PhaseHandler[0] : rewrites.toArray(PhaseHandler[]::new);
    }

    PhaseHandler[] handlers() {
        return handlers;
    }

    /** Whether the handler at that index belongs to the access phase. */
    boolean isAccessAt(int index) {
        return index >= accessStart && index < accessEnd;
    }

    /** Returns the index of the first handler behind the access phase. */
    int accessEnd() {
        return accessEnd;
    }

    /** Returns the index of the first handler of the content phase. */
    int contentStart() {
        return contentStart;
    }

    private int handlersBefore(Phase end) {
        int n = 0;
        for (Map.Entry<Phase, List<PhaseHandler>> each : byPhase.entrySet()) {
            if (each.getKey().compareTo(end) < 0) {
                n += each.getValue().size();
            }
        }
        return n;
    }

    HeaderFilter[] headerFilters() {
        return headerFilters;
    }

    LocationTree inner() {
        return inner;
    }

    /** Ends the compilation of the location. */
    void freeze(CoreSettings settings, LocationTree innerLocations) {
        core = settings;
        lingering = settings.lingering();
        inner = innerLocations;
        handlers = byPhase.values().stream().flatMap(List::stream).toArray(PhaseHandler[]::new);
        headerFilters = filters.toArray(HeaderFilter[]::new);
        accessStart = handlersBefore(Phase.ACCESS);
        accessEnd = handlersBefore(Phase.PRECONTENT);
        contentStart = handlersBefore(Phase.CONTENT);
    }
}
