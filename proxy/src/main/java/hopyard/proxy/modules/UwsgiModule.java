package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.TlsChoice;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes requests to apps that speak uwsgi, in the clear or with TLS.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_uwsgi_module.html">ngx_http_uwsgi_module</a>
 */
final class UwsgiModule extends CgiModule {

    private static final String PLAIN = "uwsgi://";
    private static final String WITH_TLS = "suwsgi://";
    private static final int MAX_MODIFIER = 255;

    private static final Settings<Packet> SETTINGS = Settings.of(Packet::new);
    private static final ProxySsl SSL = ProxySsl.of("uwsgi");

    private record Packet(int modifier1, int modifier2, String string) {
        Packet(SettingsReader in) {
            this(
                    in.directive("uwsgi_modifier1")
                            .byDefault("0")
                            .means("A number that tells the kind of a request.")
                            .between(0, MAX_MODIFIER)
                            .number(),
                    in.directive("uwsgi_modifier2")
                            .byDefault("0")
                            .means("Another one.")
                            .between(0, MAX_MODIFIER)
                            .number(),
                    in.directive("uwsgi_string")
                            .means("What follows the parameters, such as code that the app runs.")
                            .text());
        }
    }

    UwsgiModule() {
        super("uwsgi", "uwsgi");
    }

    @Override
    public List<Settings<?>> settings() {
        List<Settings<?>> all = new ArrayList<>(super.settings());
        all.add(SETTINGS);
        all.addAll(SSL.settings());
        return all;
    }

    @Override
    CgiEncoding encoding(Scope scope) {
        Packet its = SETTINGS.of(scope);
        return new UwsgiEncoding(its.modifier1, its.modifier2, its.string == null ? "" : its.string);
    }

    @Override
    boolean hidesStatus() {
        return false;
    }

    @Override
    Address address(String text) {
        return beginsWith(text, WITH_TLS)
                ? new Address(text.substring(WITH_TLS.length()), true)
                : new Address(beginsWith(text, PLAIN) ? text.substring(PLAIN.length()) : text, false);
    }

    @Override
    TlsChoice tls(Scope scope, Directive line) throws ConfException {
        return SSL.choice(scope, line);
    }

    @Override
    Template tlsName(Scope scope) {
        return SSL.name(scope);
    }
}
