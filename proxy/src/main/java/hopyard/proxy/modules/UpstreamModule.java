package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.UPSTREAM;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Machine;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.ZoneData;
import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.NameRefresh;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Groups of servers to forward to.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html">ngx_http_upstream_module</a>
 */
final class UpstreamModule implements Module {

    private static final Settings<GroupSettings> SETTINGS = Settings.ofLevel(GroupSettings::new);

    /** The highest weight, so that sums and products of weights do not overflow. */
    private static final int MAX_WEIGHT = 1_000_000;

    /** The highest sum of weights of a group with a ring: each I/O thread has 160 points for one of them. */
    private static final int MAX_HASHED_WEIGHT = 2000;

    /** The settings of an {@code upstream} block. Times are in ms. */
    private record GroupSettings(
            List<UpstreamServer> servers,
            int keepalive,
            long keepaliveTimeout,
            long keepaliveTime,
            int keepaliveRequests,
            BalancingMethod method,
            boolean hasZone) {
        GroupSettings(SettingsReader in) {
            this(
                    in.directive("server")
                            .in(UPSTREAM)
                            .args(1, Command.ANY)
                            .read(new UpstreamServer.Reader(), List.of()),
                    in.directive("keepalive")
                            .means("How many idle connections to the group are kept open by each worker.")
                            .in(UPSTREAM)
                            .read(new Keepalive(), 0),
                    in.directive("keepalive_timeout")
                            .byDefault("60s")
                            .in(UPSTREAM)
                            .millis(),
                    in.directive("keepalive_time").byDefault("1h").in(UPSTREAM).millis(),
                    in.directive("keepalive_requests")
                            .byDefault("1000")
                            .in(UPSTREAM)
                            .number(),
                    in.directive("least_conn")
                            .means("Chooses the server with the fewest requests under way.")
                            .in(UPSTREAM)
                            .args(0, 0)
                            .and("ip_hash")
                            .means("Chooses the server by the client's address.")
                            .in(UPSTREAM)
                            .args(0, 0)
                            .and("hash")
                            .means(
                                    "Chooses the server by a key; consistent keeps most keys where they are when servers come or go.")
                            .in(UPSTREAM)
                            .args(1, 2)
                            .and("random")
                            .means("Chooses a server at random, or the better of two.")
                            .in(UPSTREAM)
                            .args(0, 2)
                            .read(new BalancingMethod.Reader()),
                    in.directive("zone")
                            .means("Keeps what is known of the group in memory that workers share.")
                            .note(
                                    "the health of servers and the number of their connections are shared by the I/O threads; whose turn it is stays with each of them")
                            .in(UPSTREAM)
                            .args(1, 2)
                            .read(new Zone.Reader(), false));
        }
    }

    private static final class Keepalive implements ValueReader<Integer> {
        @Override
        public Integer read(Scope scope, Directive d, Integer former) throws ConfException {
            int connections = Values.parseNumber(d.arg(0));
            if (connections <= 0) {
                throw d.error("invalid value \"" + d.arg(0) + "\" in \"keepalive\" directive");
            }
            return connections;
        }
    }

    /**
     * A {@code zone}, which is only declared. Its data is in the group, and begins anew with each configuration, as in
     * nginx.
     */
    private static final class Zone implements ZoneData<Zone> {
        private static final class Reader implements ValueReader.Repeated<Boolean> {
            @Override
            public Boolean read(Scope scope, Directive d, Boolean former) throws ConfException {
                ZoneName zone = ZoneName.parseWords(d);
                Build.of(scope).zones().declare(zone.name(), Zone.class, zone.size(), d);
                return true;
            }
        }
    }

    /** A group that needs a resolver. */
    private record Resolved(Scope scope, String name, Directive server) {}

    private static final Scope.Key<List<Resolved>> RESOLVED = new Scope.Key<>(ArrayList::new);

    /** The functions that make the keys of requests, for groups whose balancing method has a key. */
    private static final Scope.Key<Map<UpstreamGroup, Function<Exchange, byte[]>>> KEYS = new Scope.Key<>(HashMap::new);

    @Override
    public Manual manual() {
        return new Manual("upstream", "ngx_http_upstream_module");
    }

    @Override
    public List<String> standsFor() {
        return List.of(
                "ngx_http_upstream_module",
                "ngx_http_upstream_hash_module",
                "ngx_http_upstream_ip_hash_module",
                "ngx_http_upstream_keepalive_module",
                "ngx_http_upstream_least_conn_module",
                "ngx_http_upstream_random_module",
                "ngx_http_upstream_zone_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.block("upstream", 1, 1, UpstreamModule::upstream, HTTP)
                .means("A group of servers that proxy_pass may name."));
    }

    private static void upstream(Loader loader, Scope http, Directive d) throws ConfException {
        Build build = Build.of(http);
        if (build.upstreams().containsKey(d.arg(0))) {
            throw d.error("duplicate upstream \"" + d.arg(0) + "\"");
        }
        build.names("upstream").add(d.arg(0));
        Scope scope = new Scope(UPSTREAM, http);
        loader.apply(d.block(), scope);
        GroupSettings settings = SETTINGS.of(scope);
        if (settings.servers.isEmpty()) {
            throw d.error("no servers are inside upstream");
        }
        UpstreamGroup.Keepalive keepalive = new UpstreamGroup.Keepalive(
                settings.keepalive, settings.keepaliveTimeout, settings.keepaliveTime, settings.keepaliveRequests);
        BalancingMethod method = settings.method == null ? BalancingMethod.ROUND_ROBIN : settings.method;
        Balancing balancing = method.balancing();
        UpstreamGroup group = group(scope, d.arg(0), settings, keepalive, balancing);
        group.affinity(StickyModule.of(scope));
        build.upstreams().put(d.arg(0), group);
        if (balancing == Balancing.IP_HASH) {
            // all clients without an address count as one client
            byte[] nobody = {0, 0, 0, 0};
            keys(scope).put(group, exchange -> {
                InetAddress client = exchange.remoteAddress().getAddress();
                return client == null ? nobody : client.getAddress();
            });
        } else if (method.key() != null) {
            keys(scope).put(group, exchange -> method.key().eval(exchange).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static UpstreamGroup group(
            Scope scope, String name, GroupSettings settings, UpstreamGroup.Keepalive keepalive, Balancing balancing)
            throws ConfException {
        List<PeerSettings> peers = new ArrayList<>();
        NameRefresh refresh = null;
        for (UpstreamServer server : settings.servers) {
            refresh = server.resolves() && refresh == null ? refresh(scope, name, settings, server) : refresh;
        }
        for (UpstreamServer server : settings.servers) {
            if (balancing.usesKey() && server.options().backup()) {
                throw server.directive().error("invalid parameter \"backup\"");
            }
            PeerSettings.Options options = settings.hasZone ? server.options().sharing() : server.options();
            List<PeerSettings> its = peers(scope, server, options);
            peers.addAll(its);
            if (server.resolves()) {
                String text = server.directive().arg(0);
                int colon = text.lastIndexOf(':');
                refresh.resolved(
                        colon < 0 ? text : text.substring(0, colon),
                        colon < 0 ? 80 : Values.parseNumber(text.substring(colon + 1)),
                        new PeerSettings(text, text, null, options, server.directive()),
                        its);
            } else if (refresh != null) {
                refresh.fixed(its);
            }
        }
        checkWeights(settings, balancing == Balancing.CONSISTENT_HASH ? MAX_HASHED_WEIGHT : MAX_WEIGHT);
        UpstreamGroup group = new UpstreamGroup(name, peers, keepalive, balancing);
        group.refreshes(refresh);
        return group;
    }

    private static void checkWeights(GroupSettings settings, int most) throws ConfException {
        long weights = 0;
        for (UpstreamServer server : settings.servers) {
            weights += server.options().weight();
            if (weights > most) {
                throw server.directive().error("the weights of upstream servers sum up to more than " + most);
            }
        }
    }

    private static NameRefresh refresh(Scope scope, String name, GroupSettings settings, UpstreamServer server)
            throws ConfException {
        if (!settings.hasZone) {
            throw server.directive()
                    .error("resolving names at run time requires upstream \"" + name + "\" to be in shared memory");
        }
        scope.nearest(MAIN).get(RESOLVED).add(new Resolved(scope, name, server.directive()));
        return new NameRefresh(() -> ResolverModule.of(scope));
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        List<Resolved> groups = scope.nearest(MAIN).get(RESOLVED);
        for (Resolved group : groups) {
            // a resolver may stand behind the group that needs it
            if (ResolverModule.of(group.scope) == null) {
                throw group.server.error(
                        "no resolver defined to resolve names at run time in upstream \"" + group.name + "\"");
            }
        }
        groups.clear();
    }

    private static List<PeerSettings> peers(Scope scope, UpstreamServer server, PeerSettings.Options options)
            throws ConfException {
        List<PeerSettings> peers = new ArrayList<>();
        String text = server.directive().arg(0);
        try {
            for (SocketAddress address : UpstreamAddress.all(scope, server.directive(), text, 80)) {
                peers.add(new PeerSettings(Addresses.text(address), text, address, options, server.directive()));
            }
        } catch (ConfException e) {
            // a name with "resolve" is looked up again, and may be found later
            if (!server.resolves() || !e.getMessage().startsWith("host not found")) {
                throw e;
            }
        }
        return peers;
    }

    private static Map<UpstreamGroup, Function<Exchange, byte[]>> keys(Scope scope) {
        return scope.nearest(MAIN).get(KEYS);
    }

    /** Returns the key of a group's balancing method; {@code null} if the method has none. */
    static Function<Exchange, byte[]> key(Scope scope, UpstreamGroup group) {
        return keys(scope).get(group);
    }

    /** Returns the group of that name, or a group of the addresses that {@code host[:port]} resolves to. */
    static UpstreamGroup group(Scope scope, Directive d, String name, int defaultPort) throws ConfException {
        Build build = Build.of(scope);
        UpstreamGroup group = build.upstreams().get(name);
        if (group == null) {
            String host = UpstreamAddress.host(name);
            if (build.names("upstream").contains(host)) {
                throw d.error("upstream \"" + host + "\" may not have port " + name.substring(host.length() + 1));
            }
            List<PeerSettings> peers = new ArrayList<>();
            for (SocketAddress address : UpstreamAddress.ofPass(scope, d, name, defaultPort)) {
                peers.add(peer(address, name, d));
            }
            group = single(name, peers);
            build.upstreams().put(name, group);
        }
        return group;
    }

    /** Returns the same for what has to have a port, unless it is the name of an {@code upstream} block. */
    static UpstreamGroup groupWithPort(Scope scope, Directive d, String name) throws ConfException {
        String of = " in upstream \"" + name + "\"";
        if (name.isEmpty()) {
            throw d.error("no host" + of);
        }
        boolean isUnix = name.startsWith("unix:");
        if (!isUnix && (name.matches(".*[/?].*") || name.startsWith("[") && !name.contains("]"))) {
            throw d.error("invalid host" + of);
        }
        boolean lacksPort = !isUnix && UpstreamAddress.host(name).equals(name);
        if (lacksPort && !Build.of(scope).upstreams().containsKey(name)) {
            throw d.error("no port" + of);
        }
        return group(scope, d, name, 0);
    }

    /** Returns a group for a server that a request names by its address. */
    static UpstreamGroup literal(Directive d, String name, int defaultPort) throws ConfException {
        List<PeerSettings> peers = new ArrayList<>();
        for (SocketAddress address : UpstreamAddress.all(new Machine(), Map.of(), d, name, defaultPort)) {
            peers.add(peer(address, name, d));
        }
        return single(name, peers);
    }

    /** Returns a server that no {@code upstream} block names. */
    static PeerSettings peer(SocketAddress address, String name, Directive d) {
        return new PeerSettings(Addresses.text(address), name, address, PeerSettings.Options.DEFAULT, d);
    }

    /** Returns a group that no {@code upstream} block defines. */
    static UpstreamGroup single(String name, List<PeerSettings> peers) {
        return new UpstreamGroup(name, peers, UpstreamGroup.Keepalive.NONE, Balancing.ROUND_ROBIN);
    }

    @Override
    public void prepare(Variables v) {
        UpstreamVariables.define(v);
    }
}
