package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Phase;
import hopyard.proxy.exchange.PhaseHandler.Result;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.io.ForwardedClient;
import hopyard.proxy.io.Network;
import hopyard.proxy.server.ProxyProtocol;
import hopyard.proxy.server.Reading;
import hopyard.trace.Addresses;
import io.undertow.util.HeaderValues;
import io.undertow.util.HttpString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the client's address from a trusted proxy in front, which sends it in a field or by the PROXY protocol.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_realip_module.html">ngx_http_realip_module</a>
 */
final class RealIpModule implements Module {

    private static final Settings<RealIpSettings> SETTINGS = Settings.of(RealIpSettings::new);

    /** Stands for the PROXY protocol, in the place of a field's name. */
    private static final HttpString PROXY_PROTOCOL = new HttpString("proxy_protocol");

    private record RealIpSettings(List<Network> from, HttpString header, boolean recursive) {
        RealIpSettings(SettingsReader in) {
            this(
                    in.directive("set_real_ip_from")
                            .means("Which peers are believed about it: the proxies in front.")
                            .read(new From(), List.of()),
                    in.directive("real_ip_header")
                            .byDefault("X-Real-IP")
                            .means("The request field that tells the client's address.")
                            .read(new Header()),
                    in.directive("real_ip_recursive")
                            .byDefault("off")
                            .means("Whether trusted addresses in the field are passed over, from its end.")
                            .flag());
        }
    }

    private static final class From implements ValueReader.Repeated<List<Network>> {
        @Override
        public List<Network> read(Scope scope, Directive d, List<Network> former) throws ConfException {
            List<Network> from = former == null ? new ArrayList<>() : former;
            String whom = d.arg(0);
            String mistake = "host not found in set_real_ip_from \"" + whom + "\"";
            if (whom.contains("/") || whom.equals("unix:") || Addresses.literal(whom) != null) {
                from.add(Network.orUnix(whom, d, mistake, Build.of(scope)::warn));
                return from;
            }
            try {
                for (InetAddress each : Reading.of(scope).surroundings().lookUp(whom)) {
                    from.add(new Network(each.getAddress(), each.getAddress().length * 8));
                }
            } catch (UnknownHostException e) {
                throw d.error(mistake);
            }
            return from;
        }
    }

    private static final class Header implements ValueReader<HttpString> {
        @Override
        public HttpString read(Scope scope, Directive d, HttpString former) {
            return d.arg(0).equals("proxy_protocol") ? PROXY_PROTOCOL : new HttpString(d.arg(0));
        }
    }

    @Override
    public Manual manual() {
        return new Manual("realip", "ngx_http_realip_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    /** Whether {@code set_real_ip_from} is in force in a scope. */
    static boolean isOn(Scope scope) {
        return !SETTINGS.of(scope).from.isEmpty();
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) {
        RealIpSettings own = SETTINGS.of(scope);
        if (own.from.isEmpty()) {
            return;
        }
        // at a server's own level before the rewriting, in a location before limits and access rules
        location.on(scope.context() == SERVER ? Phase.REWRITE : Phase.PREACCESS, exchange -> {
            resolve(exchange, own.from, own.header, own.recursive);
            if (exchange.trail() != null && exchange.hasRemoteAddress()) {
                exchange.trail()
                        .step(
                                Trail.Kind.REAL_IP,
                                exchange.location().source().line("set_real_ip_from"),
                                true,
                                "the client is taken to be " + exchange.remoteHost() + ", as " + own.header + " says");
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
        v.define("realip_remote_addr", x -> x.client().host());
        v.define("realip_remote_port", x -> Integer.toString(x.client().peer().getPort()));
    }
}
