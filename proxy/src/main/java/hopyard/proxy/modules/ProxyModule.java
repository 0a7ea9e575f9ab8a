package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.PhaseHandler;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.forward.CacheSettings;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.CookieRules;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.ForwardSettings;
import hopyard.proxy.forward.Forwarding;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.forward.HttpOptions;
import hopyard.proxy.forward.ResponseProtocol;
import hopyard.proxy.forward.SharedBody;
import hopyard.proxy.forward.TlsChoice;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.UpstreamGroup;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Passes requests to another server.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html">ngx_http_proxy_module</a>
 */
final class ProxyModule implements Module {

    private static final PassFamily FAMILY = PassFamily.of("proxy", true);
    private static final ProxySsl SSL = ProxySsl.of("proxy");

    private static final Settings<ProxySettings> SETTINGS = Settings.of(ProxySettings::new);

    /**
     * What is passed on of a request and of the response. A level that has a {@code proxy_set_header} takes over none
     * of the level around it.
     */
    private record ProxySettings(
            List<SetHeader> headers,
            Template method,
            String httpVersion,
            Template setBody,
            boolean passTrailers,
            boolean cacheConvertHead,
            List<RewriteRule> redirects,
            List<RewriteRule> cookieDomains,
            List<RewriteRule> cookiePaths,
            List<CookieRules.Flags> cookieFlags) {
        ProxySettings(SettingsReader in) {
            this(
                    in.directive("proxy_set_header")
                            .otherwise("Host $proxy_host; Connection close")
                            .means("A field that the app gets; one line here takes all outer ones away.")
                            .args(2, 2)
                            .read(new SetHeader.Reader(), List.of()),
                    in.directive("proxy_method")
                            .means("The method that the app is asked with, in the place of the client's.")
                            .read(new Template.Reader()),
                    in.directive("proxy_http_version")
                            .byDefault("1.0")
                            .means(
                                    "The version of HTTP that is spoken to the upstream; kept connections and WebSockets need 1.1.")
                            .read(new Readers.HttpVersion()),
                    in.directive("proxy_set_body")
                            .means("The body that the app gets, in the place of the client's.")
                            .read(new Template.Reader()),
                    in.directive("proxy_pass_trailers")
                            .byDefault("on")
                            .means("Whether the client gets the fields that the app sends behind its content.")
                            .note("on by default; nginx has it off")
                            .flag(),
                    in.directive("proxy_cache_convert_head")
                            .byDefault("on")
                            .means("Whether HEAD is asked of the app as GET, so that it can be kept.")
                            .flag(),
                    in.directive("proxy_redirect")
                            .byDefault("default")
                            .means("Changes the URL of the app's redirects.")
                            .args(1, 2)
                            .read(new RewriteRule.Redirects()),
                    in.directive("proxy_cookie_domain")
                            .byDefault("off")
                            .means("Changes the domain of the app's cookies.")
                            .args(1, 2)
                            .read(new RewriteRule.CookieDomains()),
                    in.directive("proxy_cookie_path")
                            .byDefault("off")
                            .means("Changes the path of the app's cookies.")
                            .args(1, 2)
                            .read(new RewriteRule.CookiePaths()),
                    in.directive("proxy_cookie_flags")
                            .byDefault("off")
                            .means("Changes the flags of the app's cookies, such as secure and samesite.")
                            .args(1, 4)
                            .read(new RewriteRule.CookieFlags()));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("proxy", "ngx_http_proxy_module");
    }

    @Override
    public List<Settings<?>> settings() {
        List<Settings<?>> all = new ArrayList<>(List.of(ProxyPass.SETTINGS, SETTINGS));
        all.addAll(FAMILY.settings());
        all.addAll(SSL.settings());
        return all;
    }

    @Override
    public List<Command> commands() {
        return FAMILY.commands();
    }

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        FAMILY.check(child);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        FAMILY.checkSizes(scope);
        ProxyPass pass = ProxyPass.of(scope);
        if (pass == null) {
            return;
        }
        ProxySettings own = SETTINGS.of(scope);
        PassFamily.Fields fields = FAMILY.fields().of(scope);
        TlsChoice tls = pass.isTls() || pass.url() != null ? SSL.choice(scope, pass.directive()) : null;
        Forwarding forwarding = new Forwarding(
                FAMILY.forward().of(scope),
                pass.isTls() ? tls : null,
                SSL.name(scope),
                HeaderRules.of(fields.hide(), fields.pass(), redirects(own.redirects, pass, location.location())),
                new CookieRules(List.copyOf(own.cookieDomains), List.copyOf(own.cookiePaths), own.cookieFlags),
                ResponseProtocol.HTTP,
                new HttpOptions(own.httpVersion, own.setBody, own.passTrailers));
        ProxyHead head = new ProxyHead(
                own.headers,
                pass,
                new ProxyHead.Options(
                        own.httpVersion,
                        own.method,
                        fields.passRequestHeaders(),
                        Build.of(scope).variables().isUsed("request_body")),
                location.location());
        if (pass.url() != null) {
            EvaluatedPass evaluated = new EvaluatedPass(
                    scope,
                    pass.url(),
                    pass.directive(),
                    forwarding,
                    tls,
                    ResolverModule.of(scope),
                    url -> target(pass, head, url));
            location.content(cached(scope, pass, forwarding, head, evaluated::pass));
            return;
        }
        UpstreamGroup group = UpstreamModule.group(scope, pass.directive(), pass.host(), pass.defaultPort());
        Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
        location.content(cached(scope, pass, forwarding, head, (exchange, cache) -> {
            Forward.start(exchange, forwarding, head, cache, group, key == null ? null : key.apply(exchange));
            return Result.TAKEN;
        }));
        Location where = location.location();
        if (where.name().endsWith("/") && where.base() == where) {
            where.redirectWithoutSlash();
        }
    }

    private static EvaluatedPass.Target target(ProxyPass pass, ProxyHead head, String url) {
        ProxyPass found = ProxyPass.parse(url, pass.directive());
        return found == null
                ? null
                : new EvaluatedPass.Target(
                        url.substring(url.indexOf("://") + 3),
                        found.host(),
                        found.defaultPort(),
                        found.isTls(),
                        head.with(found));
    }

    /** Returns the {@code proxy_pass} that is in force in a scope; {@code null} if there is none. */
    static Directive pass(Scope scope) {
        ProxyPass pass = ProxyPass.of(scope);
        return pass == null ? null : pass.directive();
    }

    /** Returns how requests are forwarded in a scope. */
    static ForwardSettings forward(Scope scope) {
        return FAMILY.forward().of(scope);
    }

    /** Returns the {@code proxy_http_version} that is in force in a scope. */
    static String httpVersion(Scope scope) {
        return SETTINGS.of(scope).httpVersion;
    }

    /** Returns the {@code proxy_set_header} lines that are in force in a scope. */
    static List<Directive> setHeaders(Scope scope) {
        return SETTINGS.of(scope).headers.stream().map(SetHeader::directive).toList();
    }

    /** Returns the rules, with {@code proxy_redirect default} replaced: it turns the app's URL into this server's. */
    private static List<HeaderRules.Redirect> redirects(List<RewriteRule> rules, ProxyPass pass, Location location) {
        List<HeaderRules.Redirect> out = new ArrayList<>();
        for (RewriteRule rule : rules) {
            if (rule != RewriteRule.DEFAULT) {
                out.add(rule);
            } else if (pass.url() == null) {
                boolean hasUri = !pass.uri().isEmpty();
                String url = pass.scheme() + "://" + pass.host() + (hasUri ? pass.uri() : "/");
                out.add(new RewriteRule(
                        Template.constant(url), false, null, Template.constant(hasUri ? location.name() : "/")));
            }
        }
        return out;
    }

    /** Returns a handler that looks into the cache first, if the scope has one. */
    private static PhaseHandler cached(
            Scope scope, ProxyPass configured, Forwarding forwarding, ProxyHead head, PassFamily.Handler forward)
            throws ConfException {
        CacheSettings caching = ProxyCache.settings(
                scope,
                FAMILY.caching().of(scope),
                exchange -> {
                    ProxyPass pass = configured.evaluated(exchange);
                    // a request whose URL is invalid fails when it is forwarded, and nothing is kept
                    return pass == null ? "" : head.with(pass).url(exchange, pass.host());
                },
                SETTINGS.of(scope).cacheConvertHead);
        if (caching == null) {
            return exchange -> forward.handle(exchange, null);
        }
        return exchange -> {
            // the key may use $proxy_host before the request is forwarded, or without forwarding it
            ProxyPass pass = configured.evaluated(exchange);
            if (pass != null) {
                exchange.upstream().passTo(pass.hostHeader(), pass.port());
            }
            CacheUse.start(exchange, forwarding, caching, cache -> forward.handle(exchange, cache));
            return Result.TAKEN;
        };
    }

    @Override
    public void prepare(Variables v) {
        v.define("proxy_host", exchange -> exchange.upstream().host());
        v.define("upstream_cache_status", exchange -> exchange.upstream().cacheStatus());
        v.define("request_body", SharedBody::text);
        v.define("request_body_file", SharedBody::file);
        v.define("proxy_port", exchange -> exchange.upstream().port());
        v.define("proxy_add_x_forwarded_for", exchange -> {
            HeaderValues earlier = exchange.requestHeaders().get(Headers.X_FORWARDED_FOR);
            String client = Addresses.host(exchange.remoteAddress().getAddress());
            return earlier == null ? client : String.join(", ", earlier) + ", " + client;
        });
    }
}
