package hopyard.proxy.server;

import hopyard.proxy.conf.Bounds;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Surroundings;
import java.nio.file.Path;

/** What a configuration is read with: what it may read and look up, its directories, and where named groups go. */
public final class Reading {

    private static final Scope.Key<Reading> KEY = new Scope.Key<>(Reading::new);

    private Surroundings surroundings;
    private Bounds bounds;
    private Path prefix;
    private Path configurationDirectory;
    private GroupVariables groups;

    private Reading() {}

    /** Returns what the configuration of a scope is read with. */
    public static Reading of(Scope scope) {
        return scope.nearest(Context.MAIN).get(KEY);
    }

    /** Begins to read a main file. */
    public void begin(Surroundings around, Bounds most, Path directory, Path configurationFile, GroupVariables named) {
        surroundings = around;
        bounds = most;
        prefix = directory;
        configurationDirectory = configurationFile.toAbsolutePath().getParent();
        groups = named;
    }

    /** Returns what the configuration may read and look up. */
    public Surroundings surroundings() {
        return surroundings;
    }

    /** Returns how large a configuration may be. */
    public Bounds bounds() {
        return bounds;
    }

    /** Returns the server's prefix directory ({@code -p}). */
    public Path prefix() {
        return prefix;
    }

    /** Returns the directory of the main file. Names of key and password files are relative to it. */
    public Path configurationDirectory() {
        return configurationDirectory;
    }

    /** Returns where the named groups of regular expressions put what they capture. */
    public GroupVariables groups() {
        return groups;
    }
}
