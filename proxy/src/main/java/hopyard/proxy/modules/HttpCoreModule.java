package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.MAIN;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.http.Lingering;
import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.CoreVariables;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.MainSettings;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Regex;
import hopyard.proxy.http.ServerSettings;
import hopyard.proxy.http.Variables;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Servers, locations, and what the engine itself needs to know about them.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_core_module.html">ngx_http_core_module</a>
 */
final class HttpCoreModule implements Module {

    private static final int MAX_LISTENS = 1000;

    /** Parameters of {@code listen} that tune a socket in ways that Java does not offer, and HTTP/2, which every client can do
     * without: accepted, no effect. */
    private static final Pattern TUNING_OF_LISTEN = Pattern.compile(
            "bind|deferred|reuseport|http2|(fastopen|rcvbuf|sndbuf)=[0-9]+[kKmM]?|so_keepalive=(on|off|[0-9smh:]+)"
                    + "|ipv6only=on");

    @Override
    public List<Command> commands() {
        return List.of(
                Command.block("http", 0, 0, HttpCoreModule::http, MAIN),
                Command.block("server", 0, 0, HttpCoreModule::server, HTTP),
                Command.simple("listen", 1, Command.ANY, HttpCoreModule::listen, SERVER),
                Command.simple("server_name", 1, Command.ANY, HttpCoreModule::serverName, SERVER),
                Command.block("location", 1, 2, HttpCoreModule::location, SERVER, LOCATION),
                Command.simple("root", 1, (l, scope, d) -> root(scope, d, false), HTTP, SERVER, LOCATION, LOCATION_IF),
                Command.simple("alias", 1, (l, scope, d) -> root(scope, d, true), LOCATION),
                Command.block("types", 0, 0, HttpCoreModule::types, HTTP, SERVER, LOCATION),
                Command.simple(
                        "default_type",
                        1,
                        Slots.once(CoreSettings.KEY, c -> c.defaultType, (c, v) -> c.defaultType = v, d -> d.arg(0)),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "client_max_body_size",
                        1,
                        Slots.size(CoreSettings.KEY, c -> c.clientMaxBodySize, (c, v) -> c.clientMaxBodySize = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "client_body_buffer_size",
                        1,
                        Slots.size(CoreSettings.KEY, c -> c.clientBodyBufferSize, (c, v) -> c.clientBodyBufferSize = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "client_header_timeout",
                        1,
                        Slots.millis(CoreSettings.KEY, c -> c.clientHeaderTimeout, (c, v) -> c.clientHeaderTimeout = v),
                        HTTP,
                        SERVER),
                Command.simple(
                        "client_body_timeout",
                        1,
                        Slots.millis(CoreSettings.KEY, c -> c.clientBodyTimeout, (c, v) -> c.clientBodyTimeout = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "send_timeout",
                        1,
                        Slots.millis(CoreSettings.KEY, c -> c.sendTimeout, (c, v) -> c.sendTimeout = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "lingering_close",
                        1,
                        Slots.once(
                                CoreSettings.KEY,
                                c -> c.lingeringClose,
                                (c, v) -> c.lingeringClose = v,
                                HttpCoreModule::lingering),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "lingering_time",
                        1,
                        Slots.millis(CoreSettings.KEY, c -> c.lingeringTime, (c, v) -> c.lingeringTime = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "lingering_timeout",
                        1,
                        Slots.millis(CoreSettings.KEY, c -> c.lingeringTimeout, (c, v) -> c.lingeringTimeout = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "keepalive_requests",
                        1,
                        Slots.number(CoreSettings.KEY, c -> c.keepaliveRequests, (c, v) -> c.keepaliveRequests = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "merge_slashes",
                        1,
                        Slots.flag(CoreSettings.KEY, c -> c.mergeSlashes, (c, v) -> c.mergeSlashes = v),
                        HTTP,
                        SERVER),
                Command.simple(
                        "server_tokens",
                        1,
                        Slots.once(
                                CoreSettings.KEY,
                                c -> c.serverTokens,
                                (c, v) -> c.serverTokens = v,
                                HttpCoreModule::serverTokens),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple("keepalive_timeout", 1, 2, HttpCoreModule::keepaliveTimeout, HTTP, SERVER, LOCATION),
                Command.simple(
                        "keepalive_disable",
                        1,
                        2,
                        Slots.once(
                                CoreSettings.KEY,
                                c -> c.keepaliveDisable,
                                (c, v) -> c.keepaliveDisable = v,
                                HttpCoreModule::keepaliveDisable),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "chunked_transfer_encoding",
                        1,
                        Slots.flag(
                                CoreSettings.KEY,
                                c -> c.chunkedTransferEncoding,
                                (c, v) -> c.chunkedTransferEncoding = v),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "ignore_invalid_headers",
                        1,
                        Slots.flag(CoreSettings.KEY, c -> c.ignoreInvalidHeaders, (c, v) -> c.ignoreInvalidHeaders = v),
                        HTTP,
                        SERVER),
                Command.simple(
                        "underscores_in_headers",
                        1,
                        Slots.flag(CoreSettings.KEY, c -> c.underscoresInHeaders, (c, v) -> c.underscoresInHeaders = v),
                        HTTP,
                        SERVER),
                Command.simple("large_client_header_buffers", 2, HttpCoreModule::headerBuffers, HTTP, SERVER));
    }

    @Override
    public void prepare(Variables variables) {
        CoreVariables.define(variables);
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        child.get(CoreSettings.KEY).inherit(parent.get(CoreSettings.KEY));
    }

    // ---- blocks

    private static void http(Loader loader, Scope main, Directive d) throws ConfException {
        MainSettings settings = main.get(MainSettings.KEY);
        if (settings.http != null) {
            throw d.directiveError("is duplicate");
        }
        settings.http = new Scope(HTTP, main);
        loader.apply(d.block(), settings.http);
    }

    private static void server(Loader loader, Scope http, Directive d) throws ConfException {
        Scope server = new Scope(SERVER, http);
        CoreSettings core = server.get(CoreSettings.KEY);
        core.location = new Location(Location.Kind.PREFIX, "", null, d);
        loader.apply(d.block(), server);
        ServerSettings settings = server.get(ServerSettings.KEY);
        if (settings.listens.isEmpty()) {
            settings.listens.add(new ServerSettings.Listen(ListenAddress.any(80), false, -1, false, false, false, d));
        }
        if (settings.names.isEmpty()) {
            settings.names.add(new ServerSettings.Name("", null, d));
        }
        http.nearest(MAIN).get(MainSettings.KEY).servers.add(server);
    }

    private static void location(Loader loader, Scope outer, Directive d) throws ConfException {
        Scope scope = new Scope(LOCATION, outer);
        Location location = parseLocation(d, Build.of(outer).variables());
        CoreSettings outerCore = outer.get(CoreSettings.KEY);
        if (outer.context() == LOCATION) {
            checkNesting(d, outerCore.location, location);
        }
        for (Scope other : outerCore.locations) {
            Location sibling = other.get(CoreSettings.KEY).location;
            if (sibling.base() == sibling
                    && sibling.name().equals(location.name())
                    && sibling.isExact() == location.isExact()
                    && (sibling.kind() == Location.Kind.REGEX) == (location.kind() == Location.Kind.REGEX)
                    && location.kind() != Location.Kind.REGEX) {
                throw d.error("duplicate location \"" + location.name() + "\"");
            }
        }
        scope.get(CoreSettings.KEY).location = location;
        outerCore.locations.add(scope);
        loader.apply(d.block(), scope);
    }

    private static Location parseLocation(Directive d, Variables v) throws ConfException {
        if (d.args().size() == 2) {
            String name = d.arg(1);
            return switch (d.arg(0)) {
                case "=" -> new Location(Location.Kind.EXACT, name, null, d);
                case "^~" -> new Location(Location.Kind.PREFIX_FINAL, name, null, d);
                case "~" -> new Location(Location.Kind.REGEX, name, Regex.compile(v, d, name, false), d);
                case "~*" -> new Location(Location.Kind.REGEX, name, Regex.compile(v, d, name, true), d);
                default -> throw d.error("invalid location modifier \"" + d.arg(0) + "\"");
            };
        }
        // the modifier may be glued to the name
        String text = d.arg(0);
        if (text.startsWith("=")) {
            return new Location(Location.Kind.EXACT, text.substring(1), null, d);
        }
        if (text.startsWith("^~")) {
            return new Location(Location.Kind.PREFIX_FINAL, text.substring(2), null, d);
        }
        if (text.startsWith("~*")) {
            return new Location(
                    Location.Kind.REGEX, text.substring(2), Regex.compile(v, d, text.substring(2), true), d);
        }
        if (text.startsWith("~")) {
            return new Location(
                    Location.Kind.REGEX, text.substring(1), Regex.compile(v, d, text.substring(1), false), d);
        }
        return new Location(text.startsWith("@") ? Location.Kind.NAMED : Location.Kind.PREFIX, text, null, d);
    }

    private static void checkNesting(Directive d, Location outer, Location inner) throws ConfException {
        if (outer.isExact()) {
            throw d.error(
                    "location \"" + inner.name() + "\" cannot be inside the exact location \"" + outer.name() + "\"");
        }
        if (outer.kind() == Location.Kind.NAMED) {
            throw d.error(
                    "location \"" + inner.name() + "\" cannot be inside the named location \"" + outer.name() + "\"");
        }
        if (inner.kind() == Location.Kind.NAMED) {
            throw d.error("named location \"" + inner.name() + "\" can be on the server level only");
        }
        if (inner.kind() != Location.Kind.REGEX
                && outer.kind() != Location.Kind.REGEX
                && !inner.name().startsWith(outer.name())) {
            throw d.error("location \"" + inner.name() + "\" is outside location \"" + outer.name() + "\"");
        }
    }

    // ---- which requests

    private static void listen(Loader loader, Scope scope, Directive d) throws ConfException {
        SocketAddress address = ListenAddress.parse(d, Build.of(scope).surroundings());
        boolean isDefault = false;
        boolean ssl = false;
        boolean proxyProtocol = false;
        boolean takesIpv4 = false;
        int backlog = -1;
        for (String parameter : d.args().subList(1, d.args().size())) {
            switch (parameter) {
                case "default_server", "default" -> isDefault = true;
                case "ssl" -> ssl = true;
                case "proxy_protocol" -> proxyProtocol = true;
                case "ipv6only=off" -> takesIpv4 = true;
                default -> {
                    if (parameter.startsWith("backlog=")) {
                        backlog = Values.parseNumber(parameter.substring(8));
                        if (backlog <= 0) {
                            throw d.error("invalid backlog \"" + parameter.substring(8) + "\"");
                        }
                    } else if (!TUNING_OF_LISTEN.matcher(parameter).matches()) {
                        throw d.error("invalid parameter \"" + parameter + "\"");
                    }
                }
            }
        }
        ServerSettings settings = scope.get(ServerSettings.KEY);
        if (settings.listens.size() == MAX_LISTENS) {
            throw d.error("a server listens on more than " + MAX_LISTENS + " addresses");
        }
        for (ServerSettings.Listen other : settings.listens) {
            if (other.address().equals(address)) {
                throw d.error("a duplicate listen " + d.arg(0));
            }
        }
        settings.listens.add(new ServerSettings.Listen(address, isDefault, backlog, ssl, proxyProtocol, takesIpv4, d));
    }

    private static void serverName(Loader loader, Scope scope, Directive d) throws ConfException {
        ServerSettings settings = scope.get(ServerSettings.KEY);
        for (String text : d.args()) {
            Regex pattern = text.startsWith("~")
                    ? Regex.compile(Build.of(scope).variables(), d, text.substring(1), true)
                    : null;
            boolean wildcardInside = text.length() > 1
                    && pattern == null
                    && text.substring(1, text.length() - 1).contains("*");
            if (wildcardInside || text.startsWith("*") && !text.startsWith("*.") || text.equals("*.")) {
                throw d.error("server name \"" + text + "\" is invalid");
            }
            String name = pattern != null ? text : text.toLowerCase(Locale.ROOT);
            settings.names.add(new ServerSettings.Name(name, pattern, d));
        }
    }

    // ---- settings

    private static void root(Scope scope, Directive d, boolean isAlias) throws ConfException {
        CoreSettings core = scope.get(CoreSettings.KEY);
        if (core.root() != null) {
            throw d.error(
                    core.isAlias() == isAlias
                            ? "\"" + d.name() + "\" directive is duplicate"
                            : "\"" + d.name() + "\" directive is duplicate, \"" + (isAlias ? "root" : "alias")
                                    + "\" directive was specified earlier");
        }
        Build build = Build.of(scope);
        String path = d.arg(0);
        for (String name : List.of("document_root", "realpath_root")) {
            if (path.contains("$" + name) || path.contains("${" + name + "}")) {
                throw d.error("the $" + name + " variable cannot be used in the \"" + d.name() + "\" directive");
            }
        }
        if (!path.startsWith("$")) {
            path = Paths.toBytes(Paths.under(build.prefix(), path, d).toString()) + (path.endsWith("/") ? "/" : "");
        }
        core.root = build.template(path, d);
        core.isAlias = isAlias;
    }

    private static void types(Loader loader, Scope scope, Directive d) throws ConfException {
        CoreSettings core = scope.get(CoreSettings.KEY);
        Map<String, String> types = core.types() == null ? new HashMap<>() : new HashMap<>(core.types());
        for (Directive line : d.block().directives()) {
            for (String extension : line.args()) {
                types.put(extension.toLowerCase(Locale.ROOT), line.name());
            }
        }
        if (d.block().brokenOff() != null) {
            throw d.block().brokenOff();
        }
        core.types = Map.copyOf(types);
    }

    private static void keepaliveTimeout(Loader loader, Scope scope, Directive d) throws ConfException {
        CoreSettings core = scope.get(CoreSettings.KEY);
        if (core.keepaliveTimeout() != null) {
            throw d.directiveError("is duplicate");
        }
        core.keepaliveTimeout = Values.millis(d, 0);
        core.keepaliveHeader = 0L;
        if (d.args().size() == 2) {
            core.keepaliveHeader = Values.millis(d, 1) / 1000;
        }
    }

    private static Set<String> keepaliveDisable(Directive d) throws ConfException {
        for (String browser : d.args()) {
            if (!Set.of("none", "msie6", "safari").contains(browser)) {
                throw d.error("invalid value \"" + browser + "\"");
            }
        }
        return Set.copyOf(d.args());
    }

    private static void headerBuffers(Loader loader, Scope scope, Directive d) throws ConfException {
        CoreSettings core = scope.get(CoreSettings.KEY);
        if (core.largestHeaderCount() != null) {
            throw d.directiveError("is duplicate");
        }
        core.largestHeaderCount = Values.parseNumber(d.arg(0));
        if (core.largestHeaderCount() <= 0) {
            throw d.directiveError("invalid value");
        }
        core.largestHeaderLine = Values.size(d, 1);
        if (core.largestHeaderLine() == 0) {
            throw d.directiveError("invalid value");
        }
        if (core.largestHeaderLine() > Integer.MAX_VALUE / core.largestHeaderCount()) {
            throw d.directiveError("must not be more than " + Integer.MAX_VALUE + " bytes in all");
        }
    }

    private static Lingering.Mode lingering(Directive d) throws ConfException {
        return switch (d.arg(0)) {
            case "off" -> Lingering.Mode.OFF;
            case "on" -> Lingering.Mode.ON;
            case "always" -> Lingering.Mode.ALWAYS;
            default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
        };
    }

    private static Boolean serverTokens(Directive d) throws ConfException {
        return switch (d.arg(0)) {
            // there is no name of a build to add
            case "on", "build" -> true;
            case "off" -> false;
            default -> throw d.error("invalid value \"" + d.arg(0) + "\"");
        };
    }
}
