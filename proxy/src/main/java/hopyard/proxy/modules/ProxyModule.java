package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.ForwardSettings;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.forward.NextUpstream;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.CoreSettings;
import hopyard.proxy.http.ErrorLog;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.Template;
import hopyard.proxy.http.Variables;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Passing requests to another server.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html">ngx_http_proxy_module</a>
 */
final class ProxyModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final Context[] ANYWHERE = {SERVER, LOCATION};

    private static final class Settings {
        private Pass pass;
        private List<SetHeader> headers = new ArrayList<>();
        private String httpVersion;
        private Long connectTimeout;
        private Long sendTimeout;
        private Long readTimeout;
        private Boolean buffering;
        private Boolean requestBuffering;
        private Set<NextUpstream> nextUpstream;
        private Integer tries;
        private Boolean interceptErrors;
        private Set<HttpString> hidden;
        private Set<HttpString> passed;
        private List<RedirectRule> redirects;
    }

    /**
     * A {@code proxy_redirect}; {@code DEFAULT} stands for what proxy_pass says.
     *
     * @param pattern the text that the URL must begin with; {@code null} where there is an expression
     * @param regex the expression that it must match
     */
    private record RedirectRule(Template pattern, Pattern regex, Template replacement) implements HeaderRules.Redirect {

        private static final RedirectRule DEFAULT = new RedirectRule(null, null, null);

        @Override
        public String apply(Exchange exchange, String url) {
            if (regex != null) {
                Matcher matcher = regex.matcher(url);
                if (!matcher.find()) {
                    return null;
                }
                exchange.capture(matcher);
                return replacement.eval(exchange);
            }
            String beginning = pattern.eval(exchange);
            return url.startsWith(beginning) ? replacement.eval(exchange) + url.substring(beginning.length()) : null;
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
     * @param host what follows {@code http://}, up to the URI
     * @param uri what follows the host; empty if nothing does
     */
    record Pass(Template url, String host, String uri, Directive directive) {}

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("proxy_pass", 1, ProxyModule::proxyPass, LOCATION),
                Command.simple("proxy_set_header", 2, ProxyModule::setHeader, HTTP, ANYWHERE),
                Command.simple(
                        "proxy_http_version",
                        1,
                        Slots.once(KEY, s -> s.httpVersion, (s, v) -> s.httpVersion = v, ProxyModule::httpVersion),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_connect_timeout",
                        1,
                        Slots.millis(KEY, s -> s.connectTimeout, (s, v) -> s.connectTimeout = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_send_timeout",
                        1,
                        Slots.millis(KEY, s -> s.sendTimeout, (s, v) -> s.sendTimeout = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_read_timeout",
                        1,
                        Slots.millis(KEY, s -> s.readTimeout, (s, v) -> s.readTimeout = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_buffering",
                        1,
                        Slots.flag(KEY, s -> s.buffering, (s, v) -> s.buffering = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_request_buffering",
                        1,
                        Slots.flag(KEY, s -> s.requestBuffering, (s, v) -> s.requestBuffering = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_next_upstream_tries",
                        1,
                        Slots.number(KEY, s -> s.tries, (s, v) -> s.tries = v),
                        HTTP,
                        ANYWHERE),
                Command.simple("proxy_redirect", 1, 2, ProxyModule::redirect, HTTP, ANYWHERE),
                Command.simple("proxy_hide_header", 1, ProxyModule::hideHeader, HTTP, ANYWHERE),
                Command.simple("proxy_pass_header", 1, ProxyModule::passHeader, HTTP, ANYWHERE),
                Command.simple(
                        "proxy_intercept_errors",
                        1,
                        Slots.flag(KEY, s -> s.interceptErrors, (s, v) -> s.interceptErrors = v),
                        HTTP,
                        ANYWHERE),
                Command.simple(
                        "proxy_next_upstream",
                        1,
                        Command.ANY,
                        Slots.once(KEY, s -> s.nextUpstream, (s, v) -> s.nextUpstream = v, ProxyModule::nextUpstream),
                        HTTP,
                        ANYWHERE));
    }

    // ---- directives

    private static void proxyPass(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.pass != null) {
            throw d.directiveError("is duplicate");
        }
        String url = d.arg(0);
        if (url.contains("$")) {
            settings.pass = new Pass(Build.of(scope).template(url, d), null, "", d);
            return;
        }
        if (url.startsWith("https://")) {
            throw d.error("https to upstreams is not supported by hopyard yet: \"" + url + "\"");
        }
        if (!url.startsWith("http://")) {
            throw d.error("invalid URL prefix");
        }
        int slash = url.indexOf('/', 7);
        String uri = slash < 0 ? "" : url.substring(slash);
        Location location = scope.get(CoreSettings.KEY).location;
        if (!uri.isEmpty()
                && (location.kind() == Location.Kind.REGEX
                        || location.kind() == Location.Kind.NAMED
                        || location.kind() == Location.Kind.IF)) {
            throw d.error("\"proxy_pass\" cannot have URI part in location given by regular expression, "
                    + "or inside named location, or inside \"if\" statement, or inside \"limit_except\" block");
        }
        settings.pass = new Pass(null, url.substring(7, slash < 0 ? url.length() : slash), uri, d);
    }

    private static void setHeader(Loader loader, Scope scope, Directive d) throws ConfException {
        Template value = Build.of(scope).template(d.arg(1), d);
        scope.get(KEY).headers.add(new SetHeader(new HttpString(d.arg(0)), value, d));
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
                    settings.redirects.add(RedirectRule.DEFAULT);
                }
                default -> throw d.error("invalid parameter \"" + d.arg(0) + "\"");
            }
            return;
        }
        Build build = Build.of(scope);
        String pattern = d.arg(0);
        Template replacement = build.template(d.arg(1), d);
        if (pattern.startsWith("~")) {
            boolean ignoreCase = pattern.startsWith("~*");
            Pattern regex = HttpCoreModule.regex(d, pattern.substring(ignoreCase ? 2 : 1), ignoreCase);
            settings.redirects.add(new RedirectRule(null, regex, replacement));
        } else {
            settings.redirects.add(new RedirectRule(build.template(pattern, d), null, replacement));
        }
    }

    /** What {@code proxy_redirect default} means: a URL of the app's, as this server's. */
    private static List<HeaderRules.Redirect> redirects(Settings own, Location location) {
        List<RedirectRule> rules = own.redirects == null ? List.of(RedirectRule.DEFAULT) : own.redirects;
        List<HeaderRules.Redirect> out = new ArrayList<>();
        for (RedirectRule rule : rules) {
            if (rule != RedirectRule.DEFAULT) {
                out.add(rule);
            } else if (own.pass.url == null) {
                boolean hasUri = !own.pass.uri.isEmpty();
                String url = "http://" + own.pass.host + (hasUri ? own.pass.uri : "/");
                out.add(new RedirectRule(
                        Template.constant(url), null, Template.constant(hasUri ? location.name() : "/")));
            }
        }
        return out;
    }

    // ---- inheritance and compilation

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        // an own proxy_set_header replaces all of the outer ones; proxy_pass is inherited by an if only
        Location location = child.get(CoreSettings.KEY).location;
        if (own.pass == null && location != null && location.kind() == Location.Kind.IF) {
            own.pass = outer.pass;
        }
        own.headers = own.headers.isEmpty() ? outer.headers : own.headers;
        own.httpVersion = Inherited.or(own.httpVersion, outer.httpVersion);
        own.connectTimeout = Inherited.or(own.connectTimeout, outer.connectTimeout);
        own.sendTimeout = Inherited.or(own.sendTimeout, outer.sendTimeout);
        own.readTimeout = Inherited.or(own.readTimeout, outer.readTimeout);
        own.buffering = Inherited.or(own.buffering, outer.buffering);
        own.requestBuffering = Inherited.or(own.requestBuffering, outer.requestBuffering);
        own.nextUpstream = Inherited.or(own.nextUpstream, outer.nextUpstream);
        own.tries = Inherited.or(own.tries, outer.tries);
        own.interceptErrors = Inherited.or(own.interceptErrors, outer.interceptErrors);
        own.hidden = Inherited.or(own.hidden, outer.hidden);
        own.passed = Inherited.or(own.passed, outer.passed);
        own.redirects = Inherited.or(own.redirects, outer.redirects);
    }

    @Override
    public void compile(Scope scope, Location location) throws ConfException {
        Settings own = scope.get(KEY);
        if (own.pass == null) {
            return;
        }
        CoreSettings core = scope.get(CoreSettings.KEY);
        ForwardSettings settings = new ForwardSettings(
                "1.1".equals(own.httpVersion),
                Inherited.orDefault(own.connectTimeout, 60_000L),
                Inherited.orDefault(own.sendTimeout, 60_000L),
                Inherited.orDefault(own.readTimeout, 60_000L),
                Inherited.orDefault(own.buffering, true),
                Inherited.orDefault(own.requestBuffering, true),
                core.clientBodyBufferSize,
                core.clientMaxBodySize,
                core.clientBodyTimeout,
                core.sendTimeout,
                Inherited.orDefault(own.nextUpstream, EnumSet.of(NextUpstream.ERROR, NextUpstream.TIMEOUT)),
                Inherited.orDefault(own.tries, 0),
                HeaderRules.of(
                        Inherited.orDefault(own.hidden, Set.of()),
                        Inherited.orDefault(own.passed, Set.of()),
                        redirects(own, location)),
                Inherited.orDefault(own.interceptErrors, false));
        ProxyHead head = new ProxyHead(own.headers, own.pass, settings.http11(), location);
        if (own.pass.url != null) {
            Build build = Build.of(scope);
            location.content(exchange -> passToEvaluated(exchange, own.pass, settings, head, build));
            return;
        }
        UpstreamGroup group = UpstreamModule.group(scope, own.pass.directive, own.pass.host, 80);
        location.content(exchange -> {
            new Forward(exchange, settings, head, group).start();
            return Result.TAKEN;
        });
        if (location.name().endsWith("/") && location.kind() != Location.Kind.IF) {
            location.redirectWithoutSlash();
        }
    }

    private static Result passToEvaluated(
            Exchange exchange, Pass pass, ForwardSettings settings, ProxyHead head, Build build) {
        String url = pass.url.eval(exchange);
        if (!url.startsWith("http://")) {
            exchange.log(ErrorLog.Level.ERROR, "invalid URL prefix in \"" + url + "\"");
            exchange.fail(500);
            return Result.TAKEN;
        }
        int slash = url.indexOf('/', 7);
        String host = url.substring(7, slash < 0 ? url.length() : slash);
        String uri = slash < 0 ? "" : url.substring(slash);
        try {
            // blocking name service is no option on this thread, so only known groups and addresses will do
            UpstreamGroup group = build.upstreams().get(host);
            if (group == null && !host.matches("[0-9.]+(:[0-9]+)?")) {
                exchange.log(ErrorLog.Level.ERROR, "no resolver defined to resolve " + host.replaceFirst(":.*", ""));
                exchange.fail(502);
                return Result.TAKEN;
            }
            if (group == null) {
                group = UpstreamModule.group(new Scope(Context.MAIN, null), pass.directive, host, 80);
            }
            new Forward(exchange, settings, head.with(host, uri), group).start();
        } catch (ConfException e) {
            exchange.log(ErrorLog.Level.ERROR, e.getMessage());
            exchange.fail(500);
        }
        return Result.TAKEN;
    }

    // ---- variables

    @Override
    public void prepare(Variables v) {
        v.define("proxy_add_x_forwarded_for", exchange -> {
            HeaderValues earlier = exchange.http().getRequestHeaders().get(Headers.X_FORWARDED_FOR);
            String client = Addresses.host(exchange.remoteAddress().getAddress());
            return earlier == null ? client : String.join(", ", earlier) + ", " + client;
        });
    }
}
