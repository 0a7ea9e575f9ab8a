package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.LOCATION_IF;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
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
import hopyard.proxy.forward.CacheSettings;
import hopyard.proxy.forward.CacheUse;
import hopyard.proxy.forward.CgiProtocol;
import hopyard.proxy.forward.CookieRules;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.Forwarding;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.forward.HttpOptions;
import hopyard.proxy.forward.ResponseProtocol;
import hopyard.proxy.forward.TlsChoice;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What the modules have in common that pass requests to apps that do not speak HTTP. They get parameters in the place
 * of a request line and fields, and answer with a head of CGI.
 */
abstract class CgiModule implements Module {

    /** The level's own {@code fastcgi_pass}, which is not inherited. */
    private record Own(Directive pass) {
        Own(SettingsReader in) {
            this(in.directive("*_pass")
                    .means("Passes the request on to an app that speaks this protocol.")
                    .in(LOCATION, LOCATION_IF)
                    .read(new Readers.Line()));
        }
    }

    private record Parameters(List<CgiParameter> param) {
        Parameters(SettingsReader in) {
            this(in.directive("*_param")
                    .means("A parameter that the app gets; one line here takes all outer ones away.")
                    .args(2, 3)
                    .read(new CgiParameter.Reader(), List.of()));
        }
    }

    /** An address without its scheme. */
    record Address(String text, boolean isTls) {}

    private final String name;
    private final String title;
    private final PassFamily family;
    private final Settings<Own> pass;
    private final Settings<Parameters> parameters;

    /** @param name what the names of the directives begin with */
    CgiModule(String name, String title) {
        this.name = name;
        this.title = title;
        family = PassFamily.of(name, false);
        pass = Settings.ofLevel(name, Own::new);
        parameters = Settings.of(name, Parameters::new);
    }

    /** Returns how parameters are written. */
    abstract CgiEncoding encoding(Scope scope);

    /** Returns how the response is read. */
    ResponseProtocol protocol(Scope scope) {
        return new CgiProtocol();
    }

    /** Returns which version of HTTP the protocol is like. */
    HttpOptions like() {
        return HttpOptions.LIKE_1_0;
    }

    /** Whether the client does not get a field {@code Status}. */
    boolean hidesStatus() {
        return true;
    }

    /** Takes the scheme off an address. */
    Address address(String text) {
        return new Address(text, false);
    }

    /** Returns how TLS is spoken; {@code null} for not at all. */
    TlsChoice tls(Scope scope, Directive line) throws ConfException {
        return null;
    }

    /** Returns the name that the app's certificate must be for; {@code null} for the name of its host. */
    Template tlsName(Scope scope) {
        return null;
    }

    @Override
    public Manual manual() {
        return new Manual(title, "ngx_http_" + name + "_module");
    }

    @Override
    public List<Settings<?>> settings() {
        List<Settings<?>> all = new ArrayList<>(List.of(pass, parameters));
        all.addAll(family.settings());
        return all;
    }

    @Override
    public List<Command> commands() {
        return family.commands();
    }

    @Override
    public void inherit(Scope parent, Scope child) throws ConfException {
        family.check(child);
    }

    /** Returns the line that is in force in a scope; {@code null} if there is none. */
    private Directive line(Scope scope) {
        Directive own = pass.of(scope).pass;
        boolean standsIn = scope.context() == LOCATION_IF || scope.context() == Context.LIMIT_EXCEPT;
        return own == null && standsIn ? pass.of(scope.parent()).pass : own;
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        family.checkSizes(scope);
        Directive line = line(scope);
        if (line == null) {
            return;
        }
        String text = line.arg(0);
        boolean isFixed = !text.contains("$");
        Address address = address(text);
        PassFamily.Fields fields = family.fields().of(scope);
        TlsChoice tls = !isFixed || address.isTls() ? tls(scope, line) : null;
        Forwarding forwarding = new Forwarding(
                family.forward().of(scope),
                isFixed ? tls : null,
                isFixed ? tlsName(scope, address) : tlsName(scope),
                HeaderRules.ofCgi(fields.hide(), fields.pass(), hidesStatus()),
                new CookieRules(List.of(), List.of(), List.of()),
                protocol(scope),
                like());
        if (!isFixed) {
            CgiHead plain = head(scope, line, false, location.location());
            CgiHead withTls = head(scope, line, true, location.location());
            EvaluatedPass evaluated = new EvaluatedPass(
                    scope,
                    Build.of(scope).template(text, line),
                    line,
                    forwarding,
                    tls,
                    ResolverModule.of(scope),
                    url -> target(address(url), plain, withTls));
            location.content(cached(scope, forwarding, evaluated::pass));
            return;
        }
        CgiHead head = head(scope, line, address.isTls(), location.location());
        UpstreamGroup group = UpstreamModule.groupWithPort(scope, line, address.text());
        Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
        location.content(cached(scope, forwarding, (exchange, cache) -> {
            Forward.start(exchange, forwarding, head, cache, group, key == null ? null : key.apply(exchange));
            return Result.TAKEN;
        }));
        Location where = location.location();
        if (where.name().endsWith("/") && where.base() == where) {
            where.redirectWithoutSlash();
        }
    }

    private Template tlsName(Scope scope, Address address) {
        Template said = tlsName(scope);
        return said == null ? Template.constant(address.text()) : said;
    }

    private CgiHead head(Scope scope, Directive line, boolean isTls, Location where) {
        return new CgiHead(
                (isTls ? "s" : "") + name,
                line,
                encoding(scope),
                parameters.of(scope).param,
                family.fields().of(scope).passRequestHeaders(),
                Build.of(scope).variables().isUsed("request_body"),
                where);
    }

    private static EvaluatedPass.Target target(Address found, CgiHead plain, CgiHead withTls) {
        return new EvaluatedPass.Target(found.text(), found.text(), 0, found.isTls(), found.isTls() ? withTls : plain);
    }

    /** Returns a handler that looks into the cache first, if the scope has one. */
    private PhaseHandler cached(Scope scope, Forwarding forwarding, PassFamily.Handler forward) throws ConfException {
        CacheSettings caching = ProxyCache.settings(scope, family.caching().of(scope), exchange -> "", false);
        if (caching == null) {
            return exchange -> forward.handle(exchange, null);
        }
        if (!family.caching().of(scope).hasKey()) {
            Build.of(scope)
                    .warn("no \"" + name + "_cache_key\" for \"" + name + "_cache\" in "
                            + caching.line().place());
        }
        return exchange -> {
            CacheUse.start(exchange, forwarding, caching, cache -> forward.handle(exchange, cache));
            return Result.TAKEN;
        };
    }

    /** Whether a text begins with a word, in whatever case. */
    static boolean beginsWith(String text, String word) {
        return text.toLowerCase(Locale.ROOT).startsWith(word);
    }
}
