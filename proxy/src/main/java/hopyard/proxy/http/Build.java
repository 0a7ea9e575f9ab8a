package hopyard.proxy.http;

import hopyard.proxy.cache.CacheZone;
import hopyard.proxy.conf.Bounds;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Machine;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.upstream.UpstreamGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What all modules share while one configuration is being built. */
public final class Build {

    /** The build lives in the main scope. */
    public static final Scope.Key<Build> KEY = new Scope.Key<>(Build::new);

    private final Variables variables = new Variables();
    private final LogFiles logFiles = new LogFiles();
    private final Map<String, UpstreamGroup> upstreams = new LinkedHashMap<>();
    private final Map<String, Set<String>> names = new HashMap<>();
    private final Zones zones = new Zones();
    private final List<CacheZone> caches = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<Location> locations = new ArrayList<>();
    private Surroundings surroundings = new Machine();
    private Bounds bounds = Bounds.ofHeap();
    private int lines;
    private Path prefix;
    private Path configurationDirectory;
    private Recorder recorder;

    /** The build that a scope belongs to. */
    public static Build of(Scope scope) {
        return scope.nearest(Context.MAIN).get(KEY);
    }

    void begin(Surroundings around, Bounds most, Path directory, Path configurationFile) {
        surroundings = around;
        bounds = most;
        prefix = directory;
        configurationDirectory = configurationFile.toAbsolutePath().getParent();
    }

    /** What the configuration sees of the world. */
    public Surroundings surroundings() {
        return surroundings;
    }

    /** Where the main configuration file lies: what names of key and password files are relative to. */
    public Path configurationDirectory() {
        return configurationDirectory;
    }

    /** The server's prefix directory. */
    public Path prefix() {
        return prefix;
    }

    public Variables variables() {
        return variables;
    }

    /** Compiles a text with variables. */
    public Template template(String text, Directive directive) throws ConfException {
        return Template.compile(text, variables, directive);
    }

    /** Names of one kind that have been used so far. */
    public Set<String> names(String kind) {
        return names.computeIfAbsent(kind, k -> new HashSet<>());
    }

    public LogFiles logFiles() {
        return logFiles;
    }

    /** The server groups by name: those of {@code upstream} blocks, and one for each address that is named directly. */
    public Map<String, UpstreamGroup> upstreams() {
        return upstreams;
    }

    /** The shared memory zones. */
    public Zones zones() {
        return zones;
    }

    /** The caches that are in use. */
    public List<CacheZone> caches() {
        return caches;
    }

    /** Something odd that does not stop the configuration from being used; said with {@code [warn]}. */
    public void warn(String message) {
        warnings.add(message);
    }

    /** Has {@code recorder} told of every exchange that this configuration finishes. */
    public void recorder(Recorder recorder) {
        this.recorder = recorder;
    }

    Bounds bounds() {
        return bounds;
    }

    /**
     * Counts the directives in force in one more server or location.
     *
     * @throws ConfException if all of them together are too many
     */
    void count(int more, Directive where) throws ConfException {
        lines += more;
        if (lines > bounds.lines()) {
            throw where.error("more than " + bounds.lines() + " directives are in force in all servers and locations,"
                    + " which is what the heap has room for: see -Xmx in HOPYARD_JAVA_OPTS");
        }
    }

    List<Location> locations() {
        return locations;
    }

    Recorder recorder() {
        return recorder;
    }

    List<String> warnings() {
        return warnings;
    }
}
