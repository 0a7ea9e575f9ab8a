package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.server.Reading;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.upstream.Resolver;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Finds out what is to be stapled to a server's certificate, with nginx's warnings where nothing can be. */
final class StaplingSource {

    private final StaplingSettings settings;
    private final Build build;
    private final String file;

    private StaplingSource(StaplingSettings settings, Build build, String file) {
        this.settings = settings;
        this.build = build;
        this.file = file;
    }

    /**
     * Returns what is stapled; {@code null} for nothing.
     *
     * @param pair the certificate
     * @param file its name in the configuration
     * @param trusted who else may have issued it
     * @param resolver gives what finds the responder, or {@code null}
     */
    static Stapling of(
            Scope scope,
            Keys.Pair pair,
            String file,
            CertificateFiles files,
            List<X509Certificate> trusted,
            Supplier<Resolver> resolver)
            throws ConfException {
        StaplingSettings settings = StaplingSettings.SETTINGS.of(scope);
        if (!settings.isOn()) {
            return null;
        }
        StaplingSource source = new StaplingSource(settings, Build.of(scope), file);
        Stapling stapling = settings.file() != null && !settings.file().arg(0).isEmpty()
                ? Stapling.always(files.staple(settings.file()))
                : source.ask(scope, pair, trusted, resolver.get());
        return stapling != null && pair.chain().size() < 2
                ? source.ignored("Java sends a response only if the issuer follows in \"" + file + "\"")
                : stapling;
    }

    private Stapling ask(Scope scope, Keys.Pair pair, List<X509Certificate> trusted, Resolver resolver) {
        X509Certificate certificate = pair.chain().get(0);
        List<X509Certificate> among =
                new ArrayList<>(pair.chain().subList(1, pair.chain().size()));
        among.addAll(trusted);
        X509Certificate issuer = among.stream()
                .filter(each -> hasIssued(each, certificate))
                .findFirst()
                .orElse(null);
        if (issuer == null) {
            return ignored("issuer certificate not found for certificate \"" + file + "\"");
        }
        String named =
                settings.responder() == null || settings.responder().arg(0).isEmpty()
                        ? OcspUrl.textIn(certificate)
                        : settings.responder().arg(0);
        if (named == null) {
            return ignored("no OCSP responder URL in the certificate \"" + file + "\"");
        }
        String where = " in OCSP responder \"" + named + "\" in the certificate \"" + file + "\"";
        URI url = OcspUrl.parse(named);
        if (url == null) {
            return ignored("invalid URL prefix" + where);
        }
        InetAddress address = null;
        try {
            if (resolver == null) {
                String host = url.getHost().replaceAll("[\\[\\]]", "");
                address = Reading.of(scope).surroundings().lookUp(host).get(0);
            }
        } catch (UnknownHostException e) {
            return ignored("host not found" + where);
        }
        return Stapling.by(
                new Stapling.Responder(url, address, resolver, certificate, issuer, file, settings.verifies()));
    }

    private Stapling ignored(String why) {
        build.warn("\"ssl_stapling\" ignored, " + why);
        return null;
    }

    private static boolean hasIssued(X509Certificate issuer, X509Certificate certificate) {
        if (!issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
