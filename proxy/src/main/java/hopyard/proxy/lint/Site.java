package hopyard.proxy.lint;

import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.running.ConfigurationLoader.Inspected;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.MainBlocks;
import hopyard.proxy.server.Regex;
import hopyard.proxy.server.ServerSettings;
import hopyard.proxy.server.VirtualServer;
import hopyard.proxy.upstream.UpstreamGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A configuration as checks see it: its levels, its texts, and what its variables may hold. */
public final class Site {

    private final Inspected inspected;
    private final Texts texts;
    private final List<Level> servers = new ArrayList<>();
    private final Level http;
    private final PossibleValues values;
    private final Map<Location, List<Configuration.Endpoint>> endpoints = new IdentityHashMap<>();
    private final Map<Level, Optional<String>> paths = new IdentityHashMap<>();
    private final Map<Level, Boolean> leaving = new IdentityHashMap<>();
    private final Map<Location, VirtualServer> compiled = new IdentityHashMap<>();

    Site(Inspected inspected) {
        this.inspected = inspected;
        texts = new Texts(inspected.configuration().sources());
        MainBlocks main = MainBlocks.of(inspected.main());
        http = main.http() == null ? null : new Level(main.http(), null);
        for (var scope : main.servers()) {
            Level server = new Level(scope, http);
            http.add(server);
            servers.add(server);
        }
        values = new PossibleValues(levels());
        for (Configuration.Endpoint endpoint : inspected.configuration().endpoints()) {
            endpoint.servers().all().distinct().forEach(server -> {
                compiled.put(server.level(), server);
                endpoints
                        .computeIfAbsent(server.level(), l -> new ArrayList<>())
                        .add(endpoint);
            });
        }
    }

    public Texts texts() {
        return texts;
    }

    public PossibleValues values() {
        return values;
    }

    /** Returns the directives outside of every block. */
    public List<Directive> main() {
        return inspected.main().directives();
    }

    /** The http block; {@code null} if there is none. */
    public Level http() {
        return http;
    }

    public List<Level> servers() {
        return servers;
    }

    /** Returns every level, from the http block inwards. */
    public Stream<Level> levels() {
        return http == null ? Stream.of() : http.all();
    }

    /** Returns every location, but not the levels of {@code if} and {@code limit_except}. */
    public Stream<Level> locations() {
        return levels().filter(Level::isLocation);
    }

    /** Returns every location that passes requests on. */
    public Stream<Level> passing() {
        return locations().filter(level -> level.pass() != null);
    }

    /** Returns the blocks of that name in the http block. */
    public List<Directive> blocks(String name) {
        return http == null ? List.of() : http.own(name);
    }

    /** Returns the group of upstream servers with that name; {@code null} if there is none. */
    public UpstreamGroup upstream(String name) {
        return Build.of(http.scope()).upstreams().get(name);
    }

    // ---- servers

    /** The listening addresses of a server. */
    public List<Configuration.Endpoint> endpoints(Level server) {
        return endpoints.getOrDefault(server.location(), List.of());
    }

    /** Whether a server is the default server at one of its addresses at least. */
    public boolean isDefault(Level server) {
        return endpoints(server).stream()
                .anyMatch(each -> each.servers().byDefault().level() == server.location());
    }

    /** Whether requests at one of its addresses may go to another server as well. */
    public boolean hasNeighbours(Level server) {
        return endpoints(server).stream()
                .anyMatch(each -> each.servers().all().anyMatch(one -> one.level() != server.location()));
    }

    /** Whether TLS is spoken at one of its addresses. */
    public boolean speaksTls(Level server) {
        return endpoints(server).stream().anyMatch(each -> each.tls() != null);
    }

    /** Returns those names of a server that are written out, without wildcards and expressions. */
    public static List<String> names(Level server) {
        return ServerSettings.of(server.scope()).names().stream()
                .map(ServerSettings.Name::text)
                .filter(name -> name.matches("[a-z0-9-]+(\\.[a-z0-9-]+)*"))
                .toList();
    }

    // ---- requests

    /** Returns a host that a request to a server may name; {@code null} if any will do or none is known. */
    public String host(Level server) {
        List<String> names = names(server);
        return names.isEmpty() ? null : names.get(0);
    }

    /**
     * Returns a path whose requests end up in a location. It is tried with the tree of locations that serves requests.
     *
     * @return decoded; {@code null} if none is known
     */
    public String path(Level level) {
        return paths.computeIfAbsent(level, this::find).orElse(null);
    }

    private Optional<String> find(Level level) {
        if (level.location() == null || leaving.computeIfAbsent(level.server(), Site::mayLeave)) {
            return Optional.empty();
        }
        return candidates(level)
                .filter(path -> path.startsWith("/") && leadsTo(level, path))
                .findFirst();
    }

    /** Whether requests for a path end up in a location. */
    public boolean leadsTo(Level level, String path) {
        Location found = locate(level.server(), path);
        if (level.isLocation() && level.location().kind() == Location.Kind.NAMED) {
            // through the location that falls back to it
            return level.server().all().anyMatch(other -> other.location() == found && fallsBackTo(other, level));
        }
        return found == level.location();
    }

    private static boolean fallsBackTo(Level other, Level named) {
        Directive files = other.first("try_files");
        return files != null
                && files.arg(files.args().size() - 1).equals(named.location().name());
    }

    /** Returns the location that a server chooses; {@code null} if no request reaches the server. */
    public Location locate(Level server, String path) {
        VirtualServer found = compiled.get(server.location());
        try {
            return found == null ? null : found.locate(path, null);
        } catch (Regex.LimitReached e) {
            return null;
        }
    }

    /** Whether the server itself answers or rewrites before a location is chosen. */
    private static boolean mayLeave(Level server) {
        return !server.own("return", "rewrite").isEmpty()
                || server.own("if").stream().anyMatch(d -> !d.arg(0).startsWith("($host"));
    }

    private Stream<String> candidates(Level level) {
        String name = level.location().name();
        return switch (level.location().kind()) {
            case EXACT -> Stream.of(name);
            case PREFIX, PREFIX_FINAL ->
                level.context() == Context.SERVER
                        ? Stream.of("/hopyard-lint")
                        : Stream.of(name + "hopyard-lint", name + "/hopyard-lint", name);
            case REGEX -> {
                RegexTree tree = RegexTree.parse(name);
                String sample = tree == null ? null : tree.sample();
                yield sample == null ? Stream.of() : Stream.of(sample, "/hopyard-lint" + sample, "/" + sample);
            }
            case NAMED ->
                level.server()
                        .all()
                        .filter(other -> other.isLocation() && fallsBackTo(other, level))
                        .flatMap(this::candidates);
            case IF, LIMIT_EXCEPT -> Stream.of();
        };
    }

    /** Begins a request for a path of a server, for a proof. */
    public Ask ask(Level server, String path) {
        return target(server, Ask.encoded(path));
    }

    /** Begins a request for a target that is encoded already. */
    public Ask target(Level server, String target) {
        int port = endpoints(server).stream()
                .filter(each -> each.tls() == null && each.address() instanceof InetSocketAddress)
                .map(each -> ((InetSocketAddress) each.address()).getPort())
                .findFirst()
                .orElse(0);
        Ask ask = new Ask(port, target);
        String host = host(server);
        return host == null ? ask : ask.with("Host", host);
    }
}
