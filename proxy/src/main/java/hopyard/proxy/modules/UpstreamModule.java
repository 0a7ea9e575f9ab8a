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
import hopyard.proxy.http.MainSettings;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.UpstreamTry;
import hopyard.proxy.http.Variable;
import hopyard.proxy.http.Variables;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Function;

/**
 * Groups of servers to forward to.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html">ngx_http_upstream_module</a>
 */
final class UpstreamModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final class Settings {
        private final List<PeerSettings> peers = new ArrayList<>();
        private Integer keepalive;
        private Long keepaliveTimeout;
        private Integer keepaliveRequests;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.block("upstream", 1, 1, UpstreamModule::upstream, HTTP),
                Command.simple("server", 1, Command.ANY, UpstreamModule::server, UPSTREAM),
                Command.simple("keepalive", 1, UpstreamModule::keepalive, UPSTREAM),
                Command.simple("keepalive_timeout", 1, UpstreamModule::keepaliveTimeout, UPSTREAM),
                Command.simple("keepalive_requests", 1, UpstreamModule::keepaliveRequests, UPSTREAM));
    }

    private static void upstream(Loader loader, Scope http, Directive d) throws ConfException {
        Build build = Build.of(http);
        if (build.upstreams().containsKey(d.arg(0))) {
            throw d.error("duplicate upstream \"" + d.arg(0) + "\"");
        }
        Scope scope = new Scope(UPSTREAM, http);
        loader.apply(d.block(), scope);
        Settings settings = scope.get(KEY);
        if (settings.peers.isEmpty()) {
            throw d.error("no servers are inside upstream");
        }
        UpstreamGroup.Keepalive none = UpstreamGroup.Keepalive.NONE;
        UpstreamGroup.Keepalive keepalive = new UpstreamGroup.Keepalive(
                settings.keepalive == null ? none.connections() : settings.keepalive,
                settings.keepaliveTimeout == null ? none.timeoutMillis() : settings.keepaliveTimeout,
                settings.keepaliveRequests == null ? none.requests() : settings.keepaliveRequests);
        build.upstreams().put(d.arg(0), new UpstreamGroup(d.arg(0), settings.peers, keepalive));
    }

    private static void server(Loader loader, Scope scope, Directive d) throws ConfException {
        int weight = 1;
        int maxFails = 1;
        long failTimeout = 10_000;
        boolean backup = false;
        boolean down = false;
        for (String parameter : d.args().subList(1, d.args().size())) {
            String value = parameter.substring(parameter.indexOf('=') + 1);
            boolean ok = true;
            if (parameter.startsWith("weight=")) {
                weight = Values.parseNumber(value);
                ok = weight > 0;
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
            } else {
                ok = false;
            }
            if (!ok) {
                throw d.error("invalid parameter \"" + parameter + "\"");
            }
        }
        Settings settings = scope.get(KEY);
        for (InetSocketAddress address : resolve(scope, d, d.arg(0), 80)) {
            settings.peers.add(
                    new PeerSettings(Addresses.text(address), address, weight, maxFails, failTimeout, backup, down, d));
        }
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

    private static void keepaliveTimeout(Loader loader, Scope scope, Directive d) throws ConfException {
        scope.get(KEY).keepaliveTimeout = Values.millis(d, 0);
    }

    private static void keepaliveRequests(Loader loader, Scope scope, Directive d) throws ConfException {
        scope.get(KEY).keepaliveRequests = Values.number(d, 0);
    }

    /** The group of that name, or one made of the addresses that {@code host[:port]} resolves to. */
    static UpstreamGroup group(Scope scope, Directive d, String name, int defaultPort) throws ConfException {
        Build build = Build.of(scope);
        UpstreamGroup group = build.upstreams().get(name);
        if (group == null) {
            List<PeerSettings> peers = new ArrayList<>();
            for (InetSocketAddress address : resolve(scope, d, name, defaultPort)) {
                peers.add(new PeerSettings(Addresses.text(address), address, 1, 1, 10_000, false, false, d));
            }
            group = new UpstreamGroup(name, peers, UpstreamGroup.Keepalive.NONE);
            build.upstreams().put(name, group);
        }
        return group;
    }

    private static List<InetSocketAddress> resolve(Scope scope, Directive d, String text, int defaultPort)
            throws ConfException {
        String of = " in upstream \"" + text + "\"";
        if (text.startsWith("unix:")) {
            throw d.error("upstreams over unix domain sockets are not supported by hopyard" + of);
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
        List<InetSocketAddress> addresses = new ArrayList<>();
        try {
            for (InetAddress ip : InetAddress.getAllByName(full.substring(0, colon))) {
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
        v.define("upstream_response_length", list(t -> Long.toString(t.bytesReceived())));
        v.definePrefix("upstream_http_", name -> {
            HttpString field = new HttpString(name.replace('_', '-'));
            v.keepUpstreamField(field);
            return exchange -> {
                HeaderMap fields = lastFields(exchange);
                return fields == null ? null : fields.getFirst(field);
            };
        });
        v.definePrefix("upstream_cookie_", name -> {
            v.keepUpstreamField(Headers.SET_COOKIE);
            return exchange -> {
                HeaderMap fields = lastFields(exchange);
                return fields == null ? null : setCookie(fields.get(Headers.SET_COOKIE), name);
            };
        });
    }

    /** What was kept of the last response's header; {@code null} if nothing was. */
    private static HeaderMap lastFields(Exchange exchange) {
        List<UpstreamTry> tries = exchange.tries();
        return tries.isEmpty() ? null : tries.get(tries.size() - 1).fields();
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
            if (x.tries().isEmpty()) {
                return null;
            }
            if (x.tries().size() == 1) {
                return value.apply(x.tries().get(0));
            }
            StringJoiner all = new StringJoiner(", ");
            x.tries().forEach(t -> all.add(value.apply(t)));
            return all.toString();
        };
    }

    private static String seconds(long nanos) {
        return nanos < 0 ? "-" : CoreVariables.seconds(Math.round(nanos / 1e6));
    }
}
