package hopyard.proxy.modules;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.TlsChoice;
import hopyard.proxy.modules.ssl.ClientTerms;
import hopyard.proxy.server.Reading;

/**
 * The directives of {@link ProxyModule} about TLS with upstreams that are not those of TLS in general:
 * {@code proxy_ssl_…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify">proxy_ssl_verify</a>
 */
final class ProxySsl {

    static final Settings<SslSettings> SETTINGS = Settings.of(SslSettings::new);

    /** The settings of TLS with upstreams. */
    private record SslSettings(
            boolean verifies,
            boolean serverName,
            boolean sessionReuse,
            Template name,
            Template certificate,
            Template certificateKey) {
        SslSettings(SettingsReader in) {
            this(
                    in.directive("proxy_ssl_verify")
                            .byDefault("off")
                            .means("Whether the upstream's certificate is looked at.")
                            .flag(),
                    in.directive("proxy_ssl_server_name")
                            .byDefault("off")
                            .means("Whether the upstream is told the name (SNI).")
                            .flag(),
                    in.directive("proxy_ssl_session_reuse")
                            .byDefault("on")
                            .means("Whether sessions with the upstream are taken up again.")
                            .flag(),
                    in.directive("proxy_ssl_name")
                            .byDefault("$proxy_host")
                            .means("The name that the upstream's certificate has to be for.")
                            .read(new Template.Reader()),
                    in.directive("proxy_ssl_certificate")
                            .means("The certificate that the upstream is shown.")
                            .note("a PEM file, or `data:`")
                            .read(new Template.Reader()),
                    in.directive("proxy_ssl_certificate_key")
                            .means("Its key.")
                            .note("a PEM file, or `data:`; no `engine:`")
                            .read(new Template.Reader()));
        }
    }

    private ProxySsl() {}

    /** Returns {@code proxy_ssl_name}: the name that the upstream's certificate must be for. */
    static Template name(Scope scope) {
        return SETTINGS.of(scope).name;
    }

    /** Returns how a location speaks TLS with upstreams. */
    static TlsChoice of(Scope scope, Directive pass) throws ConfException {
        SslSettings own = SETTINGS.of(scope);
        boolean hasCertificate =
                own.certificate != null && !own.certificate.text().isEmpty();
        if (hasCertificate && own.certificateKey == null) {
            throw ConfException.anywhere("no \"proxy_ssl_certificate_key\" is defined for certificate \""
                    + Paths.under(Reading.of(scope).configurationDirectory(), own.certificate.text()) + "\"");
        }
        return new ClientTerms(scope, own.verifies, own.serverName, own.sessionReuse)
                .choice(hasCertificate ? own.certificate : null, own.certificateKey, pass);
    }
}
