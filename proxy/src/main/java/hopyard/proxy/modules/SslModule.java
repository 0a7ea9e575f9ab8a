package hopyard.proxy.modules;

import static hopyard.proxy.conf.Context.HTTP;
import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.Command;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Loader;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.conf.SettingsReader;
import hopyard.proxy.conf.Surroundings;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.conf.ValueReader;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Tls;
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
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * TLS with clients: certificates and protocol versions. Java chooses the cipher suites and keeps the sessions.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_ssl_module.html">ngx_http_ssl_module</a>
 */
final class SslModule implements Module {

    static {
        // A client that asks for one handshake after another would keep the server busy, so renegotiation is refused,
        // as in nginx. Java reads this property before its first handshake.
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    private static final Settings<SslSettings> SETTINGS = Settings.of(SslSettings::new);

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

    /** The certificates and their keys, in the order of the file, and the protocol versions. */
    private record SslSettings(List<Directive> certificates, List<Directive> keyFiles, List<String> protocols) {
        SslSettings(SettingsReader in) {
            this(
                    in.directive("ssl_certificate")
                            .means("The certificate that clients are shown, with those that vouch for it.")
                            .note("PEM files, more than one; no variables, no `engine:`")
                            .in(HTTP, SERVER)
                            .read(new Lines(), List.of()),
                    in.directive("ssl_certificate_key")
                            .means("Its key.")
                            .note("PEM files without a pass phrase")
                            .in(HTTP, SERVER)
                            .read(new Lines(), List.of()),
                    in.directive("ssl_protocols")
                            .otherwise("TLSv1.2 TLSv1.3")
                            .means("The versions of TLS that are spoken to clients.")
                            .note("what Java still speaks of them")
                            .in(HTTP, SERVER)
                            .args(1, Command.ANY)
                            .read(new TlsProtocols(), List.of()));
        }
    }

    private static final class Lines implements ValueReader.Repeated<List<Directive>> {
        @Override
        public List<Directive> read(Scope scope, Directive d, List<Directive> former) {
            List<Directive> lines = former == null ? new ArrayList<>() : former;
            lines.add(d);
            return lines;
        }
    }

    @Override
    public Manual manual() {
        return new Manual("ssl", "ngx_http_ssl_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(SETTINGS);
    }

    @Override
    public List<Command> commands() {
        return List.of(Command.simple("ssl_verify_client", 1, SslModule::verifyClient, HTTP, SERVER)
                .means("Whether clients have to show a certificate.")
                .byDefault("off")
                .note("`off`"));
    }

    private static void verifyClient(Loader loader, Scope scope, Directive d) throws ConfException {
        if (!d.arg(0).equals("off")) {
            throw d.error("certificates of clients are not supported by hopyard: \"" + d.arg(0) + "\"");
        }
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        SslSettings own = SETTINGS.of(scope);
        if (scope.context() != SERVER || own.certificates.isEmpty()) {
            return;
        }
        Directive first = own.certificates.get(0);
        if (own.keyFiles.size() < own.certificates.size()) {
            throw ConfException.anywhere(
                    "no \"ssl_certificate_key\" is defined for certificate \"" + path(scope, first) + "\"");
        }
        List<Object> material = new ArrayList<>();
        location.location().tls(new Tls(keys(scope, own, material), own.protocols, material));
    }

    private static Path path(Scope scope, Directive d) throws ConfException {
        return Paths.under(Build.of(scope).configurationDirectory(), d, 0);
    }

    private static X509ExtendedKeyManager keys(Scope scope, SslSettings settings, List<Object> material)
            throws ConfException {
        try {
            Surroundings around = Build.of(scope).surroundings();
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (int i = 0; i < settings.certificates.size(); i++) {
                List<X509Certificate> chain = certificates(around, path(scope, settings.certificates.get(i)));
                PrivateKey key = key(around, path(scope, settings.keyFiles.get(i)));
                checkPair(path(scope, settings.keyFiles.get(i)), chain.get(0), key);
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
        // Java does not tell these, or they need certificates of clients
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
