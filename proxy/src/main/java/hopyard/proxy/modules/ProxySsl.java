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
import hopyard.proxy.modules.ssl.TlsSettings;
import hopyard.proxy.server.Reading;
import java.util.List;

/**
 * The directives about TLS with upstreams, which each module that speaks it has under its own name:
 * {@code proxy_ssl_…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify">proxy_ssl_verify</a>
 */
record ProxySsl(String module, Settings<SslSettings> own, Settings<TlsSettings> common) {

    /** The settings that TLS with clients has not. */
    record SslSettings(
            boolean verifies,
            boolean serverName,
            boolean sessionReuse,
            Template name,
            Template certificate,
            Template certificateKey) {
        SslSettings(SettingsReader in, boolean isHttp) {
            this(
                    in.directive("*_ssl_verify")
                            .byDefault("off")
                            .means("Whether the upstream's certificate is looked at.")
                            .flag(),
                    in.directive("*_ssl_server_name")
                            .byDefault("off")
                            .means("Whether the upstream is told the name (SNI).")
                            .flag(),
                    in.directive("*_ssl_session_reuse")
                            .byDefault("on")
                            .means("Whether sessions with the upstream are taken up again.")
                            .flag(),
                    (isHttp
                                    ? in.directive("*_ssl_name").byDefault("$proxy_host")
                                    : in.directive("*_ssl_name").otherwise(in.named("the host of *_pass")))
                            .means("The name that the upstream's certificate has to be for.")
                            .read(new Template.Reader()),
                    in.directive("*_ssl_certificate")
                            .means("The certificate that the upstream is shown.")
                            .note("a PEM file, or `data:`")
                            .read(new Template.Reader()),
                    in.directive("*_ssl_certificate_key")
                            .means("Its key.")
                            .note("a PEM file, or `data:`; no `engine:`")
                            .read(new Template.Reader()));
        }
    }

    /** Returns the directives of a module. */
    static ProxySsl of(String module) {
        boolean isHttp = module.equals("proxy");
        return new ProxySsl(
                module,
                Settings.of(module, in -> new SslSettings(in, isHttp)),
                TlsSettings.withUpstreams(module + "_ssl"));
    }

    List<Settings<?>> settings() {
        return List.of(own, common);
    }

    /** Returns the application protocols that upstreams are told of (ALPN); none for what has no name there. */
    private List<String> protocols() {
        return module.equals("grpc") ? List.of("h2") : List.of();
    }

    /** Returns the name that the upstream's certificate must be for; {@code null} if nothing is said. */
    Template name(Scope scope) {
        return own.of(scope).name;
    }

    /** Returns how a location speaks TLS with upstreams. */
    TlsChoice choice(Scope scope, Directive pass) throws ConfException {
        SslSettings its = own.of(scope);
        boolean hasCertificate =
                its.certificate != null && !its.certificate.text().isEmpty();
        if (hasCertificate && its.certificateKey == null) {
            throw ConfException.anywhere("no \"" + module + "_ssl_certificate_key\" is defined for certificate \""
                    + Paths.under(Reading.of(scope).configurationDirectory(), its.certificate.text()) + "\"");
        }
        TlsSettings settings = common.of(scope);
        if (its.verifies && settings.lacksTrust()) {
            throw ConfException.anywhere("no " + module + "_ssl_trusted_certificate for " + module + "_ssl_verify");
        }
        return new ClientTerms(scope, settings, its.verifies, its.serverName, its.sessionReuse, protocols())
                .choice(hasCertificate ? its.certificate : null, its.certificateKey, pass);
    }
}
