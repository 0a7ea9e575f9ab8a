package hopyard.proxy.running;

import hopyard.proxy.conf.Bounds;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.ConfParser;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Desk;
import hopyard.proxy.conf.Fence;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Machine;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.RegularFile;
import hopyard.proxy.conf.Remembered;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.Unexpected;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.CoreSettings;
import hopyard.proxy.exchange.Http2Settings;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Endpoints;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationBlock;
import hopyard.proxy.server.LocationSource;
import hopyard.proxy.server.LocationTree;
import hopyard.proxy.server.MainBlocks;
import hopyard.proxy.server.MainSettings;
import hopyard.proxy.server.Reading;
import hopyard.proxy.server.ServerSettings;
import hopyard.proxy.server.VirtualServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a {@link Configuration} from files: reads, checks, inherits and compiles. */
public final class ConfigurationLoader {

    private final List<Module> modules;
    private final Path prefix;
    private final Path file;
    private final String commandLine;
    private final String errorLog;

    /**
     * @param prefix the prefix directory ({@code -p})
     * @param file the main file ({@code -c})
     * @param commandLine directives ({@code -g}); may be empty
     * @param errorLog the error log if there is no {@code error_log} ({@code -e})
     */
    public ConfigurationLoader(List<Module> modules, Path prefix, Path file, String commandLine, String errorLog) {
        this.modules = modules;
        this.prefix = prefix;
        this.file = file;
        this.commandLine = commandLine;
        this.errorLog = errorLog;
    }

    /** Returns the main file. */
    public Path file() {
        return file;
    }

    /**
     * Reads and compiles the configuration, and opens its logs. Nothing listens yet.
     *
     * @throws ConfException if there is a mistake; what was opened is closed again
     */
    public Configuration load() throws ConfException {
        return load(null);
    }

    /**
     * Does the same with a text in the place of the main file's.
     *
     * @param text the byte string to read as the main file; {@code null} for what the file holds
     * @throws ConfException as {@link #load()}
     */
    public Configuration load(String text) throws ConfException {
        Configuration configuration = read(text);
        configuration.open();
        return configuration;
    }

    /**
     * Reads and compiles as {@link #load(String)} does, and opens nothing.
     *
     * @throws ConfException if there is a mistake
     */
    public Configuration read(String text) throws ConfException {
        return compile(new Scope(Context.MAIN, null), text, new Machine());
    }

    /**
     * Tests a text in the place of the main file's, without any effect. No file is made or written to, and no name is
     * looked up. Only files are read that lie in the directory of the main file, or that the running configuration has
     * read.
     *
     * @param known the other files that may be read
     * @return a configuration that must not be opened or used
     * @throws ConfException if there is a mistake; it quotes nothing of a file that the running configuration has not
     *     read
     */
    public Configuration test(String text, Set<Path> known) throws ConfException {
        return inspect(text, known, Map.of()).configuration();
    }

    /**
     * A configuration for looking at.
     *
     * @param main the main scope, with the merged settings of each level
     * @param configuration the compiled configuration, which must not be opened or used
     */
    public record Inspected(Scope main, Configuration configuration) {}

    /**
     * Reads a text as {@link #test} does.
     *
     * @param remembered the texts of the files that the running configuration was read from; a pattern includes no
     *     others; empty to read the files as they are now
     * @throws ConfException as {@link #test}
     */
    public Inspected inspect(String text, Set<Path> known, Map<String, String> remembered) throws ConfException {
        Fence fence;
        try {
            fence = new Fence(directory(), known);
        } catch (IOException e) {
            throw ConfException.anywhere(SystemErrors.open(directory().toString(), e));
        }
        try {
            return inspect(text, remembered.isEmpty() ? fence : new Remembered(fence, remembered));
        } catch (ConfException e) {
            throw fence.withoutQuotes(e);
        }
    }

    /**
     * Returns what the main file holds now, as a byte string.
     *
     * @throws IOException if the file cannot be read, or is larger than a configuration may be
     */
    public String mainText() throws IOException {
        return RegularFile.read(file, Bounds.ofHeap().textBytes());
    }

    /**
     * Reads and compiles the files, opens nothing and looks up no name.
     *
     * @throws ConfException if there is a mistake
     */
    public Inspected inspect() throws ConfException {
        return inspect(null, new Desk());
    }

    private Inspected inspect(String text, Surroundings surroundings) throws ConfException {
        Scope main = new Scope(Context.MAIN, null);
        return new Inspected(main, compile(main, text, surroundings));
    }

    private Path directory() {
        return file.toAbsolutePath().getParent();
    }

    private Configuration compile(Scope main, String text, Surroundings surroundings) throws ConfException {
        try {
            Build build = main.get(Build.KEY);
            Reading reading = Reading.of(main);
            reading.begin(surroundings, Bounds.ofHeap(), prefix, file, build.variables());
            build.begin(reading);
            return compile(main, build, text);
        } catch (ConfException e) {
            e.warnings(main.get(Build.KEY).warnings());
            throw e;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw Unexpected.during("the configuration is loaded", e);
        }
    }

    private Configuration compile(Scope main, Build build, String text) throws ConfException {
        Bounds bounds = Reading.of(main).bounds();
        for (Module module : modules) {
            module.prepare(build.variables());
        }
        ConfParser parser = new ConfParser(directory(), Reading.of(main).surroundings(), bounds);
        Loader loader = new Loader(
                prefix, modules.stream().flatMap(m -> m.directives().stream()).toList(), bounds);
        loader.apply(parser.parseCommandLine(commandLine), main);
        loader.apply(text == null ? parser.parseFile(file) : parser.parseText(file, text), main);
        MainBlocks blocks = MainBlocks.of(main);
        if (blocks.events() == null) {
            throw ConfException.anywhere("no \"events\" section in configuration");
        }
        ErrorLog defaultLog = CoreSettings.of(main).errorLog();
        if (defaultLog == null) {
            String path = errorLog.equals("stderr")
                    ? errorLog
                    : Paths.under(prefix, errorLog).toString();
            defaultLog = ErrorLog.to(build.logFiles().file(path), ErrorLog.Level.ERROR);
        }
        List<Configuration.Endpoint> endpoints = List.of();
        MainSettings settings = MainSettings.of(main);
        if (blocks.http() != null) {
            CoreSettings.complete(main, defaultRoot(), defaultLog);
            inherit(main, blocks.http());
            endpoints = Endpoints.of(settings, compileServers(blocks), build::warn);
        }
        build.variables().resolve();
        build.zones().complete(build::warn);
        return new Configuration(
                settings.pid(),
                settings.daemon(),
                settings.workerProcesses(),
                settings.workerConnections(),
                settings.shutdownTimeout(),
                defaultLog,
                endpoints,
                build.upstreams().values(),
                build.zones(),
                List.copyOf(build.caches()),
                build.logFiles(),
                build.variables().slotCount(),
                build.variables().upstreamFields(),
                parser.sources(),
                Reading.of(main).surroundings().read(),
                build.warnings(),
                build.locations(),
                build.slots());
    }

    private Template defaultRoot() {
        return Template.constant(prefix.resolve("html").toString());
    }

    private void inherit(Scope outer, Scope inner) throws ConfException {
        for (Module module : modules) {
            module.settings().forEach(each -> each.inherit(outer, inner));
            module.inherit(outer, inner);
        }
    }

    private Map<Scope, VirtualServer> compileServers(MainBlocks blocks) throws ConfException {
        Map<Scope, VirtualServer> servers = new LinkedHashMap<>();
        for (Scope scope : blocks.servers()) {
            inherit(blocks.http(), scope);
            LocationTree locations = compileLocations(scope);
            Location level = compile(scope);
            CoreSettings core = CoreSettings.of(scope);
            Http2Settings http2 = Http2Settings.of(scope);
            long largest = core.largestHeaderLine() * core.largestHeaderCount();
            VirtualServer.Connections connections = new VirtualServer.Connections(
                    core.clientHeaderTimeout(),
                    largest,
                    core.keepaliveTimeout(),
                    core.sendTimeout(),
                    core.errorLog(),
                    http2.isOn(),
                    http2.limits(largest));
            servers.put(scope, new VirtualServer(level.source().server().name(), level, locations, connections));
        }
        return servers;
    }

    private LocationTree compileLocations(Scope outer) throws ConfException {
        Map<Location, LocationTree> locations = new LinkedHashMap<>();
        for (Scope scope : LocationBlock.of(outer).inner()) {
            inherit(outer, scope);
            LocationTree inner = LocationBlock.of(scope).inner().isEmpty() ? null : compileLocations(scope);
            locations.put(compile(scope), inner);
        }
        return new LocationTree(locations);
    }

    private Location compile(Scope scope) throws ConfException {
        Location location = LocationBlock.of(scope).location();
        Build.of(scope).count(EffectiveDirectives.count(scope), location.directive());
        LocationHandlers handlers = new LocationHandlers(location);
        for (Module module : modules) {
            module.compile(scope, handlers);
        }
        handlers.freeze(CoreSettings.of(scope), scope.context() == Context.SERVER);
        location.source().directives(EffectiveDirectives.of(scope));
        location.source().server(serverAround(scope));
        Build.of(scope).locations().add(location);
        return location;
    }

    private static LocationSource.Server serverAround(Scope scope) {
        Scope server = scope.nearest(Context.SERVER);
        List<ServerSettings.Name> names = ServerSettings.of(server).names();
        return new LocationSource.Server(
                // ".example.com" is "example.com", with all below it
                names.isEmpty() ? "" : names.get(0).text().replaceFirst("^\\.", ""),
                LocationBlock.of(server).location().directive());
    }
}
