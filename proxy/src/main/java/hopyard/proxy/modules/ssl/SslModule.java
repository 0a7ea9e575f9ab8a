package hopyard.proxy.modules.ssl;

import static hopyard.proxy.conf.Context.SERVER;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.conf.Settings;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Module;
import hopyard.proxy.exchange.Variables;
import hopyard.proxy.server.Tls;
import hopyard.proxy.upstream.Resolver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * TLS with clients: certificates of both sides, versions, ciphers and sessions.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_ssl_module.html">ngx_http_ssl_module</a>
 */
public final class SslModule implements Module {

    static {
        // Java reads these properties before its first handshake. A client that asks for one handshake after another
        // would keep the server busy, so renegotiation is refused, as in nginx.
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        // The name that a client asks for is read and used here. Java would refuse one with an underscore.
        System.setProperty("jdk.tls.server.disableExtensions", "server_name");
    }

    private final Function<Scope, Resolver> resolvers;

    /** @param resolvers returns the resolver that is in force in a scope; {@code null} if there is none */
    public SslModule(Function<Scope, Resolver> resolvers) {
        this.resolvers = resolvers;
    }

    @Override
    public Manual manual() {
        return new Manual("ssl", "ngx_http_ssl_module");
    }

    @Override
    public List<Settings<?>> settings() {
        return List.of(
                SslSettings.SETTINGS,
                TlsSettings.WITH_CLIENTS,
                SessionSettings.SETTINGS,
                StaplingSettings.SETTINGS,
                AuthoritySettings.SETTINGS,
                EngineSettings.SETTINGS);
    }

    @Override
    public void compile(Scope scope, LocationHandlers location) throws ConfException {
        if (scope.context() == SERVER) {
            location.location().tls(tls(scope, SslSettings.SETTINGS.of(scope), location));
        }
    }

    /** Returns how a server speaks TLS; {@code null} if it does not. */
    private Tls tls(Scope scope, SslSettings own, LocationHandlers level) throws ConfException {
        checkCertificates(scope, own);
        if (own.certificates().isEmpty() && !own.isLocal()) {
            if (own.verify() != VerifyClient.OFF) {
                level.beforeRequest(new ClientCheck(own.verify(), null, null));
            }
            return own.reject() ? new Tls(false, own.isOn(), true, List.of(true)) : null;
        }
        ServerTerms terms = ServerTerms.of(scope, own, () -> resolvers.apply(scope));
        level.tlsTerms(terms);
        if (own.verify() != VerifyClient.OFF) {
            level.beforeRequest(new ClientCheck(own.verify(), ocsp(scope, own), terms.trust()));
        }
        List<Object> material = new ArrayList<>(terms.material());
        material.add(own.reject());
        return new Tls(true, own.isOn(), own.reject(), List.copyOf(material));
    }

    private Ocsp ocsp(Scope scope, SslSettings own) throws ConfException {
        if (own.ocsp() == OcspSettings.For.OFF) {
            return null;
        }
        if (own.verify() == VerifyClient.OPTIONAL_NO_CA) {
            throw ConfException.anywhere("\"ssl_ocsp\" is incompatible with \"ssl_verify_client optional_no_ca\"");
        }
        return new Ocsp(
                own.ocsp() == OcspSettings.For.LEAF,
                OcspSettings.responder(own.ocspResponder()),
                resolvers.apply(scope),
                own.ocspCache() == OcspSettings.NO_CACHE ? null : own.ocspCache());
    }

    private static void checkCertificates(Scope scope, SslSettings own) throws ConfException {
        String where = own.isOn() ? "the \"ssl\" directive in " + own.ssl().place() : "";
        int missing = own.certificateKeys().size();
        if (own.isOn() && own.certificates().isEmpty() && !own.isLocal() && !own.reject()) {
            throw ConfException.anywhere("no \"ssl_certificate\" is defined for " + where);
        }
        if (missing >= own.certificates().size()) {
            return;
        }
        if (own.isOn() && own.certificateKeys().isEmpty()) {
            throw ConfException.anywhere("no \"ssl_certificate_key\" is defined for " + where);
        }
        Directive last = own.certificates().get(own.certificates().size() - 1);
        throw ConfException.anywhere("no \"ssl_certificate_key\" is defined for certificate \""
                + ServerTerms.path(scope, last) + "\"" + (own.isOn() ? " and " + where : ""));
    }

    @Override
    public void prepare(Variables v) {
        SslVariables.define(v);
    }
}
