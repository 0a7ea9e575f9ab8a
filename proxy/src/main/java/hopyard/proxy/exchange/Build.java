package hopyard.proxy.exchange;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.io.LogFiles;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.Reading;
import hopyard.proxy.server.Slots;
import hopyard.proxy.server.Zones;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The state that all modules share while one configuration is built. */
public final class Build {

    /** The key of the build, which the main scope keeps. */
    public static final Scope.Key<Build> KEY = new Scope.Key<>(Build::new);

    private final Variables variables = new Variables();
    private final LogFiles logFiles = new LogFiles();
    private final Map<String, UpstreamGroup> upstreams = new LinkedHashMap<>();
    private final Map<String, Set<String>> names = new HashMap<>();
    private final Zones zones = new Zones();
    private final List<CacheZone> caches = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<Location> locations = new ArrayList<>();
    private final Slots slots = new Slots();
    private Reading reading;
    private int lines;

    /** Returns the build that a scope belongs to. */
    public static Build of(Scope scope) {
        return scope.nearest(Context.MAIN).get(KEY);
    }

    /** Begins to build what is read. */
    public void begin(Reading what) {
        reading = what;
    }

    public Variables variables() {
        return variables;
    }

    /** Compiles a text with variables. */
    public Template template(String text, Directive directive) throws ConfException {
        return Template.compile(text, variables, directive);
    }

    /** Returns the names of one kind that have been used so far; callers add to them. */
    public Set<String> names(String kind) {
        return names.computeIfAbsent(kind, k -> new HashSet<>());
    }

    public LogFiles logFiles() {
        return logFiles;
    }

    /** Returns the server groups by name: those of {@code upstream} blocks, and one for each address named directly. */
    public Map<String, UpstreamGroup> upstreams() {
        return upstreams;
    }

    /** Returns the shared memory zones. */
    public Zones zones() {
        return zones;
    }

    /** Returns the caches that are in use. */
    public List<CacheZone> caches() {
        return caches;
    }

    /** Adds a warning about something that does not keep the configuration from use; logged with {@code [warn]}. */
    public void warn(String message) {
        warnings.add(message);
    }

    /** Sets the recorder, which is told of every exchange that this configuration finishes. */
    public void recorder(Recorder recorder) {
        slots.put(Recorder.KEY, recorder);
    }

    /**
     * Adds to the count of directives in force, for one more server or location.
     *
     * @throws ConfException if the total is too high
     */
    public void count(int more, Directive where) throws ConfException {
        lines += more;
        int most = reading.bounds().lines();
        if (lines > most) {
            throw where.error("more than " + most + " directives are in force in all servers and locations,"
                    + " which is what the heap has room for: see -Xmx in HOPYARD_JAVA_OPTS");
        }
    }

    /** Returns every location, and every server's own level; the loader adds them. */
    public List<Location> locations() {
        return locations;
    }

    /** Returns what is compiled for the configuration as a whole. */
    public Slots slots() {
        return slots;
    }

    /** Returns the warnings so far. */
    public List<String> warnings() {
        return warnings;
    }
}
