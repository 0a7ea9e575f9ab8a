package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.UPSTREAM;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.CoreVariables;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.MainSettings;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.http.Variable;
import hopyard.proxy.http.Variables;
import hopyard.proxy.http.ZoneData;
import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.NameRefresh;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.Resolver;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;

/**
 * Groups of servers to forward to.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html">ngx_http_upstream_module</a>
 */
final class UpstreamModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    /** Sums and products of weights are to be numbers. */
    private static final int MAX_WEIGHT = 1_000_000;

    /** Each takes 160 points of the ring, in every I/O thread. */
    private static final int MAX_HASHED_WEIGHT = 2000;

    private static final class Settings {
        private final List<Server> servers = new ArrayList<>();
        private Integer keepalive;
        private Long keepaliveTimeout;
        private Long keepaliveTime;
        private Integer keepaliveRequests;
        private Balancing balancing;
        private Template key;
        private boolean hasZone;
    }

    /**
     * A {@code server} line.
     *
     * @param resolves whether its name is looked up again and again
     */
    private record Server(Directive directive, PeerSettings.Options options, boolean resolves) {}

    /** A {@code zone}: what it would hold is in the group, and begins anew with each configuration, as in nginx. */
    private static final class Zone implements ZoneData<Zone> {}

    /** The name of the block that is being read. */
    private static final Scope.Key<String[]> NAME = new Scope.Key<>(() -> new String[1]);

    /** The keys of the groups whose method has one. */
    private static final Scope.Key<Map<UpstreamGroup, Function<Exchange, byte[]>>> KEYS = new Scope.Key<>(HashMap::new);

    @Override
    public List<Command> commands() {
        return List.of(
                Command.block("upstream", 1, 1, UpstreamModule::upstream, HTTP),
                Command.simple("server", 1, Command.ANY, UpstreamModule::server, UPSTREAM),
                Command.simple("zone", 1, 2, UpstreamModule::zone, UPSTREAM),
                Command.simple("least_conn", 0, (l, scope, d) -> method(scope, d, Balancing.LEAST_CONN), UPSTREAM),
                Command.simple("ip_hash", 0, (l, scope, d) -> method(scope, d, Balancing.IP_HASH), UPSTREAM),
                Command.simple("hash", 1, 2, UpstreamModule::hash, UPSTREAM),
                Command.simple("random", 0, 2, UpstreamModule::random, UPSTREAM),
                Command.simple("keepalive", 1, UpstreamModule::keepalive, UPSTREAM),
                Command.simple(
                        "keepalive_timeout",
                        1,
                        Slots.millis(KEY, s -> s.keepaliveTimeout, (s, v) -> s.keepaliveTimeout = v),
                        UPSTREAM),
                Command.simple(
                        "keepalive_time",
                        1,
                        Slots.millis(KEY, s -> s.keepaliveTime, (s, v) -> s.keepaliveTime = v),
                        UPSTREAM),
                Command.simple(
                        "keepalive_requests",
                        1,
                        Slots.number(KEY, s -> s.keepaliveRequests, (s, v) -> s.keepaliveRequests = v),
                        UPSTREAM));
    }

    private static void upstream(Loader loader, Scope http, Directive d) throws ConfException {
        Build build = Build.of(http);
        if (build.upstreams().containsKey(d.arg(0))) {
            throw d.error("duplicate upstream \"" + d.arg(0) + "\"");
        }
        Scope scope = new Scope(UPSTREAM, http);
        scope.get(NAME)[0] = d.arg(0);
        loader.apply(d.block(), scope);
        Settings settings = scope.get(KEY);
        if (settings.servers.isEmpty()) {
            throw d.error("no servers are inside upstream");
        }
        UpstreamGroup.Keepalive none = UpstreamGroup.Keepalive.NONE;
        UpstreamGroup.Keepalive keepalive = new UpstreamGroup.Keepalive(
                Inherited.orDefault(settings.keepalive, none.connections()),
                Inherited.orDefault(settings.keepaliveTimeout, none.timeoutMillis()),
                Inherited.orDefault(settings.keepaliveTime, none.lifeMillis()),
                Inherited.orDefault(settings.keepaliveRequests, none.requests()));
        Balancing balancing = Inherited.orDefault(settings.balancing, Balancing.ROUND_ROBIN);
        UpstreamGroup group = group(scope, d.arg(0), settings, keepalive, balancing);
        build.upstreams().put(d.arg(0), group);
        if (balancing == Balancing.IP_HASH) {
            // a client without an address counts as one
            byte[] nobody = {0, 0, 0, 0};
            keys(scope).put(group, exchange -> {
                InetAddress client = exchange.remoteAddress().getAddress();
                return client == null ? nobody : client.getAddress();
            });
        } else if (settings.key != null) {
            keys(scope).put(group, exchange -> settings.key.eval(exchange).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static UpstreamGroup group(
            Scope scope, String name, Settings settings, UpstreamGroup.Keepalive keepalive, Balancing balancing)
            throws ConfException {
        List<PeerSettings> peers = new ArrayList<>();
        NameRefresh refresh = null;
        for (Server server : settings.servers) {
            refresh = server.resolves && refresh == null ? refresh(scope, settings, server) : refresh;
        }
        for (Server server : settings.servers) {
            if (balancing.usesKey() && server.options.backup()) {
                throw server.directive.error("invalid parameter \"backup\"");
            }
            PeerSettings.Options options = settings.hasZone ? server.options.sharing() : server.options;
            List<PeerSettings> its = peers(scope, server, options);
            peers.addAll(its);
            if (server.resolves) {
                String text = server.directive.arg(0);
                int colon = text.lastIndexOf(':');
                refresh.resolved(
                        colon < 0 ? text : text.substring(0, colon),
                        colon < 0 ? 80 : Values.parseNumber(text.substring(colon + 1)),
                        new PeerSettings(text, text, null, options, server.directive),
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

    private static void checkWeights(Settings settings, int most) throws ConfException {
        long weights = 0;
        for (Server server : settings.servers) {
            weights += server.options.weight();
            if (weights > most) {
                throw server.directive.error("the weights of upstream servers sum up to more than " + most);
            }
        }
    }

    private static NameRefresh refresh(Scope scope, Settings settings, Server server) throws ConfException {
        Resolver resolver = ResolverModule.of(scope);
        if (!settings.hasZone) {
            throw server.directive.error("resolving names at run time requires upstream \"" + scope.get(NAME)[0]
                    + "\" to be in shared memory");
        }
        if (resolver == null) {
            throw server.directive.error(
                    "no resolver defined to resolve names at run time in upstream \"" + scope.get(NAME)[0] + "\"");
        }
        return new NameRefresh(resolver);
    }

    private static List<PeerSettings> peers(Scope scope, Server server, PeerSettings.Options options)
            throws ConfException {
        List<PeerSettings> peers = new ArrayList<>();
        String text = server.directive.arg(0);
        try {
            for (SocketAddress address : resolve(scope, server.directive, text, 80)) {
                peers.add(new PeerSettings(Addresses.text(address), text, address, options, server.directive));
            }
        } catch (ConfException e) {
            // a name that is looked up again and again may be known only later
            if (!server.resolves || !e.getMessage().startsWith("host not found")) {
                throw e;
            }
        }
        return peers;
    }

    private static void server(Loader loader, Scope scope, Directive d) throws ConfException {
        PeerSettings.Options o = PeerSettings.Options.DEFAULT;
        int weight = o.weight();
        int maxConns = o.maxConns();
        int maxFails = o.maxFails();
        long failTimeout = o.failTimeoutMillis();
        boolean backup = false;
        boolean down = false;
        boolean resolves = false;
        for (String parameter : d.args().subList(1, d.args().size())) {
            String value = parameter.substring(parameter.indexOf('=') + 1);
            boolean ok = true;
            if (parameter.startsWith("weight=")) {
                weight = Values.parseNumber(value);
                ok = weight > 0;
            } else if (parameter.startsWith("max_conns=")) {
                maxConns = Values.parseNumber(value);
                ok = maxConns >= 0;
            } else if (parameter.startsWith("max_fails=")) {
                maxFails = Values.parseNumber(value);
                ok = maxFails >= 0;
            } else if (parameter.startsWith("fail_timeout=")) {
                failTimeout = Values.parseMillis(value);
                ok = failTimeout >= 0;
            } else if (parameter.equals("backup")) {
                backup = true;
            } else if (parameter.equals("down")) {
                down = true;
            } else if (parameter.equals("resolve")) {
                // an address that hop_connect gives stays as it is
                resolves = !scope.nearest(MAIN)
                        .get(MainSettings.KEY)
                        .connectInstead
                        .containsKey(d.arg(0));
            } else {
                ok = false;
            }
            if (!ok) {
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }
        PeerSettings.Options options =
                new PeerSettings.Options(weight, maxConns, maxFails, failTimeout, backup, down, false);
        if (!resolves) {
            // its mistakes are to be found at its line
            resolve(scope, d, d.arg(0), 80);
        }
        scope.get(KEY).servers.add(new Server(d, options, resolves));
    }

    private static void zone(Loader loader, Scope scope, Directive d) throws ConfException {
        ZoneName zone = ZoneName.parseWords(d);
        Build.of(scope).zones().declare(zone.name(), Zone.class, zone.size(), d);
        scope.get(KEY).hasZone = true;
    }

    private static void method(Scope scope, Directive d, Balancing balancing) {
        Settings settings = scope.get(KEY);
        if (settings.balancing != null) {
            Build.of(scope).warn("load balancing method redefined in " + d.place());
        }
        settings.balancing = balancing;
    }

    private static void hash(Loader loader, Scope scope, Directive d) throws ConfException {
        boolean consistent = d.args().size() == 2;
        if (consistent && !d.arg(1).equals("consistent")) {
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        method(scope, d, consistent ? Balancing.CONSISTENT_HASH : Balancing.HASH);
        scope.get(KEY).key = Build.of(scope).template(d.arg(0), d);
    }

    private static void random(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.args().isEmpty() && !d.arg(0).equals("two")) {
            throw d.error("invalid parameter \"" + d.arg(0) + "\"");
        }
        if (d.args().size() == 2 && !d.arg(1).equals("least_conn")) {
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        method(scope, d, d.args().isEmpty() ? Balancing.RANDOM : Balancing.RANDOM_TWO);
    }

    private static void keepalive(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.keepalive != null) {
            throw d.directiveError("is duplicate");
        }
        settings.keepalive = Values.parseNumber(d.arg(0));
        if (settings.keepalive <= 0) {
            throw d.error("invalid value \"" + d.arg(0) + "\" in \"keepalive\" directive");
        }
    }

    private static Map<UpstreamGroup, Function<Exchange, byte[]>> keys(Scope scope) {
        return scope.nearest(MAIN).get(KEYS);
    }

    /** What a group's choice depends on; {@code null} where its method has no key. */
    static Function<Exchange, byte[]> key(Scope scope, UpstreamGroup group) {
        return keys(scope).get(group);
    }

    /** The group of that name, or one made of the addresses that {@code host[:port]} resolves to. */
    static UpstreamGroup group(Scope scope, Directive d, String name, int defaultPort) throws ConfException {
        Build build = Build.of(scope);
        UpstreamGroup group = build.upstreams().get(name);
        if (group == null) {
            List<PeerSettings> peers = new ArrayList<>();
            for (SocketAddress address : resolve(scope, d, name, defaultPort)) {
                peers.add(peer(address, name, d));
            }
            group = single(name, peers);
            build.upstreams().put(name, group);
        }
        return group;
    }

    /** A server that no {@code upstream} block names. */
    static PeerSettings peer(SocketAddress address, String name, Directive d) {
        return new PeerSettings(Addresses.text(address), name, address, PeerSettings.Options.DEFAULT, d);
    }

    /** A group that no {@code upstream} block makes. */
    static UpstreamGroup single(String name, List<PeerSettings> peers) {
        return new UpstreamGroup(name, peers, UpstreamGroup.Keepalive.NONE, Balancing.ROUND_ROBIN);
    }

    private static List<SocketAddress> resolve(Scope scope, Directive d, String text, int defaultPort)
            throws ConfException {
        String of = " in upstream \"" + text + "\"";
        if (text.startsWith("unix:")) {
            return List.of(UnixAddress.of(text, of, d));
        }
        boolean hasPort = text.lastIndexOf(':') > text.lastIndexOf(']');
        String full = hasPort ? text : text + ":" + defaultPort;
        full = scope.nearest(MAIN).get(MainSettings.KEY).connectInstead.getOrDefault(full, full);
        int colon = full.lastIndexOf(':');
        int port = Values.parseNumber(full.substring(colon + 1));
        if (port < 1 || port > 65535) {
            throw d.error("invalid port" + of);
        }
        if (colon == 0) {
            throw d.error("no host" + of);
        }
        List<SocketAddress> addresses = new ArrayList<>();
        try {
            String host = full.substring(0, colon);
            // nginx writes IPv6 addresses in brackets
            String plain = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            for (InetAddress ip : Build.of(scope).surroundings().lookUp(plain)) {
                addresses.add(new InetSocketAddress(ip, port));
            }
        } catch (UnknownHostException e) {
            throw d.error("host not found" + of);
        }
        return addresses;
    }

    // ---- variables

    @Override
    public void prepare(Variables v) {
        v.define("upstream_addr", list(UpstreamTry::server));
        v.define("upstream_status", list(t -> t.status() == 0 ? "-" : Integer.toString(t.status())));
        v.define("upstream_connect_time", list(t -> seconds(t.connectNanos())));
        v.define("upstream_header_time", list(t -> seconds(t.headerNanos())));
        v.define("upstream_response_time", list(t -> seconds(t.responseNanos())));
        v.define("upstream_bytes_received", list(t -> Long.toString(t.bytesRead())));
        v.define("upstream_bytes_sent", list(t -> Long.toString(t.bytesWritten())));
        // only the commercial nginx queues
        v.define("upstream_queue_time", list(t -> "-"));
        v.definePrefix("upstream_trailer_", name -> exchange -> null);
        v.define("upstream_response_length", list(t -> Long.toString(t.bytesReceived())));
        v.definePrefix("upstream_http_", name -> {
            HttpString field = new HttpString(name.replace('_', '-'));
            v.keepUpstreamField(field);
            return exchange -> {
                HeaderMap fields = exchange.upstream().fields();
                return fields == null ? null : fields.getFirst(field);
            };
        });
        v.definePrefix("upstream_cookie_", name -> {
            v.keepUpstreamField(Headers.SET_COOKIE);
            return exchange -> {
                HeaderMap fields = exchange.upstream().fields();
                return fields == null ? null : setCookie(fields.get(Headers.SET_COOKIE), name);
            };
        });
    }

    private static String setCookie(HeaderValues lines, String name) {
        if (lines != null) {
            for (String line : lines) {
                if (line.startsWith(name + "=")) {
                    int end = line.indexOf(';');
                    return line.substring(name.length() + 1, end < 0 ? line.length() : end);
                }
            }
        }
        return null;
    }

    /** One value for each attempt, as nginx lists them. */
    private static Variable list(Function<UpstreamTry, String> value) {
        return (Exchange x) -> {
            if (x.upstream().tries().isEmpty()) {
                return null;
            }
            if (x.upstream().tries().size() == 1) {
                return value.apply(x.upstream().tries().get(0));
            }
            StringJoiner all = new StringJoiner(", ");
            x.upstream().tries().forEach(t -> all.add(value.apply(t)));
            return all.toString();
        };
    }

    private static String seconds(long nanos) {
        return nanos < 0 ? "-" : CoreVariables.seconds(Math.round(nanos / 1e6));
    }
}
