package hopyard.proxy.exchange;

import hopyard.http.Lingering;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationSource;
import hopyard.proxy.server.Slots;
import hopyard.proxy.tls.TlsTerms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * What a location, or a server's own level, does with an exchange: the settings of its level, compiled into handlers.
 * Modules add them while the configuration is loaded.
 */
public final class LocationHandlers {

    private static final Slots.Key<LocationHandlers> KEY = new Slots.Key<>();
    private static final PhaseHandler[] NONE = {};

    private final Location location;
    private final Map<Phase, List<PhaseHandler>> byPhase = new EnumMap<>(Phase.class);
    private final List<PlacedFilter> filters = new ArrayList<>();
    private final List<Consumer<Exchange>> logs = new ArrayList<>();
    private PhaseHandler beforeRequest;
    private BiConsumer<Exchange, Runnable> afterRequest;
    private Terms tlsTerms;
    private Predicate<Exchange> denies = exchange -> false;
    private boolean hasOwnContent;
    private boolean isRecorded = true;
    private int keptContent;
    private int accessStart;
    private int accessEnd;
    private int contentStart;
    private PhaseHandler[] rewrites = NONE;
    private PhaseHandler[] handlers;
    private HeaderFilter[] headerFilters;
    private CoreSettings core;
    private Lingering lingering;

    /** Finds the terms of a server for a client. */
    @FunctionalInterface
    public interface Terms {
        /**
         * Returns the terms.
         *
         * @param isHttp2 whether the client may choose HTTP/2 (RFC 9113 §3.2)
         * @param handshake makes an exchange that variables can be asked of, as for {@code ssl_certificate $name.pem}
         * @throws SSLException if the server's certificate cannot be had
         */
        TlsTerms of(boolean isHttp2, Supplier<Exchange> handshake) throws SSLException;
    }

    private record PlacedFilter(FilterPlace place, HeaderFilter filter) {}

    /** Makes the handlers of a location, which has none yet, and keeps them with it. */
    public LocationHandlers(Location location) {
        this.location = location;
        location.slots().put(KEY, this);
    }

    /** Returns the handlers of a location. */
    public static LocationHandlers of(Location location) {
        return location.slots().get(KEY);
    }

    // ---- what modules add

    /** Returns the location. */
    public Location location() {
        return location;
    }

    /** Returns what others have compiled for the location. */
    public Slots slots() {
        return location.slots();
    }

    /** Returns the location's source, to which modules add the directives that write fields. */
    public LocationSource source() {
        return location.source();
    }

    /** Adds a handler. The handlers of a phase run in the order in which they were added. */
    public void on(Phase phase, PhaseHandler handler) {
        byPhase.computeIfAbsent(phase, p -> new ArrayList<>()).add(handler);
    }

    /** Makes {@code handler} the only handler of the content phase, as {@code proxy_pass} does. */
    public void content(PhaseHandler handler) {
        byPhase.put(Phase.CONTENT, new ArrayList<>(List.of(handler)));
        hasOwnContent = true;
    }

    /** Whether there is a handler as {@link #content(PhaseHandler)} sets it. */
    boolean hasOwnContent() {
        return hasOwnContent;
    }

    /** Adds a filter of responses. Those of a place run in the order in which they were added. */
    public void filter(FilterPlace place, HeaderFilter filter) {
        filters.add(new PlacedFilter(place, filter));
    }

    /** Adds a log of finished exchanges. */
    public void log(Consumer<Exchange> log) {
        logs.add(log);
    }

    /** Sets which clients are denied by their address. */
    public void denies(Predicate<Exchange> whom) {
        denies = whom;
    }

    /**
     * Sets what a server does with a request before its phases. If it takes the exchange, it answers, or calls {@link
     * Lifetime#passes()} later.
     */
    public void beforeRequest(PhaseHandler handler) {
        beforeRequest = handler;
    }

    /** Sets what happens when a client's request is over; it runs the task that it gets when that is done. */
    public void afterRequest(BiConsumer<Exchange, Runnable> what) {
        afterRequest = what;
    }

    /** Sets on which terms a server speaks TLS. */
    public void tlsTerms(Terms terms) {
        tlsTerms = terms;
    }

    /** Turns recording off for requests in this location. */
    public void doNotRecord() {
        isRecorded = false;
    }

    /** Sets how many bytes of each content are recorded. */
    public void keepContent(int bytes) {
        keptContent = bytes;
    }

    /**
     * Ends the compilation.
     *
     * @param isServer whether this is a server's own level: its rewriting runs once, before a location is chosen
     */
    public void freeze(CoreSettings settings, boolean isServer) {
        core = settings;
        lingering = settings.lingering();
        List<PhaseHandler> first = isServer ? byPhase.remove(Phase.REWRITE) : null;
        rewrites = first == null ? NONE : first.toArray(PhaseHandler[]::new);
        handlers = byPhase.values().stream().flatMap(List::stream).toArray(PhaseHandler[]::new);
        filters.sort(Comparator.comparing(PlacedFilter::place));
        headerFilters = filters.stream().map(PlacedFilter::filter).toArray(HeaderFilter[]::new);
        accessStart = handlersBefore(Phase.ACCESS);
        accessEnd = handlersBefore(Phase.PRECONTENT);
        contentStart = handlersBefore(Phase.CONTENT);
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

    // ---- what an exchange goes through

    /** Returns the core module's settings of the location. */
    public CoreSettings core() {
        return core;
    }

    /** Returns the first handler of the content phase; {@code null} if there is none. */
    public PhaseHandler content() {
        List<PhaseHandler> content = byPhase.get(Phase.CONTENT);
        return content == null ? null : content.get(0);
    }

    /** Whether the location's access rules deny the client of a request, in whatever location the request is. */
    public boolean denies(Exchange exchange) {
        return denies.test(exchange);
    }

    /** See {@link #beforeRequest(PhaseHandler)}; {@code null} for nothing. */
    PhaseHandler beforeRequest() {
        return beforeRequest;
    }

    /** See {@link #afterRequest(BiConsumer)}; {@code null} for nothing. */
    BiConsumer<Exchange, Runnable> afterRequest() {
        return afterRequest;
    }

    /** See {@link #tlsTerms(Terms)}; {@code null} if it has no certificate. */
    Terms tlsTerms() {
        return tlsTerms;
    }

    /** Returns the handlers of a server that run before a location is chosen. */
    PhaseHandler[] rewrites() {
        return rewrites;
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

    HeaderFilter[] headerFilters() {
        return headerFilters;
    }

    List<Consumer<Exchange>> logs() {
        return logs;
    }

    /** Returns how connections are closed after requests in this location. */
    Lingering lingering() {
        return lingering;
    }

    /** Returns how many bytes of each content are recorded; 0 for none. */
    int keptContent() {
        return keptContent;
    }

    boolean isRecorded() {
        return isRecorded;
    }
}
