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
 * A location, or a server's own level where no location matches: its settings compiled into handlers.
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
        /** {@code if (…)} inside of another location, whose place it takes where the condition holds */
        IF,
        /** {@code limit_except} inside of another location, whose place it takes for other methods */
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
     * @param directive where it stands
     */
    public Location(Kind kind, String name, Regex pattern, Directive directive) {
        this.kind = kind;
        this.name = name;
        this.pattern = pattern;
        this.directive = directive;
        source = new LocationSource(name, directive);
        base = this;
    }

    /** What takes the place of {@code outer} where a condition holds. */
    public static Location conditional(Location outer, Directive directive) {
        Location location = new Location(Kind.IF, outer.name, null, directive);
        location.base = outer;
        return location;
    }

    /** What takes the place of {@code outer} for all but some methods. */
    public static Location exceptFor(Location outer, Set<String> methods, Directive directive) {
        Location location = new Location(Kind.LIMIT_EXCEPT, outer.name, null, directive);
        location.base = outer;
        outer.unlimitedMethods = methods;
        outer.limited = location;
        return location;
    }

    /** This location, or what takes its place for that method. */
    public Location forMethod(String method) {
        return limited == null || unlimitedMethods.contains(method) ? this : limited;
    }

    public Kind kind() {
        return kind;
    }

    /** The location that was chosen by the URI: this one, or the one that an {@code if} stands in. */
    public Location base() {
        return base;
    }

    /** Whether only this very URI matches. */
    public boolean isExact() {
        return kind == Kind.EXACT;
    }

    /** Whether it is matched by comparing texts, so that its name is what the URI starts with. */
    public boolean isPrefixOrExact() {
        return isPrefix() || isExact();
    }

    boolean isPrefix() {
        return kind == Kind.PREFIX || kind == Kind.PREFIX_FINAL;
    }

    /** The URI that is matched, the text of the regular expression, or the name with its {@code @}. */
    public String name() {
        return name;
    }

    /** The regular expression of a {@link Kind#REGEX}, else {@code null}. */
    public Regex pattern() {
        return pattern;
    }

    /** The {@code location} directive, or the {@code server} one at a server's own level. */
    public Directive directive() {
        return directive;
    }

    /** The core module's settings here. */
    public CoreSettings core() {
        return core;
    }

    /** How its connections are closed. */
    Lingering lingering() {
        return lingering;
    }

    /** How TLS is spoken in the name of the server whose own level this is; {@code null} if it has no certificate. */
    Tls tls() {
        return tls;
    }

    /** See {@link #tls()}. */
    public void tls(Tls how) {
        tls = how;
    }

    /** Whether there is a configured page for the status code here. */
    public boolean hasErrorPage(int status) {
        return core.errorPage(status) != null;
    }

    /** Adds a handler; within a phase they run in the order in which they were added. */
    public void on(Phase phase, PhaseHandler handler) {
        byPhase.computeIfAbsent(phase, p -> new ArrayList<>()).add(handler);
    }

    /** Makes {@code handler} the only one of the content phase, as {@code proxy_pass} does. */
    public void content(PhaseHandler handler) {
        byPhase.put(Phase.CONTENT, new ArrayList<>(List.of(handler)));
    }

    /** The first handler of the content phase; {@code null} if there is none. */
    public PhaseHandler content() {
        List<PhaseHandler> content = byPhase.get(Phase.CONTENT);
        return content == null ? null : content.get(0);
    }

    /** Adds a filter of response headers. */
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

    /** The fields that the modules compiled so far add to forwarded requests. */
    public ForwardHeaders[] forwardHeaders() {
        return forwardHeaders.toArray(ForwardHeaders[]::new);
    }

    /** Where this comes from; the modules add to it which of their directives write header fields. */
    public LocationSource source() {
        return source;
    }

    /** Requests that end up here are not told to the recorder. */
    public void doNotRecord() {
        isRecorded = false;
    }

    /** Has the beginnings of contents recorded, so many bytes of each. */
    public void keepContent(int bytes) {
        keptContent = bytes;
    }

    /** So many bytes of each content are recorded; 0 for none. */
    int keptContent() {
        return keptContent;
    }

    /** Only internal redirects lead here: {@code internal}. */
    public void makeInternal() {
        isInternal = true;
    }

    boolean isInternal() {
        return isInternal;
    }

    boolean isRecorded() {
        return isRecorded;
    }

    /** How many recorded requests have ended up here. */
    public LongAdder hits() {
        return hits;
    }

    /** A request for the name without its final slash is redirected to the name, as nginx does for proxied ones. */
    public void redirectWithoutSlash() {
        redirectsWithoutSlash = true;
    }

    boolean redirectsWithoutSlash() {
        return redirectsWithoutSlash;
    }

    List<AccessLog> accessLogs() {
        return accessLogs;
    }

    /** Removes the rewrite phase: a server's own rewriting happens before a location is chosen, and only once. */
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

    /** Where among the handlers comes what follows the access phase. */
    int accessEnd() {
        return accessEnd;
    }

    /** Where among the handlers those of the content phase begin. */
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

    /** Ends the compilation. */
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
