package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.http.Build;
import hopyard.proxy.http.Inherited;
import hopyard.proxy.http.Location;
import hopyard.proxy.http.Module;
import hopyard.proxy.http.ServerSettings;
import hopyard.proxy.http.Tls;
import hopyard.proxy.http.Variables;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * TLS with clients: certificates and protocol versions. Java chooses the ciphers and keeps the sessions.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_ssl_module.html">ngx_http_ssl_module</a>
 */
final class SslModule implements Module {

    static {
        // a client that has shaken hands once and asks for it again and again would have the server do nothing else;
        // nginx
        // refuses it, too. Java looks at this before its first handshake.
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    private static final Scope.Key<Settings> KEY = new Scope.Key<>(Settings::new);

    private static final Set<String> PROTOCOLS = Set.of("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

    private static final List<String> NOT_TOLD = List.of(
            "ssl_ciphers",
            "ssl_curve",
            "ssl_curves",
            "ssl_alpn_protocol",
            "ssl_early_data",
            "ssl_session_reused",
            "ssl_client_cert",
            "ssl_client_raw_cert",
            "ssl_client_escaped_cert",
            "ssl_client_fingerprint",
            "ssl_client_serial",
            "ssl_client_i_dn",
            "ssl_client_s_dn",
            "ssl_client_i_dn_legacy",
            "ssl_client_s_dn_legacy",
            "ssl_client_v_start",
            "ssl_client_v_end",
            "ssl_client_v_remain");

    private static final class Settings {
        private List<Directive> certificates;
        private List<Directive> keys;
        private List<String> protocols;
    }

    @Override
    public List<Command> commands() {
        return List.of(
                Command.simple("ssl_certificate", 1, SslModule::certificate, HTTP, SERVER),
                Command.simple("ssl_certificate_key", 1, SslModule::key, HTTP, SERVER),
                Command.simple(
                        "ssl_protocols",
                        1,
                        Command.ANY,
                        Slots.once(KEY, s -> s.protocols, (s, v) -> s.protocols = v, SslModule::protocols),
                        HTTP,
                        SERVER),
                Command.simple("ssl_verify_client", 1, SslModule::verifyClient, HTTP, SERVER));
    }

    private static void certificate(Loader loader, Scope scope, Directive d) {
        Settings settings = scope.get(KEY);
        settings.certificates = settings.certificates == null ? new ArrayList<>() : settings.certificates;
        settings.certificates.add(d);
    }

    private static void key(Loader loader, Scope scope, Directive d) {
        Settings settings = scope.get(KEY);
        settings.keys = settings.keys == null ? new ArrayList<>() : settings.keys;
        settings.keys.add(d);
    }

    private static List<String> protocols(Directive d) throws ConfException {
        for (String name : d.args()) {
            if (!PROTOCOLS.contains(name)) {
                throw d.error("invalid value \"" + name + "\"");
            }
        }
        // what Java no longer speaks is left out rather than refused: old files name it
        return d.args().stream().filter(name -> !name.equals("SSLv2")).toList();
    }

    private static void verifyClient(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(0).equals("off")) {
            throw d.error("certificates of clients are not supported by hopyard: \"" + d.arg(0) + "\"");
        }
    }

    @Override
    public void inherit(Scope parent, Scope child) {
        Settings own = child.get(KEY);
        Settings outer = parent.get(KEY);
        own.certificates = Inherited.or(own.certificates, outer.certificates);
        own.keys = Inherited.or(own.keys, outer.keys);
        own.protocols = Inherited.or(own.protocols, outer.protocols);
    }

    @Override
    public void compile(Scope scope, Location location) throws ConfException {
        Settings own = scope.get(KEY);
        if (scope.context() != SERVER || own.certificates == null) {
            return;
        }
        Directive first = own.certificates.get(0);
        if (own.keys == null || own.keys.size() < own.certificates.size()) {
            throw ConfException.anywhere(
                    "no \"ssl_certificate_key\" is defined for certificate \"" + path(scope, first) + "\"");
        }
        List<String> protocols = Inherited.orDefault(own.protocols, List.of());
        List<Object> material = new ArrayList<>();
        scope.get(ServerSettings.KEY).tls = new Tls(keys(scope, own, material), protocols, material);
    }

    private static Path path(Scope scope, Directive d) throws ConfException {
        return Paths.under(Build.of(scope).configurationDirectory(), d, 0);
    }

    private static X509ExtendedKeyManager keys(Scope scope, Settings settings, List<Object> material)
            throws ConfException {
        try {
            Surroundings around = Build.of(scope).surroundings();
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (int i = 0; i < settings.certificates.size(); i++) {
                List<X509Certificate> chain = certificates(around, path(scope, settings.certificates.get(i)));
                PrivateKey key = key(around, path(scope, settings.keys.get(i)));
                checkPair(path(scope, settings.keys.get(i)), chain.get(0), key);
                store.setKeyEntry("key" + i, key, new char[0], chain.toArray(X509Certificate[]::new));
                material.add(chain);
                material.add(key);
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            return (X509ExtendedKeyManager) keys.getKeyManagers()[0];
        } catch (GeneralSecurityException | IOException e) {
            throw settings.certificates.get(0).error("TLS cannot be set up: " + e.getMessage());
        }
    }

    private static List<X509Certificate> certificates(Surroundings around, Path file) throws ConfException {
        try {
            return Pem.certificates(around, file);
        } catch (IOException e) {
            throw ConfException.anywhere("cannot load certificate \"" + file + "\": " + SystemErrors.text(e));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere("cannot load certificate \"" + file + "\": " + e.getMessage());
        }
    }

    private static PrivateKey key(Surroundings around, Path file) throws ConfException {
        try {
            return Pem.key(around, file);
        } catch (IOException e) {
            throw ConfException.anywhere("cannot load certificate key \"" + file + "\": " + SystemErrors.text(e));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw ConfException.anywhere("cannot load certificate key \"" + file + "\": " + e.getMessage());
        }
    }

    private static void checkPair(Path keyFile, X509Certificate certificate, PrivateKey key)
            throws ConfException, GeneralSecurityException {
        try {
            Pem.checkPair(certificate, key);
        } catch (KeyException e) {
            throw ConfException.anywhere("SSL_CTX_use_PrivateKey(\"" + keyFile + "\") failed (" + e.getMessage() + ")");
        }
    }

    @Override
    public void prepare(Variables v) {
        define(v, "ssl_protocol", SSLSession::getProtocol);
        define(v, "ssl_cipher", SSLSession::getCipherSuite);
        define(v, "ssl_server_name", SslModule::requestedName);
        define(v, "ssl_session_id", session -> HexFormat.of().formatHex(session.getId()));
        define(v, "ssl_client_verify", session -> "NONE");
        // what Java does not tell, or there is not without certificates of clients
        for (String name : NOT_TOLD) {
            define(v, name, session -> null);
        }
    }

    private static String requestedName(SSLSession session) {
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }

    private static void define(Variables v, String name, Function<SSLSession, String> value) {
        v.define(name, exchange -> {
            SSLSession session = exchange.client().tlsSession();
            return session == null ? null : value.apply(session);
        });
    }
}
