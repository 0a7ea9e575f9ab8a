package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.LOCATION;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Template;
import hopyard.proxy.upstream.UpstreamTls;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * TLS with upstreams, for {@link ProxyModule}: {@code proxy_ssl_…}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_verify">proxy_ssl_verify</a>
 */
final class ProxySsl {

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final Set<String> PROTOCOLS = Set.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    private static final class Settings {
        private Boolean verify;
        private Boolean serverName;
        private Template name;
        private List<String> protocols;
        private Directive trusted;
        private Directive certificate;
        private Directive key;
    }

    private ProxySsl() {}

    static List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        add(commands, "proxy_ssl_verify", 1, Slots.flag(KEY, s -> s.verify, (s, v) -> s.verify = v));
        add(commands, "proxy_ssl_server_name", 1, Slots.flag(KEY, s -> s.serverName, (s, v) -> s.serverName = v));
        add(commands, "proxy_ssl_name", 1, Slots.template(KEY, s -> s.name, (s, v) -> s.name = v));
        add(
                commands,
                "proxy_ssl_protocols",
                Command.ANY,
                Slots.once(KEY, s -> s.protocols, (s, v) -> s.protocols = v, ProxySsl::protocols));
        add(
                commands,
                "proxy_ssl_trusted_certificate",
                1,
                Slots.once(KEY, s -> s.trusted, (s, v) -> s.trusted = v, d -> d));
        add(
                commands,
                "proxy_ssl_certificate",
                1,
                Slots.once(KEY, s -> s.certificate, (s, v) -> s.certificate = v, d -> d));
        add(commands, "proxy_ssl_certificate_key", 1, Slots.once(KEY, s -> s.key, (s, v) -> s.key = v, d -> d));
        return commands;
    }

    private static void add(List<Command> commands, String name, int max, Command.Setter setter) {
        commands.add(Command.simple(name, 1, max, setter, HTTP, SERVER, LOCATION));
    }

    private static List<String> protocols(Directive d) throws ConfException {
        for (String name : d.args()) {
            if (!PROTOCOLS.contains(name)) {
                throw d.error("invalid value \"" + name + "\"");
            }
        }
        return d.args().stream().filter(name -> !name.equals("SSLv2")).toList();
    }

    static void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.verify = Inherited.or(own.verify, outer.verify);
        own.serverName = Inherited.or(own.serverName, outer.serverName);
        own.name = Inherited.or(own.name, outer.name);
        own.protocols = Inherited.or(own.protocols, outer.protocols);
        own.trusted = Inherited.or(own.trusted, outer.trusted);
        own.certificate = Inherited.or(own.certificate, outer.certificate);
        own.key = Inherited.or(own.key, outer.key);
    }

    /** The name that the upstream's certificate is for. */
    static Template name(Scope scope, Directive pass) throws ConfException {
        Template name = scope.get(KEY).name;
        return name != null ? name : Build.of(scope).template("$proxy_host", pass);
    }

    /** How TLS is spoken from a location. */
    static UpstreamTls of(Scope scope) throws ConfException {
        Settings own = scope.get(KEY);
        boolean verifies = Inherited.orDefault(own.verify, false);
        if (verifies && own.trusted == null) {
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
                    verifies ? trusted(scope, own.trusted) : new TrustManager[] {new Anybody()},
                    null);
            return new UpstreamTls(
                    context,
                    Inherited.orDefault(own.protocols, List.of()),
                    Inherited.orDefault(own.serverName, false),
                    verifies);
        } catch (IOException e) {
            throw ConfException.anywhere("a certificate for upstreams cannot be loaded: " + SystemErrors.text(e));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere("TLS with upstreams cannot be set up: " + e.getMessage());
        }
    }

    private static Path path(Scope scope, Directive d) throws ConfException {
        return Paths.under(Build.of(scope).configurationDirectory(), d, 0);
    }

    private static KeyManager[] keys(Scope scope, Settings own)
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

    /** {@code proxy_ssl_verify off}, which is nginx's default: whoever answers is believed. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new UnsupportedOperationException("this is the client's side");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // not asked for
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
