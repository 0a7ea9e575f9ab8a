package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.http.ForwardedClient;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.Network;
import hopyard.proxy.http.Phase;
import hopyard.proxy.http.PhaseHandler.Result;
import hopyard.proxy.http.ProxyProtocol;
import hopyard.proxy.http.Trail;
import hopyard.proxy.http.Variables;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Whose request it is, where a trusted proxy in front says so in a header.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_realip_module.html">ngx_http_realip_module</a>
 */
final class RealIpModule implements Module {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    /** Stands for what the PROXY protocol says, which is no field. */
    private static final HttpString PROXY_PROTOCOL = new HttpString("proxy_protocol");

    private static final class Settings {
        private List<Network> from;
        private HttpString header;
        private Boolean recursive;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("set_real_ip_from", 1, RealIpModule::from, HTTP, SERVER, LOCATION),
                Command.simple(
                        "real_ip_header",
                        1,
                        Slots.once(KEY, s -> s.header, (s, v) -> s.header = v, RealIpModule::header),
                        HTTP,
                        SERVER,
                        LOCATION),
                Command.simple(
                        "real_ip_recursive",
                        1,
                        Slots.flag(KEY, s -> s.recursive, (s, v) -> s.recursive = v),
                        HTTP,
                        SERVER,
                        LOCATION));
    }

    private static void from(Loader loader, Scope scope, Directive d) throws ConfException {
        Settings settings = scope.get(KEY);
        if (settings.from == null) {
            settings.from = new ArrayList<>();
        }
        settings.from.add(Network.parse(d.arg(0), d, "host not found in set_real_ip_from \"" + d.arg(0) + "\""));
    }

    private static HttpString header(Directive d) {
        return d.arg(0).equals("proxy_protocol") ? PROXY_PROTOCOL : new HttpString(d.arg(0));
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.from = Inherited.or(own.from, outer.from);
        own.header = Inherited.or(own.header, outer.header);
        own.recursive = Inherited.or(own.recursive, outer.recursive);
    }

    /** Whether anybody is trusted in a scope. */
    static boolean isOn(Scope scope) {
        return scope.get(KEY).from != null;
    }

    @Override
    public void compile(Scope scope, Location location) {
        Settings own = scope.get(KEY);
        if (own.from == null) {
            return;
        }
        HttpString header = Inherited.orDefault(own.header, new HttpString("X-Real-IP"));
        boolean recursive = Inherited.orDefault(own.recursive, false);
        // a server's own level is asked before its rewriting, a location before its limits and rules
        location.on(scope.context() == SERVER ? Phase.REWRITE : Phase.PREACCESS, exchange -> {
            resolve(exchange, own.from, header, recursive);
            if (exchange.trail() != null && exchange.hasRemoteAddress()) {
                exchange.trail()
                        .step(
                                Trail.Kind.REAL_IP,
                                exchange.location().source().line("set_real_ip_from"),
                                true,
                                "the client is taken to be " + exchange.remoteHost() + ", as " + header + " says");
            }
            return Result.NEXT;
        });
    }

    private static void resolve(Exchange exchange, List<Network> trusted, HttpString header, boolean recursive) {
        if (header == PROXY_PROTOCOL) {
            ProxyProtocol told = exchange.client().proxyProtocol();
            if (told != null
                    && told.client() != null
                    && !exchange.hasRemoteAddress()
                    && ForwardedClient.isAmong(trusted, exchange.client().peer())) {
                exchange.remoteAddress(told.client());
            }
            return;
        }
        HeaderValues values = exchange.requestHeaders().get(header);
        if (values == null
                || exchange.hasRemoteAddress()
                || !ForwardedClient.isAmong(trusted, exchange.client().peer())) {
            return;
        }
        InetSocketAddress found = ForwardedClient.find(values, trusted, recursive);
        if (found != null) {
            exchange.remoteAddress(found);
        }
    }

    @Override
    public void prepare(Variables v) {
        v.define("realip_remote_addr", x -> Addresses.host(x.client().peer().getAddress()));
        v.define("realip_remote_port", x -> Integer.toString(x.client().peer().getPort()));
    }
}
