package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.UPSTREAM;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.conf.Values;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.ExchangeKey;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Variable;
import hopyard.proxy.forward.Sticky;
import hopyard.proxy.upstream.Peer;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Keeps clients with their servers: by a cookie that this server sets, by a route that the client tells, or by what the
 * servers' answers teach. nginx has it since 1.29.6.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#sticky">sticky</a>
 */
final class StickyModule implements Module {

    private static final Settings<StickySettings> SETTINGS = Settings.ofLevel(StickySettings::new);

    private record StickySettings(Sticky sticky) {
        StickySettings(SettingsReader in) {
            this(in.directive("sticky")
                    .means("Keeps a client with its server: by a cookie, by a route, or by what answers teach.")
                    .page("ngx_http_upstream_module")
                    .in(UPSTREAM)
                    .args(2, Command.ANY)
                    .read(new Reader()));
        }
    }

    /** Returns the {@code sticky} of an upstream block; {@code null} if it has none. */
    static Sticky of(Scope upstream) {
        return SETTINGS.of(upstream).sticky;
    }

    private static final class Reader implements ValueReader<Sticky> {
        @Override
        public Sticky read(Scope scope, Directive d, Sticky former) throws ConfException {
            return switch (d.arg(0)) {
                case "cookie" -> Cookie.parse(scope, d);
                case "route" -> Route.parse(scope, d);
                case "learn" -> Learn.parse(scope, d);
                default -> throw d.error("unknown parameter \"" + d.arg(0) + "\"");
            };
        }
    }

    private static Variable variable(Scope scope, Directive d, String word) throws ConfException {
        if (!word.startsWith("$")) {
            throw d.error("invalid variable name \"" + word + "\"");
        }
        return Build.of(scope).variables().use(word.substring(1));
    }

    /** Returns the first value that is not empty; {@code null} if there is none. */
    private static String first(List<Variable> variables, Exchange exchange) {
        for (Variable each : variables) {
            String value = each.get(exchange);
            if (value != null && !value.isEmpty()) {
                return value;
            }
        }
        return null;
    }

    // ---- by a cookie

    /** {@code sticky cookie}: the cookie holds the server's id. */
    private record Cookie(
            String name,
            Variable sent,
            long expires,
            Template domain,
            boolean httpOnly,
            boolean secure,
            Template sameSite,
            String path)
            implements Sticky {

        /** The cookie that a response sets so far. */
        private static final ExchangeKey<String> SET = new ExchangeKey<>();

        private static final Set<String> SITES = Set.of("strict", "lax", "none");

        private static final long NOT_SAID = -1;

        private static Cookie parse(Scope scope, Directive d) throws ConfException {
            String name = d.arg(1);
            if (name.isEmpty()) {
                throw d.directiveError("empty cookie name");
            }
            Set<String> seen = new HashSet<>();
            long expires = NOT_SAID;
            Template domain = null;
            Template sameSite = null;
            String path = null;
            for (String word : d.args().subList(2, d.args().size())) {
                String key = word.replaceFirst("=.*", "");
                String value = word.indexOf('=') < 0 ? null : word.substring(key.length() + 1);
                boolean hasValue = value != null;
                boolean isFlag = key.equals("httponly") || key.equals("secure");
                if (hasValue == isFlag
                        || !isFlag
                                && !Set.of("expires", "domain", "path", "samesite")
                                        .contains(key)) {
                    throw d.error("unknown parameter \"" + word + "\"");
                }
                if (!seen.add(key)) {
                    throw d.directiveError("parameter \"" + key + "\" is duplicate");
                }
                if (hasValue && value.isEmpty() && !key.equals("samesite") && !key.equals("expires")) {
                    throw d.directiveError("no value for \"" + key + "\"");
                }
                switch (key) {
                    case "expires" -> {
                        expires = value.equals("max") ? CookieDate.MAX : Values.parseSeconds(value);
                        if (expires < 0) {
                            throw d.directiveError("invalid \"expires\" parameter value");
                        }
                    }
                    case "domain" -> domain = Build.of(scope).template(value, d);
                    case "path" -> path = value;
                    case "samesite" -> {
                        sameSite = Build.of(scope).template(value, d);
                        if (sameSite.isConstant() && !SITES.contains(value.toLowerCase(Locale.ROOT))) {
                            throw d.directiveError("invalid \"samesite\" parameter value");
                        }
                    }
                    default -> {
                        // a flag
                    }
                }
            }
            return new Cookie(
                    name,
                    Build.of(scope).variables().use("cookie_" + name),
                    expires,
                    domain,
                    seen.contains("httponly"),
                    seen.contains("secure"),
                    sameSite,
                    path);
        }

        @Override
        public String wanted(Exchange exchange) {
            return sent.get(exchange);
        }

        @Override
        public void asked(Exchange exchange, Peer server) {
            String cookie = text(exchange, server.id());
            String former = exchange.get(SET);
            if (former != null) {
                HeaderValues all = exchange.responseHeaders().get(Headers.SET_COOKIE);
                if (all != null) {
                    all.remove(former);
                }
            }
            exchange.put(SET, cookie);
            exchange.responseHeaders().add(Headers.SET_COOKIE, cookie);
        }

        private String text(Exchange exchange, String server) {
            StringBuilder cookie = new StringBuilder(name).append('=').append(server);
            if (expires != NOT_SAID) {
                cookie.append("; expires=").append(CookieDate.in(expires));
                cookie.append("; max-age=").append(expires == CookieDate.MAX ? CookieDate.TEN_YEARS : expires);
            }
            String itsDomain = domain == null ? "" : domain.eval(exchange);
            if (!itsDomain.isEmpty()) {
                cookie.append("; domain=").append(itsDomain);
            }
            cookie.append(httpOnly ? "; httponly" : "").append(secure ? "; secure" : "");
            String site = sameSite == null ? "" : sameSite.eval(exchange);
            if (!site.isEmpty()) {
                cookie.append("; samesite=").append(SITES.contains(site.toLowerCase(Locale.ROOT)) ? site : "strict");
            }
            return cookie.append(path == null ? "" : "; path=" + path).toString();
        }
    }

    // ---- by a route

    /** {@code sticky route}: the client tells the server's id, where the variables look for it. */
    private record Route(List<Variable> told) implements Sticky {

        private static Route parse(Scope scope, Directive d) throws ConfException {
            List<Variable> told = new ArrayList<>();
            for (String word : d.args().subList(1, d.args().size())) {
                told.add(variable(scope, d, word));
            }
            return new Route(List.copyOf(told));
        }

        @Override
        public String wanted(Exchange exchange) {
            return first(told, exchange);
        }
    }

    // ---- by what answers teach

    /** {@code sticky learn}: a session that an answer has begun belongs to the server that has answered. */
    private record Learn(List<Variable> create, List<Variable> lookup, boolean fromHeader, StickySessions sessions)
            implements Sticky {

        private static final long TEN_MINUTES = 600_000;

        private static Learn parse(Scope scope, Directive d) throws ConfException {
            List<Variable> create = new ArrayList<>();
            List<Variable> lookup = new ArrayList<>();
            ZoneName zone = null;
            long timeout = TEN_MINUTES;
            for (String word : d.args().subList(1, d.args().size())) {
                String value = word.substring(word.indexOf('=') + 1);
                if (word.startsWith("create=") || word.startsWith("lookup=")) {
                    if (!value.startsWith("$")) {
                        throw d.directiveError("missing variable in the \"" + word.substring(0, 6) + "\" parameter");
                    }
                    (word.startsWith("create=") ? create : lookup).add(variable(scope, d, value));
                } else if (word.startsWith("zone=")) {
                    zone = ZoneName.parse(word, d);
                } else if (word.startsWith("timeout=")) {
                    timeout = Values.parseMillis(value);
                    if (timeout <= 0) {
                        throw d.directiveError("invalid timeout");
                    }
                } else if (!word.equals("header")) {
                    throw d.error("unknown parameter \"" + word + "\"");
                }
            }
            require(!lookup.isEmpty(), "lookup", d);
            require(!create.isEmpty(), "create", d);
            require(zone != null, "zone", d);
            var shared = Build.of(scope).zones().declare(zone.name(), StickySessions.class, zone.size(), d);
            if (shared.data() != null) {
                throw d.error("sticky zone \"" + zone.name() + "\" is already used in another upstream");
            }
            StickySessions sessions = new StickySessions(timeout);
            shared.data(sessions);
            return new Learn(List.copyOf(create), List.copyOf(lookup), d.args().contains("header"), sessions);
        }

        private static void require(boolean isThere, String parameter, Directive d) throws ConfException {
            if (!isThere) {
                throw d.directiveError("\"" + parameter + "\" parameter is not specified");
            }
        }

        @Override
        public String wanted(Exchange exchange) {
            String session = first(lookup, exchange);
            return session == null ? null : sessions.find(session);
        }

        @Override
        public void answered(Exchange exchange, Peer server) {
            if (fromHeader) {
                learn(exchange, server.id());
            }
        }

        @Override
        public void ended(Exchange exchange, Peer server) {
            if (!fromHeader) {
                learn(exchange, server.id());
            }
        }

        private void learn(Exchange exchange, String server) {
            String session = first(create, exchange);
            if (session != null) {
                sessions.learn(session, server);
                return;
            }
            String known = first(lookup, exchange);
            if (known != null) {
                sessions.use(known, server);
            }
        }
    }

    @Override
    public Manual manual() {
        return new Manual("upstream: sticky", "ngx_http_upstream_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }
}
