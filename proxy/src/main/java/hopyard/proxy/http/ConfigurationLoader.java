package hopyard.proxy.http;

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
import hopyard.proxy.io.ErrorLog;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509ExtendedKeyManager;

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
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw Unexpected.during("the configuration is loaded", e);
        }
    }

    private Configuration compile(Scope main, Build build, String text) throws ConfException {
        Bounds bounds = Reading.of(main).bounds();
        for (Module module : modules) {
            module.prepare(build.variables());
        }
        ConfParser parser = new ConfParser(directory(), build.surroundings(), bounds);
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
            defaultLog = new ErrorLog(build.logFiles().file(path), ErrorLog.Level.ERROR);
        }
        List<Configuration.Endpoint> endpoints = List.of();
        MainSettings settings = MainSettings.of(main);
        if (blocks.http() != null) {
            CoreSettings.complete(main, defaultRoot(), defaultLog);
            inherit(main, blocks.http());
            endpoints = endpoints(settings, compileServers(blocks), build);
        }
        build.variables().resolve();
        build.zones().complete(build::warn);
        return new Configuration(
                settings.pid(),
                settings.daemon(),
                settings.workers(),
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
                build.surroundings().read(),
                build.warnings(),
                build.locations(),
                slots(build));
    }

    private static Slots slots(Build build) {
        Slots slots = new Slots();
        slots.put(Recorder.KEY, build.recorder());
        return slots;
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
            VirtualServer.Connections connections = new VirtualServer.Connections(
                    core.clientHeaderTimeout(), core.largestHeaderLine() * core.largestHeaderCount(), core.errorLog());
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
                names.isEmpty() ? "" : names.get(0).text(),
                LocationBlock.of(server).location().directive());
    }

    private static List<Configuration.Endpoint> endpoints(
            MainSettings settings, Map<Scope, VirtualServer> servers, Build build) throws ConfException {
        Map<SocketAddress, List<Scope>> byAddress = new LinkedHashMap<>();
        for (Scope scope : servers.keySet()) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                byAddress
                        .computeIfAbsent(listen.address(), a -> new ArrayList<>())
                        .add(scope);
            }
        }
        List<Configuration.Endpoint> endpoints = new ArrayList<>();
        for (Map.Entry<SocketAddress, List<Scope>> entry : byAddress.entrySet()) {
            Configuration.Endpoint endpoint = endpoint(entry.getKey(), entry.getValue(), servers, build);
            for (SocketAddress bound : bound(settings, entry.getKey())) {
                endpoints.add(endpoint.at(bound));
            }
        }
        return endpoints;
    }

    /** Returns the addresses to listen on for the one that {@code listen} names ({@code hop_listen}). */
    private static List<SocketAddress> bound(MainSettings settings, SocketAddress address) {
        return address instanceof InetSocketAddress inet
                        && settings.listenInstead().containsKey(inet.getPort())
                ? settings.listenInstead().get(inet.getPort()).stream()
                        .<SocketAddress>map(port -> new InetSocketAddress(inet.getAddress(), port))
                        .toList()
                : List.of(address);
    }

    private static Configuration.Endpoint endpoint(
            SocketAddress address, List<Scope> scopes, Map<Scope, VirtualServer> servers, Build build)
            throws ConfException {
        Scope byDefault = null;
        int backlog = -1;
        ServerSettings.Listen ssl = null;
        boolean proxyProtocol = false;
        boolean takesIpv4 = false;
        for (Scope scope : scopes) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                if (!listen.address().equals(address)) {
                    continue;
                }
                backlog = Math.max(backlog, listen.backlog());
                ssl = listen.ssl() && ssl == null ? listen : ssl;
                proxyProtocol |= listen.proxyProtocol();
                takesIpv4 |= listen.takesIpv4();
                if (listen.isDefault()) {
                    if (byDefault != null) {
                        throw listen.directive().error("a duplicate default server for " + Addresses.text(address));
                    }
                    byDefault = scope;
                }
            }
        }
        VirtualServers all = new VirtualServers(servers.get(byDefault == null ? scopes.get(0) : byDefault));
        for (Scope scope : scopes) {
            for (ServerSettings.Listen listen : ServerSettings.of(scope).listens()) {
                if (listen.address().equals(address)) {
                    all.listens(servers.get(scope), listen);
                }
            }
            for (ServerSettings.Name name : ServerSettings.of(scope).names()) {
                if (!all.add(name, servers.get(scope))) {
                    build.warn("conflicting server name \"" + name.text() + "\" on " + Addresses.text(address)
                            + ", ignored");
                }
            }
        }
        Scope first = byDefault == null ? scopes.get(0) : byDefault;
        Configuration.EndpointTls tls = ssl == null ? null : tls(ssl, first, servers, scopes, all);
        return new Configuration.Endpoint(address, backlog < 0 ? 511 : backlog, tls, proxyProtocol, takesIpv4, all);
    }

    /**
     * Returns TLS with the certificates of each server, chosen by the name that the client sends: {@link KeysByName}.
     */
    private static Configuration.EndpointTls tls(
            ServerSettings.Listen listen,
            Scope byDefault,
            Map<Scope, VirtualServer> servers,
            List<Scope> scopes,
            VirtualServers all)
            throws ConfException {
        Tls main = servers.get(byDefault).level().tls();
        if (main == null) {
            throw listen.directive().error("no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive");
        }
        Map<VirtualServer, X509ExtendedKeyManager> keys = new HashMap<>();
        List<Object> certificates = new ArrayList<>();
        for (Scope scope : scopes) {
            Tls own = servers.get(scope).level().tls();
            List<ServerSettings.Name> names = ServerSettings.of(scope).names();
            certificates.add(names.stream().map(ServerSettings.Name::text).toList());
            certificates.add(scope == byDefault);
            certificates.add(own == null ? List.of() : own.material());
            if (own != null) {
                keys.put(servers.get(scope), own.keys());
            }
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {new KeysByName(all, keys)}, null, null);
            return new Configuration.EndpointTls(context, main.protocols(), certificates);
        } catch (GeneralSecurityException e) {
            throw listen.directive().error("TLS cannot be set up: " + e.getMessage());
        }
    }
}
