package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LIMIT_EXCEPT;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Values;
import hopyard.proxy.forward.CacheSettings;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.CookieRules;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.ForwardSettings;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.forward.LocalAddress;
import hopyard.proxy.forward.NextUpstream;
import hopyard.proxy.forward.SharedBody;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.FilePath;
import hopyard.proxy.http.ForwardedClient;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.PhaseHandler;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.Regex;
import hopyard.proxy.http.Stage;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.Variables;
import hopyard.proxy.http.Why;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.Resolver;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.proxy.upstream.UpstreamTls;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Passing requests to another server.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html">ngx_http_proxy_module</a>
 */
final class ProxyModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final Scope.Key<ForwardSettings> FORWARD = new Scope.Key<>(ForwardSettings::new);

    /** The fields that {@code proxy_ignore_headers} may name. */
    private static final Set<String> IGNORABLE = Set.of(
            "X-Accel-Redirect",
            "X-Accel-Expires",
            "X-Accel-Limit-Rate",
            "X-Accel-Buffering",
            "X-Accel-Charset",
            "Expires",
            "Cache-Control",
            "Set-Cookie",
            "Vary");

    private static final class Settings {
        private Pass pass;
        private List<SetHeader> headers = new ArrayList<>();
        private Template method;
        private Boolean passRequestHeaders;
        private Set<HttpString> hidden;
        private Set<HttpString> passed;
        private List<RewriteRule> redirects;
        private List<RewriteRule> cookieDomains;
        private List<RewriteRule> cookiePaths;
        private List<CookieRules.Flags> cookieFlags;
    }

    /**
     * A {@code proxy_redirect}, {@code proxy_cookie_domain} or {@code proxy_cookie_path}; {@code DEFAULT} stands for what
     * proxy_pass says.
     *
     * @param pattern the text to compare with; {@code null} where there is an expression
     * @param isWhole whether the text is all of the value (a domain, in whatever case) rather than its beginning
     * @param regex the expression that the value must match
     */
    private record RewriteRule(Template pattern, boolean isWhole, Regex regex, Template replacement)
            implements HeaderRules.Redirect, CookieRules.Rewrite {

        private static final RewriteRule DEFAULT = new RewriteRule(null, false, null, null);

        @Override
        public String apply(Exchange exchange, String value) {
            if (regex != null) {
                return regex.find(exchange, value) ? replacement.eval(exchange) : null;
            }
            String text = pattern.eval(exchange);
            if (isWhole) {
                boolean dotted = value.startsWith(".");
                return value.substring(dotted ? 1 : 0).equalsIgnoreCase(text)
                        ? (dotted ? "." : "") + replacement.eval(exchange)
                        : null;
            }
            return value.startsWith(text) ? replacement.eval(exchange) + value.substring(text.length()) : null;
        }
    }

    /**
     * A {@code proxy_set_header}.
     *
     * @param value {@code null} stands for the host of proxy_pass
     */
    record SetHeader(HttpString name, Template value, Directive directive) {}

    /**
     * A {@code proxy_pass}.
     *
     * @param url the whole URL if it has variables, else {@code null}
     * @param isTls whether it begins with {@code https://}
     * @param host what follows that, up to the URI
     * @param uri what follows the host; empty if nothing does
     */
    record Pass(Template url, boolean isTls, String host, String uri, Directive directive) {

        /** Takes a URL without variables apart; {@code null} if it is none. */
        static Pass parse(String url, Directive d) {
            boolean tls = url.startsWith("https://");
            if (!tls && !url.startsWith("http://")) {
                return null;
            }
            String rest = url.substring(tls ? 8 : 7);
            if (rest.startsWith("unix:")) {
                int end = rest.indexOf(':', 5);
                return new Pass(
                        null, tls, end < 0 ? rest : rest.substring(0, end), end < 0 ? "" : rest.substring(end + 1), d);
            }
            int end = 0;
            while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
                end++;
            }
            String uri = rest.substring(end);
            return new Pass(null, tls, rest.substring(0, end), uri.startsWith("?") ? "/" + uri : uri, d);
        }

        /** What it comes to for a request; {@code null} if that is no URL. */
        Pass evaluated(Exchange exchange) {
            return url == null ? this : parse(url.eval(exchange), directive);
        }

        int defaultPort() {
            return isTls ? 443 : 80;
        }

        String scheme() {
            return isTls ? "https" : "http";
        }

        /** {@code $proxy_host}: the port is not told where it is the usual one. */
        String hostHeader() {
            return host.startsWith("unix:") ? "localhost" : host.replaceFirst(":" + defaultPort() + "$", "");
        }

        /** {@code $proxy_port}. */
        String port() {
            if (host.startsWith("unix:")) {
                return "";
            }
            int colon = host.lastIndexOf(':');
            return colon > host.lastIndexOf(']') ? host.substring(colon + 1) : Integer.toString(defaultPort());
        }
    }

    @Override
    public List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        commands.add(Command.simple("proxy_pass", 1, ProxyModule::proxyPass, LOCATION, LOCATION_IF, LIMIT_EXCEPT));
        add(commands, "proxy_set_header", 2, 2, ProxyModule::setHeader);
        add(commands, "proxy_redirect", 1, 2, ProxyModule::redirect);
        add(commands, "proxy_cookie_domain", 1, 2, ProxyModule::cookieDomain);
        add(commands, "proxy_cookie_path", 1, 2, ProxyModule::cookiePath);
        add(commands, "proxy_cookie_flags", 1, 4, ProxyModule::cookieFlags);
        add(commands, "proxy_hide_header", 1, 1, ProxyModule::hideHeader);
        add(commands, "proxy_pass_header", 1, 1, ProxyModule::passHeader);
        add(commands, "proxy_ignore_headers", 1, Command.ANY, ProxyModule::ignoreHeaders);
        add(
                commands,
                "proxy_http_version",
                1,
                1,
                Slots.once(FORWARD, s -> s.httpVersion, (s, v) -> s.httpVersion = v, ProxyModule::httpVersion));
        add(
                commands,
                "proxy_next_upstream",
                1,
                Command.ANY,
                Slots.once(FORWARD, s -> s.nextUpstream, (s, v) -> s.nextUpstream = v, ProxyModule::nextUpstream));
        add(commands, "proxy_next_upstream_tries", 1, 1, Slots.number(FORWARD, s -> s.tries, (s, v) -> s.tries = v));
        flag(commands, "proxy_buffering", s -> s.buffering, (s, v) -> s.buffering = v);
        flag(commands, "proxy_request_buffering", s -> s.requestBuffering, (s, v) -> s.requestBuffering = v);
        flag(commands, "proxy_intercept_errors", s -> s.interceptErrors, (s, v) -> s.interceptErrors = v);
        flag(commands, "proxy_ignore_client_abort", s -> s.ignoreClientAbort, (s, v) -> s.ignoreClientAbort = v);
        flag(commands, "proxy_force_ranges", s -> s.forceRanges, (s, v) -> s.forceRanges = v);
        flag(commands, "proxy_socket_keepalive", s -> s.socketKeepalive, (s, v) -> s.socketKeepalive = v);
        flag(commands, "proxy_pass_request_body", s -> s.passRequestBody, (s, v) -> s.passRequestBody = v);
        millis(commands, "proxy_connect_timeout", s -> s.connectTimeout, (s, v) -> s.connectTimeout = v);
        millis(commands, "proxy_send_timeout", s -> s.sendTimeout, (s, v) -> s.sendTimeout = v);
        millis(commands, "proxy_read_timeout", s -> s.readTimeout, (s, v) -> s.readTimeout = v);
        millis(
                commands,
                "proxy_next_upstream_timeout",
                s -> s.nextUpstreamTimeout,
                (s, v) -> s.nextUpstreamTimeout = v);
        size(commands, "proxy_buffer_size", s -> s.bufferSize, (s, v) -> s.bufferSize = v);
        size(commands, "proxy_max_temp_file_size", s -> s.maxTempFileSize, (s, v) -> s.maxTempFileSize = v);
        size(commands, "proxy_limit_rate", s -> s.limitRate, (s, v) -> s.limitRate = v);
        add(
                commands,
                "proxy_pass_request_headers",
                1,
                1,
                Slots.flag(KEY, s -> s.passRequestHeaders, (s, v) -> s.passRequestHeaders = v));
        add(commands, "proxy_method", 1, 1, Slots.template(KEY, s -> s.method, (s, v) -> s.method = v));
        add(commands, "proxy_set_body", 1, 1, Slots.template(FORWARD, s -> s.body, (s, v) -> s.body = v));
        add(commands, "proxy_bind", 1, 2, ProxyModule::bind);
        add(commands, "proxy_store", 1, 1, ProxyModule::store);
        add(
                commands,
                "proxy_store_access",
                1,
                3,
                Slots.once(FORWARD, s -> s.storeAccess, (s, v) -> s.storeAccess = v, ProxyModule::storeAccess));
        commands.addAll(ProxySsl.commands());
        commands.addAll(ProxyCache.commands());
        return commands;
    }

    private static void add(List<Command> commands, String name, int min, int max, Command.Setter setter) {
        commands.add(Command.simple(name, min, max, setter, HTTP, SERVER, LOCATION));
    }

    private static void flag(
            List<Command> commands,
            String name,
            Function<ForwardSettings, Boolean> get,
            BiConsumer<ForwardSettings, Boolean> set) {
        add(commands, name, 1, 1, Slots.flag(FORWARD, get, set));
    }

    private static void millis(
            List<Command> commands,
            String name,
            Function<ForwardSettings, Long> get,
            BiConsumer<ForwardSettings, Long> set) {
        add(commands, name, 1, 1, Slots.millis(FORWARD, get, set));
    }

    private static void size(
            List<Command> commands,
            String name,
            Function<ForwardSettings, Long> get,
            BiConsumer<ForwardSettings, Long> set) {
        add(commands, name, 1, 1, Slots.size(FORWARD, get, set));
    }

    // ---- directives

    private static void proxyPass(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.pass != null) {
            throw d.directiveError("is duplicate");
        }
        String url = d.arg(0);
        if (url.contains("$")) {
            settings.pass = new Pass(Build.of(scope).template(url, d), false, null, "", d);
            return;
        }
        Pass pass = Pass.parse(url, d);
        if (pass == null) {
            throw d.error("invalid URL prefix");
        }
        Location location = scope.get(CoreSettings.KEY).location;
        if (!pass.uri.isEmpty()
                && (location.kind() == Location.Kind.REGEX
                        || location.kind() == Location.Kind.NAMED
                        || location.base() != location)) {
            throw d.error("\"proxy_pass\" cannot have URI part in location given by regular expression, "
                    + "or inside named location, or inside \"if\" statement, or inside \"limit_except\" block");
        }
        settings.pass = pass;
    }

    private static void setHeader(Loader loader, Scope scope, Directive d) throws ConfException {
        Template value = Build.of(scope).template(d.arg(1), d).onOneLine();
        if (Slots.isFieldName(scope, d)) {
            scope.get(KEY).headers.add(new SetHeader(new HttpString(d.arg(0)), value, d));
        }
    }

    private static String httpVersion(Directive d) throws ConfException {
        if (!d.arg(0).equals("1.0") && !d.arg(0).equals("1.1")) {
            throw d.error("invalid value \"" + d.arg(0) + "\"");
        }
        return d.arg(0);
    }

    private static Set<NextUpstream> nextUpstream(Directive d) throws ConfException {
        Set<NextUpstream> cases = EnumSet.noneOf(NextUpstream.class);
        for (String word : d.args()) {
            NextUpstream found = null;
            for (NextUpstream each : NextUpstream.values()) {
                found = each.word().equals(word) ? each : found;
            }
            if (found != null) {
                cases.add(found);
            } else if (!word.equals("off") && !word.equals("updating")) {
                throw d.error("invalid value \"" + word + "\"");
            }
        }
        return cases;
    }

    private static void hideHeader(Loader loader, Scope scope, Directive d) {
        Settings settings = scope.get(KEY);
        settings.hidden = settings.hidden == null ? new HashSet<>() : settings.hidden;
        settings.hidden.add(new HttpString(d.arg(0)));
    }

    private static void passHeader(Loader loader, Scope scope, Directive d) {
        Settings settings = scope.get(KEY);
        settings.passed = settings.passed == null ? new HashSet<>() : settings.passed;
        settings.passed.add(new HttpString(d.arg(0)));
    }

    private static void redirect(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.redirects == null) {
            settings.redirects = new ArrayList<>();
        }
        if (d.args().size() == 1) {
            switch (d.arg(0)) {
                case "off" -> settings.redirects.clear();
                case "default" -> {
                    if (settings.pass != null && settings.pass.url != null) {
                        throw d.error("\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with"
                                + " variables");
                    }
                    if (settings.pass == null) {
                        throw d.error("\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive");
                    }
                    settings.redirects.add(RewriteRule.DEFAULT);
                }
                default -> throw d.error("invalid parameter \"" + d.arg(0) + "\"");
            }
            return;
        }
        settings.redirects.add(rewriteRule(scope, d, false));
    }

    private static RewriteRule rewriteRule(Scope scope, Directive d, boolean isWhole) throws ConfException {
        Build build = Build.of(scope);
        String pattern = d.arg(0);
        Template replacement = build.template(d.arg(1), d);
        if (pattern.startsWith("~")) {
            boolean ignoreCase = isWhole || pattern.startsWith("~*");
            String text = pattern.substring(pattern.startsWith("~*") ? 2 : 1);
            Regex regex = Regex.compile(build.variables(), d, text, ignoreCase);
            return new RewriteRule(null, isWhole, regex, replacement);
        }
        String text = isWhole && pattern.startsWith(".") ? pattern.substring(1) : pattern;
        return new RewriteRule(build.template(text, d), isWhole, null, replacement);
    }

    private static void cookieDomain(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.cookieDomains = settings.cookieDomains == null ? new ArrayList<>() : settings.cookieDomains;
        cookieRule(scope, d, settings.cookieDomains, true);
    }

    private static void cookiePath(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.cookiePaths = settings.cookiePaths == null ? new ArrayList<>() : settings.cookiePaths;
        cookieRule(scope, d, settings.cookiePaths, false);
    }

    private static void cookieRule(Scope scope, Directive d, List<RewriteRule> rules, boolean isWhole)
            throws ConfException {
        if (d.args().size() == 2) {
            rules.add(rewriteRule(scope, d, isWhole));
        } else if (!d.arg(0).equals("off")) {
            throw d.error("invalid parameter \"" + d.arg(0) + "\"");
        }
    }

    private static void cookieFlags(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        settings.cookieFlags = settings.cookieFlags == null ? new ArrayList<>() : settings.cookieFlags;
        String name = d.arg(0);
        List<String> changes = d.args().subList(1, d.args().size());
        if (changes.isEmpty()) {
            if (!name.equals("off")) {
                throw d.error("invalid parameter \"" + name + "\"");
            }
            return;
        }
        List<Template> flags = new ArrayList<>();
        for (String change : changes) {
            flags.add(Build.of(scope).template(change, d));
        }
        if (name.startsWith("~")) {
            Regex regex = Regex.compile(Build.of(scope).variables(), d, name.substring(1), true);
            settings.cookieFlags.add(new CookieRules.Flags(regex::find, flags));
        } else {
            Template exact = Build.of(scope).template(name, d);
            settings.cookieFlags.add(new CookieRules.Flags(
                    (exchange, cookie) -> exact.eval(exchange).equalsIgnoreCase(cookie), flags));
        }
    }

    private static void ignoreHeaders(Loader loader, Scope scope, Directive d) throws ConfException {
        ForwardSettings settings = scope.get(FORWARD);
        settings.ignoredHeaders = settings.ignoredHeaders == null ? new HashSet<>() : settings.ignoredHeaders;
        for (String name : d.args()) {
            if (!IGNORABLE.contains(name)) {
                throw d.error("invalid value \"" + name + "\"");
            }
            if (!settings.ignoredHeaders.add(new HttpString(name))) {
                Build.of(scope).warn("duplicate value \"" + name + "\" in " + d.place());
            }
        }
    }

    private static void store(Loader loader, Scope scope, Directive d) throws ConfException {
        ForwardSettings settings = scope.get(FORWARD);
        if (settings.store != null) {
            throw d.directiveError("is duplicate");
        }
        switch (d.arg(0)) {
            case "off" -> settings.store = exchange -> null;
            case "on" -> settings.store = exchange -> FilePath.of(exchange, exchange.uri());
            default -> {
                Build build = Build.of(scope);
                Template path = build.template(d.arg(0), d);
                settings.store = exchange -> Paths.under(build.prefix(), path.eval(exchange));
            }
        }
    }

    private static Set<PosixFilePermission> storeAccess(Directive d) throws ConfException {
        Set<PosixFilePermission> access = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        for (String word : d.args()) {
            if (!word.matches("(user|group|all):(r|w|rw)")) {
                throw d.error("invalid value \"" + word + "\"");
            }
            String who = word.substring(0, word.indexOf(':'));
            String role = who.equals("user") ? "OWNER" : who.equals("group") ? "GROUP" : "OTHERS";
            if (word.substring(who.length()).contains("r")) {
                access.add(PosixFilePermission.valueOf(role + "_READ"));
            }
            if (word.substring(who.length()).contains("w")) {
                access.add(PosixFilePermission.valueOf(role + "_WRITE"));
            }
        }
        return access;
    }

    private static void bind(Loader loader, Scope scope, Directive d) throws ConfException {
        ForwardSettings settings = scope.get(FORWARD);
        if (settings.bind != null) {
            throw d.directiveError("is duplicate");
        }
        if (d.args().size() == 2) {
            if (d.arg(1).equals("transparent")) {
                throw d.error("transparent proxying is not supported by hopyard");
            }
            throw d.error("invalid parameter \"" + d.arg(1) + "\"");
        }
        settings.bind = Build.of(scope).template(d.arg(0).equals("off") ? "" : d.arg(0), d);
        if (settings.bind.isConstant()
                && !settings.bind.text().isEmpty()
                && LocalAddress.parse(settings.bind.text()) == null) {
            throw d.error("invalid address \"" + d.arg(0) + "\"");
        }
    }

    /** What {@code proxy_redirect default} means: a URL of the app's, as this server's. */
    private static List<HeaderRules.Redirect> redirects(Settings own, Location location) {
        List<RewriteRule> rules = own.redirects == null ? List.of(RewriteRule.DEFAULT) : own.redirects;
        List<HeaderRules.Redirect> out = new ArrayList<>();
        for (RewriteRule rule : rules) {
            if (rule != RewriteRule.DEFAULT) {
                out.add(rule);
            } else if (own.pass.url == null) {
                boolean hasUri = !own.pass.uri.isEmpty();
                String url = own.pass.scheme() + "://" + own.pass.host + (hasUri ? own.pass.uri : "/");
                out.add(new RewriteRule(
                        Template.constant(url), false, null, Template.constant(hasUri ? location.name() : "/")));
            }
        }
        return out;
    }

    // ---- inheritance and compilation

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        // an own proxy_set_header replaces all of the outer ones; proxy_pass is inherited by an if only
        Location location = child.get(CoreSettings.KEY).location;
        if (own.pass == null && location != null && location.base() != location) {
            own.pass = outer.pass;
        }
        own.headers = own.headers.isEmpty() ? outer.headers : own.headers;
        own.method = Inherited.or(own.method, outer.method);
        own.passRequestHeaders = Inherited.or(own.passRequestHeaders, outer.passRequestHeaders);
        own.hidden = Inherited.or(own.hidden, outer.hidden);
        own.passed = Inherited.or(own.passed, outer.passed);
        own.redirects = Inherited.or(own.redirects, outer.redirects);
        own.cookieDomains = Inherited.or(own.cookieDomains, outer.cookieDomains);
        own.cookiePaths = Inherited.or(own.cookiePaths, outer.cookiePaths);
        own.cookieFlags = Inherited.or(own.cookieFlags, outer.cookieFlags);
        child.get(FORWARD).inherit(parent.get(FORWARD));
        ProxySsl.inherit(parent, child);
        ProxyCache.inherit(parent, child);
    }

    @Override
    public void compile(Scope scope, Location location) throws ConfException {
        Settings own = scope.get(KEY);
        if (own.pass == null) {
            return;
        }
        ForwardSettings settings = scope.get(FORWARD);
        settings.cookies = new CookieRules(
                rules(own.cookieDomains),
                rules(own.cookiePaths),
                own.cookieFlags == null ? List.of() : own.cookieFlags);
        settings.useDefaults();
        settings.headerRules = HeaderRules.of(
                Inherited.orDefault(own.hidden, Set.of()),
                Inherited.orDefault(own.passed, Set.of()),
                redirects(own, location));
        ProxyHead head = new ProxyHead(
                own.headers,
                own.pass,
                new ProxyHead.Options(
                        settings.httpVersion, own.method, Inherited.orDefault(own.passRequestHeaders, true)),
                location);
        settings.tlsName = ProxySsl.name(scope, own.pass.directive);
        if (own.pass.url != null) {
            UpstreamTls tls = ProxySsl.of(scope);
            Evaluated evaluated = new Evaluated(scope, own.pass, settings, tls, head);
            location.content(cached(scope, own, settings, head, evaluated::pass));
            return;
        }
        settings.tls = own.pass.isTls ? ProxySsl.of(scope) : null;
        UpstreamGroup group = UpstreamModule.group(scope, own.pass.directive, own.pass.host, own.pass.defaultPort());
        Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
        location.content(cached(scope, own, settings, head, (exchange, cache) -> {
            Forward.start(exchange, settings, head, cache, group, key == null ? null : key.apply(exchange));
            return Result.TAKEN;
        }));
        if (location.name().endsWith("/") && location.base() == location) {
            location.redirectWithoutSlash();
        }
    }

    /** The {@code proxy_pass} that counts in a scope; {@code null} if there is none. */
    static Directive pass(Scope scope) {
        Pass pass = scope.get(KEY).pass;
        return pass == null ? null : pass.directive;
    }

    /** The {@code proxy_set_header} lines that count in a scope. */
    static List<Directive> setHeaders(Scope scope) {
        return scope.get(KEY).headers.stream().map(SetHeader::directive).toList();
    }

    /** How a scope that has a {@link #pass} forwards. */
    static ForwardSettings forward(Scope scope) {
        return scope.get(FORWARD);
    }

    private static List<CookieRules.Rewrite> rules(List<RewriteRule> rules) {
        return rules == null ? List.of() : List.copyOf(rules);
    }

    /** Forwards a request, for a cache if that is not {@code null}. */
    private interface Handler {
        Result handle(Exchange exchange, CacheUse cache);
    }

    /** A handler that looks into the cache first, where there is one. */
    private static PhaseHandler cached(
            Scope scope, Settings own, ForwardSettings settings, ProxyHead head, Handler forward) throws ConfException {
        CacheSettings caching = ProxyCache.settings(scope, exchange -> {
            Pass pass = own.pass.evaluated(exchange);
            // one that is none fails when it is forwarded, and nothing is kept
            return pass == null ? "" : head.with(pass).url(exchange, pass.host());
        });
        if (caching == null) {
            return exchange -> forward.handle(exchange, null);
        }
        return exchange -> {
            // the key may name the host before the request is forwarded, if it ever is
            Pass pass = own.pass.evaluated(exchange);
            if (pass != null) {
                exchange.upstream().passTo(pass.hostHeader(), pass.port());
            }
            CacheUse.start(exchange, settings, caching, cache -> forward.handle(exchange, cache));
            return Result.TAKEN;
        };
    }

    /**
     * A {@code proxy_pass} whose URL has variables: which server it means shows with each request.
     *
     * @param tls how TLS is spoken if the URL turns out to begin with {@code https://}
     */
    private record Evaluated(Scope scope, Pass pass, ForwardSettings settings, UpstreamTls tls, ProxyHead head) {

        private Result pass(Exchange exchange, CacheUse cache) {
            String url = pass.url.eval(exchange);
            Pass found = Pass.parse(url, pass.directive);
            if (found == null) {
                exchange.log(ErrorLog.Level.ERROR, "invalid URL prefix in \"" + url + "\"");
                exchange.fail(500);
                return Result.TAKEN;
            }
            UpstreamGroup group = Build.of(scope).upstreams().get(found.host);
            String host = found.host.replaceFirst(":[0-9]*$", "");
            String mistake = group == null ? mistake(url, found.host, host) : null;
            if (mistake != null) {
                exchange.log(ErrorLog.Level.ERROR, mistake);
                exchange.fail(500);
                return Result.TAKEN;
            }
            try {
                if (group == null && (found.host.startsWith("unix:") || ForwardedClient.parse(host) != null)) {
                    group = UpstreamModule.group(
                            new Scope(Context.MAIN, null), pass.directive, found.host, found.defaultPort());
                }
            } catch (ConfException e) {
                exchange.log(ErrorLog.Level.ERROR, e.getMessage());
                exchange.fail(500);
                return Result.TAKEN;
            }
            if (group == null) {
                resolve(exchange, cache, found, host);
            } else {
                forward(exchange, cache, found, group);
            }
            return Result.TAKEN;
        }

        /** What nginx says of a URL in which there is no server; {@code null} of any other. */
        private static String mistake(String url, String server, String host) {
            String rest = url.substring(url.indexOf("://") + 3);
            if (rest.isEmpty()) {
                return "invalid URL prefix in \"" + url + "\"";
            }
            if (host.isEmpty()) {
                return "no host in upstream \"" + rest + "\"";
            }
            String port = server.substring(host.length());
            boolean isPort = port.isEmpty() || port.matches(":0*[0-9]{1,5}") && isInRange(port.substring(1));
            return isPort ? null : "invalid port in upstream \"" + rest + "\"";
        }

        private static boolean isInRange(String port) {
            int number = Integer.parseInt(port);
            return number > 0 && number < 1 << 16;
        }

        private void resolve(Exchange exchange, CacheUse cache, Pass found, String host) {
            Resolver resolver = ResolverModule.of(scope);
            if (resolver == null) {
                exchange.log(ErrorLog.Level.ERROR, "no resolver defined to resolve " + host);
                exchange.ending().becauseOfUpstream(Why.NAME_NOT_FOUND);
                exchange.fail(502);
                return;
            }
            if (exchange.trail() != null) {
                exchange.trail().unknown("the addresses of " + host + ", which are looked up for each request");
                ForwardSettings how = found.isTls ? settings.withTls(tls) : settings;
                Forward.start(
                        exchange, how, head.with(found), cache, UpstreamModule.single(found.host, List.of()), null);
                return;
            }
            int colon = found.host.lastIndexOf(':');
            int port = colon < 0 ? found.defaultPort() : Values.parseNumber(found.host.substring(colon + 1));
            var thread = exchange.ioThread();
            exchange.lifetime().pause(Stage.RESOLVE);
            resolver.lookUp(host)
                    .whenComplete((addresses, failure) -> thread.execute(() -> {
                        if (!exchange.lifetime().resume()) {
                            return;
                        }
                        if (failure != null) {
                            exchange.log(
                                    ErrorLog.Level.ERROR,
                                    host + " could not be resolved (" + failure.getMessage() + ")");
                            exchange.ending().becauseOfUpstream(Why.NAME_NOT_FOUND);
                            exchange.fail(502);
                            return;
                        }
                        List<PeerSettings> peers = new ArrayList<>();
                        for (InetAddress address : addresses) {
                            peers.add(UpstreamModule.peer(
                                    new InetSocketAddress(address, port), found.host, pass.directive));
                        }
                        forward(exchange, cache, found, UpstreamModule.single(found.host, peers));
                    }));
        }

        private void forward(Exchange exchange, CacheUse cache, Pass found, UpstreamGroup group) {
            Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
            ForwardSettings how = found.isTls ? settings.withTls(tls) : settings;
            Forward.start(exchange, how, head.with(found), cache, group, key == null ? null : key.apply(exchange));
        }
    }

    // ---- variables

    @Override
    public void prepare(Variables v) {
        v.define("proxy_host", exchange -> exchange.upstream().host());
        v.define("upstream_cache_status", CacheUse::status);
        v.define("request_body", SharedBody::text);
        v.define("request_body_file", exchange -> null);
        v.define("proxy_port", exchange -> exchange.upstream().port());
        v.define("proxy_add_x_forwarded_for", exchange -> {
            HeaderValues earlier = exchange.requestHeaders().get(Headers.X_FORWARDED_FOR);
            String client = Addresses.host(exchange.remoteAddress().getAddress());
            return earlier == null ? client : String.join(", ", earlier) + ", " + client;
        });
    }
}
