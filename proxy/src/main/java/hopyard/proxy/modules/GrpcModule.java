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
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.CookieRules;
import hopyard.proxy.forward.Forward;
import hopyard.proxy.forward.Forwarding;
import hopyard.proxy.forward.GrpcProtocol;
import hopyard.proxy.forward.HeaderRules;
import hopyard.proxy.forward.HttpOptions;
import hopyard.proxy.forward.TlsChoice;
import hopyard.proxy.modules.AcceptedDirectives.Check;
import hopyard.proxy.server.Location;
import hopyard.proxy.upstream.UpstreamGroup;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;

/**
 * Passes requests on over HTTP/2, which apps with gRPC speak: with trailers, and in both directions at a time.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_grpc_module.html">ngx_http_grpc_module</a>
 */
final class GrpcModule implements Module {

    private static final String PLAIN = "grpc://";
    private static final String WITH_TLS = "grpcs://";
    private static final String UNIX = "unix:";

    private static final HttpOptions WITH_TRAILERS = new HttpOptions("1.1", null, true);

    private static final Settings<Own> PASS = Settings.ofLevel(Own::new);
    private static final ProxySsl SSL = ProxySsl.of("grpc");

    /** The level's own {@code grpc_pass}, which is not inherited. */
    private record Own(Directive pass) {
        Own(SettingsReader in) {
            this(in.directive("grpc_pass")
                    .means("Passes the request on to an app that speaks gRPC, or anything else over HTTP/2.")
                    .in(LOCATION, LOCATION_IF)
                    .read(new Readers.Line()));
        }
    }

    /** A server's address without its scheme. */
    private record Address(String text, boolean isTls) {
        static Address of(String url) {
            boolean isTls = CgiModule.beginsWith(url, WITH_TLS);
            boolean isPlain = CgiModule.beginsWith(url, PLAIN);
            return new Address(
                    isTls ? url.substring(WITH_TLS.length()) : isPlain ? url.substring(PLAIN.length()) : url, isTls);
        }

        /** Returns what the server is told that it is. */
        String host() {
            return text.startsWith(UNIX) ? "localhost" : text;
        }
    }

    private final AcceptedDirectives accepted = new AcceptedDirectives();

    GrpcModule() {
        accepted.add("ngx_http_grpc_module", EnumSet.of(Context.HTTP, Context.SERVER, LOCATION), Check.SIZE, 1, 1, """
                grpc_socket_rcvbuf | 0 | The system's buffer for receiving.
                grpc_socket_sndbuf | 0 | The system's buffer for sending.
                """);
    }

    @Override
    public Manual manual() {
        return new Manual("gRPC", "ngx_http_grpc_module");
    }

    @Override
    public List<Settings<?>> settings() {
        List<Settings<?>> all = new ArrayList<>(List.of(PASS, GrpcSettings.SETTINGS));
        all.addAll(SSL.settings());
        return all;
    }

    @Override
    public List<Command> commands() {
        return accepted.commands();
    }

    /** Returns the line that is in force in a scope; {@code null} if there is none. */
    private static Directive line(Scope scope) {
        Directive own = PASS.of(scope).pass;
        boolean standsIn = scope.context() == LOCATION_IF || scope.context() == Context.LIMIT_EXCEPT;
        return own == null && standsIn ? PASS.of(scope.parent()).pass : own;
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        Directive line = line(scope);
        if (line == null) {
            return;
        }
        String url = line.arg(0);
        boolean isFixed = !url.contains("$");
        Address address = Address.of(url);
        GrpcSettings settings = GrpcSettings.SETTINGS.of(scope);
        TlsChoice tls = !isFixed || address.isTls ? SSL.choice(scope, line) : null;
        Forwarding forwarding = new Forwarding(
                settings.forForward(),
                isFixed ? tls : null,
                SSL.name(scope) == null && isFixed ? Template.constant(address.text) : SSL.name(scope),
                HeaderRules.of(settings.hide(), settings.pass(), List.of()),
                new CookieRules(List.of(), List.of(), List.of()),
                new GrpcProtocol(),
                WITH_TRAILERS);
        GrpcHead head = new GrpcHead(
                line,
                settings.headers(),
                isFixed ? address.host() : null,
                address.isTls,
                settings.bufferSize(),
                Build.of(scope).variables().isUsed("request_body"),
                location.location());
        if (!isFixed) {
            EvaluatedPass evaluated = new EvaluatedPass(
                    scope,
                    Build.of(scope).template(url, line),
                    line,
                    forwarding,
                    tls,
                    ResolverModule.of(scope),
                    text -> target(Address.of(text), head));
            location.content(exchange -> evaluated.pass(exchange, null));
            return;
        }
        UpstreamGroup group = UpstreamModule.groupWithPort(scope, line, address.text);
        Function<Exchange, byte[]> key = UpstreamModule.key(scope, group);
        location.content(exchange -> {
            Forward.start(exchange, forwarding, head, null, group, key == null ? null : key.apply(exchange));
            return Result.TAKEN;
        });
        Location where = location.location();
        if (where.name().endsWith("/") && where.base() == where) {
            where.redirectWithoutSlash();
        }
    }

    private static EvaluatedPass.Target target(Address found, GrpcHead head) {
        return new EvaluatedPass.Target(found.text, found.text, 0, found.isTls, head.with(found.host(), found.isTls));
    }
}
