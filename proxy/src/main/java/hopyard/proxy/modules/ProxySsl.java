package hopyard.proxy.modules;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Readers;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.upstream.UpstreamTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The directives of {@link ProxyModule} about TLS with upstreams: {@code proxy_ssl_…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify">proxy_ssl_verify</a>
 */
final class ProxySsl {

    static final Settings<SslSettings> SETTINGS = Settings.of(SslSettings::new);

    /** The settings of TLS with upstreams. */
    private record SslSettings(
            boolean verifies,
            boolean tellsName,
            Template name,
            List<String> protocols,
            Directive trusted,
            Directive certificate,
            Directive key) {
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
                    in.directive("proxy_ssl_name")
                            .byDefault("$proxy_host")
                            .means("The name that the upstream's certificate has to be for.")
                            .read(new Template.Reader()),
                    in.directive("proxy_ssl_protocols")
                            .otherwise("TLSv1.2 TLSv1.3")
                            .means("The versions of TLS that are spoken to the upstream.")
                            .args(1, Command.ANY)
                            .read(new TlsProtocols(), List.of()),
                    in.directive("proxy_ssl_trusted_certificate")
                            .means("The certificates of those who may vouch for the upstream.")
                            .read(new Readers.Line()),
                    in.directive("proxy_ssl_certificate")
                            .means("The certificate that the upstream is shown.")
                            .note("PEM file, no variables")
                            .read(new Readers.Line()),
                    in.directive("proxy_ssl_certificate_key")
                            .means("Its key.")
                            .note("PEM file without a pass phrase")
                            .read(new Readers.Line()));
        }
    }

    private ProxySsl() {}

    /** Returns {@code proxy_ssl_name}: the name that the upstream's certificate must be for. */
    static Template name(Scope scope) {
        return SETTINGS.of(scope).name;
    }

    /** Returns how a location speaks TLS with upstreams. */
    static UpstreamTls of(Scope scope) throws ConfException {
        SslSettings own = SETTINGS.of(scope);
        if (own.verifies && own.trusted == null) {
            throw ConfException.anywhere("no proxy_ssl_trusted_certificate for proxy_ssl_verify");
        }
        if (own.certificate != null && own.key == null) {
            throw ConfException.anywhere(
                    "no \"proxy_ssl_certificate_key\" is defined for certificate \"" + own.certificate.arg(0) + "\"");
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    own.certificate == null ? null : keys(scope, own),
                    own.verifies ? trusted(scope, own.trusted) : new TrustManager[] {new Anybody()},
                    null);
            return new UpstreamTls(context, own.protocols, own.tellsName, own.verifies);
        } catch (IOException e) {
            throw ConfException.anywhere("a certificate for upstreams cannot be loaded: " + SystemErrors.text(e));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere("TLS with upstreams cannot be set up: " + e.getMessage());
        }
    }

    private static Path path(Scope scope, Directive d) throws ConfException {
        return Paths.under(Build.of(scope).configurationDirectory(), d, 0);
    }

    private static KeyManager[] keys(Scope scope, SslSettings own)
            throws GeneralSecurityException, IOException, ConfException {
        Surroundings around = Build.of(scope).surroundings();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        List<X509Certificate> chain = Pem.certificates(around, path(scope, own.certificate));
        PrivateKey key = Pem.key(around, path(scope, own.key));
        Pem.checkPair(chain.get(0), key);
        store.setKeyEntry("key", key, new char[0], chain.toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        return keys.getKeyManagers();
    }

    private static TrustManager[] trusted(Scope scope, Directive file)
            throws GeneralSecurityException, IOException, ConfException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (X509Certificate certificate : Pem.certificates(Build.of(scope).surroundings(), path(scope, file))) {
            store.setCertificateEntry("ca" + number++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** Accepts every certificate: {@code proxy_ssl_verify off}, which is nginx's default. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException("this is the client's side");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // every certificate is accepted
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
