package hopyard.proxy.modules.ssl;

import hopyard.proxy.authority.LocalCertificate;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Machine;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.modules.ssl.TermsMaker.ByHttp2;
import hopyard.proxy.server.ClientConnection;
import hopyard.proxy.server.Reading;
import hopyard.proxy.server.ServerSettings;
import hopyard.proxy.server.Slots;
import hopyard.proxy.tls.CipherSuites;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.NamedGroups;
import hopyard.proxy.tls.Staple;
import hopyard.proxy.tls.TlsContext;
import hopyard.proxy.tls.TlsRejected;
import hopyard.proxy.tls.TlsTerms;
import hopyard.proxy.tls.Trust;
import hopyard.proxy.upstream.Resolver;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/** On which terms a server speaks TLS: always the same ones, unless the names of its certificates have variables. */
final class ServerTerms implements LocationHandlers.Terms {

    /** A certificate and its key, whose names have variables. */
    private record Named(Template certificate, Template key) {}

    /** The terms with one certificate of those that are made here one after the other. */
    private record OfLocal(Keys.Pair pair, ByHttp2 terms) {}

    /** The terms, with what of them may change: a reload brings sessions, a responder something to staple. */
    private record Current(Map<Object, TlsContext> contexts, Staple staple, ByHttp2 terms) {}

    private final CertificateFiles files;
    private final TermsDraft draft;
    private final List<Named> named;
    private final List<X509Certificate> issuers;
    private final Trust trust;
    private final TermsMaker maker;
    /** What is sent with the certificate; {@code null} for nothing. */
    private final Stapling stapling;

    /** The certificate that is made here; {@code null} if it is not. */
    private final LocalCertificate local;

    private volatile Current current;
    private volatile OfLocal ofLocal;

    private ServerTerms(Scope scope, SslSettings own, TermsDraft draft, List<Named> named, Supplier<Resolver> resolver)
            throws ConfException {
        this.draft = draft;
        this.named = named;
        TlsSettings shared = TlsSettings.WITH_CLIENTS.of(scope);
        files = new CertificateFiles(new Machine(), Reading.of(scope).configurationDirectory(), shared.passwords());
        CertificateFiles now = files(scope);
        issuers = own.verify() == VerifyClient.OFF ? List.of() : now.trusted(own.clientCertificate());
        List<X509Certificate> trusted = new ArrayList<>(issuers);
        trusted.addAll(now.trusted(shared.trusted()));
        Trust judge = new Trust(trusted, now.revoked(shared.crl()), shared.depth(), Trust.Purpose.CLIENT);
        trust = own.verify() == VerifyClient.OFF ? null : judge;
        warn(Build.of(scope), own, now);
        maker = new TermsMaker(scope, own, draft, issuers, trust, now);
        local = own.isLocal() ? local(scope, own.hopCertificate()) : null;
        boolean isConstant = named.isEmpty() && local == null;
        stapling = isConstant && !own.certificates().isEmpty()
                ? StaplingSource.of(
                        scope,
                        draft.pairs.get(0),
                        name(scope, own.certificates().get(0)),
                        now,
                        trusted,
                        resolver)
                : null;
        try {
            current = isConstant ? current(maker.contexts(), stapling == null ? null : stapling.first()) : null;
        } catch (GeneralSecurityException e) {
            throw ConfException.anywhere("TLS cannot be set up: " + e.getMessage());
        }
        maker.tell(scope, stapling == null ? null : stapling.first());
    }

    /** Warns of what nginx does with OpenSSL, and cannot be done here. */
    private static void warn(Build build, SslSettings own, CertificateFiles files) throws ConfException {
        if (own.earlyData()) {
            build.warn("\"ssl_early_data\" is not supported on this platform, ignored");
        }
        if (own.dhparam() != null && !own.dhparam().arg(0).isEmpty()) {
            files.checkParameters(own.dhparam());
            build.warn("\"ssl_dhparam\" ignored, DHE ciphers are not spoken, see "
                    + own.dhparam().place());
        }
    }

    /** Returns the certificate that is made here, which all servers share. */
    private static LocalCertificate local(Scope scope, Directive line) {
        Slots slots = Build.of(scope).slots();
        if (slots.get(LocalCertificate.KEY) == null) {
            Path directory = AuthoritySettings.SETTINGS.of(scope).orOwn();
            slots.put(LocalCertificate.KEY, new LocalCertificate(directory, line, InstantSource.system()));
        }
        LocalCertificate its = slots.get(LocalCertificate.KEY);
        ServerSettings.of(scope).names().forEach(name -> its.add(name.text()));
        return its;
    }

    /** Returns what judges certificates of clients. */
    Trust trust() {
        return trust;
    }

    /** Returns the terms of a server that has a certificate. */
    static ServerTerms of(Scope scope, SslSettings own, Supplier<Resolver> resolver) throws ConfException {
        if (own.verify() != VerifyClient.OFF
                && own.verify() != VerifyClient.OPTIONAL_NO_CA
                && (own.clientCertificate() == null
                        || own.clientCertificate().arg(0).isEmpty())
                && TlsSettings.WITH_CLIENTS.of(scope).trusted() == null) {
            throw ConfException.anywhere("no ssl_client_certificate for ssl_verify_client");
        }
        TlsSettings shared = TlsSettings.WITH_CLIENTS.of(scope);
        TermsDraft draft = new TermsDraft(shared, true);
        draft.prefersOwn = own.prefer();
        draft.usesTickets = SessionSettings.SETTINGS.of(scope).tickets();
        if (!own.curve().equals("auto")) {
            draft.groups = NamedGroups.parse(own.curve());
            if (draft.groups == null) {
                String why = TermsDraft.noGroup(own.curve()).strip();
                throw ConfException.anywhere("SSL_CTX_set1_curves_list(\"" + own.curve() + "\") failed"
                        + (why.isEmpty() ? "" : " (SSL: " + why + ")"));
            }
        }
        CertificateFiles files = files(scope);
        List<Named> named = new ArrayList<>();
        Build build = Build.of(scope);
        for (int i = 0; i < own.certificates().size(); i++) {
            Directive certificate = own.certificates().get(i);
            Directive key = own.certificateKeys().get(i);
            Named its = new Named(build.template(certificate.arg(0), certificate), build.template(key.arg(0), key));
            if (its.certificate.isConstant() && its.key.isConstant()) {
                draft.pairs.add(files.pair(name(scope, certificate), name(scope, key)));
            } else {
                named.add(its);
            }
        }
        for (Directive each : shared.commands()) {
            draft.obey(each, files, build);
        }
        return new ServerTerms(scope, own, draft, named, resolver);
    }

    private static CertificateFiles files(Scope scope) {
        Build build = Build.of(scope);
        return new CertificateFiles(
                Reading.of(scope).surroundings(),
                Reading.of(scope).configurationDirectory(),
                TlsSettings.WITH_CLIENTS.of(scope).passwords());
    }

    static Path path(Scope scope, Directive d) throws ConfException {
        return Paths.under(Reading.of(scope).configurationDirectory(), d, 0);
    }

    /** Returns a directive's text as it is shown: a file with its directory. */
    private static String name(Scope scope, Directive d) throws ConfException {
        String text = d.arg(0);
        return text.startsWith("data:") || text.startsWith("engine:")
                ? text
                : path(scope, d).toString();
    }

    /** Returns what stands for the terms: equal if they are the same. */
    List<Object> material() {
        return List.of(
                draft.pairs,
                named.stream()
                        .map(each -> each.certificate.text() + " " + each.key.text())
                        .toList(),
                local != null,
                issuers,
                draft.protocols,
                draft.suitesAsSaid(),
                String.valueOf(draft.groups),
                draft.prioritizesChaCha,
                stapling == null || stapling.first() == null ? "" : stapling.first(),
                trust == null);
    }

    @Override
    public TlsTerms of(boolean isHttp2, Supplier<Exchange> handshake) throws SSLException {
        ByHttp2 its =
                local != null ? ofLocal(handshake) : named.isEmpty() ? current(handshake) : named(handshake.get());
        return its.with(isHttp2);
    }

    /** Returns the terms for a client: the usual ones, or those with ChaCha20 first. */
    private ByHttp2 chosen(ByHttp2 usual, List<Keys.Pair> pairs, Staple staple, Supplier<Exchange> handshake)
            throws GeneralSecurityException {
        return draft.prioritizesChaCha && prefersChaCha(handshake.get())
                ? maker.terms(pairs, staple, draft.suitesWithChaChaFirst())
                : usual;
    }

    /** Whether a client's first suite, of those that are known, is one with ChaCha20. */
    private static boolean prefersChaCha(Exchange exchange) {
        String offered = CipherSuites.names(exchange.client().asked().hello().suites());
        return Arrays.stream(offered.split(":"))
                .filter(name -> !name.startsWith("0x"))
                .findFirst()
                .filter(name -> name.contains("CHACHA20"))
                .isPresent();
    }

    private ByHttp2 current(Supplier<Exchange> handshake) throws SSLException {
        Current its = current;
        Staple staple = stapling == null ? null : stapling.current(handshake);
        Map<Object, TlsContext> known = maker.contexts();
        try {
            if (its.contexts != known || its.staple != staple) {
                its = current(known, staple);
                current = its;
            }
            return chosen(its.terms, draft.pairs, staple, handshake);
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
    }

    private Current current(Map<Object, TlsContext> known, Staple staple) throws GeneralSecurityException {
        return new Current(known, staple, terms(draft.pairs, staple));
    }

    private ByHttp2 ofLocal(Supplier<Exchange> handshake) throws SSLException {
        try {
            Keys.Pair pair = local.pair();
            OfLocal known = ofLocal;
            List<Keys.Pair> pairs = new ArrayList<>(draft.pairs);
            pairs.add(pair);
            if (known == null || known.pair != pair) {
                known = new OfLocal(pair, terms(pairs, null));
                ofLocal = known;
            }
            return chosen(known.terms, pairs, null, handshake);
        } catch (ConfException e) {
            throw rejected(handshake.get(), e);
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
    }

    private static TlsRejected rejected(Exchange exchange, Exception e) {
        exchange.client().log(ErrorLog.Level.ERROR, e.getMessage(), ClientConnection.HANDSHAKING);
        return new TlsRejected(TlsRejected.INTERNAL_ERROR);
    }

    private ByHttp2 named(Exchange exchange) throws SSLException {
        List<Keys.Pair> pairs = new ArrayList<>(draft.pairs);
        try {
            for (Named each : named) {
                pairs.add(
                        files.pairForOne(absolute(each.certificate.eval(exchange)), absolute(each.key.eval(exchange))));
            }
            return chosen(terms(pairs, null), pairs, null, () -> exchange);
        } catch (ConfException | InvalidPathException e) {
            throw rejected(exchange, e);
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
    }

    private String absolute(String name) {
        return name.startsWith("data:") || name.startsWith("engine:")
                ? name
                : Paths.under(files.directory(), name).toString();
    }

    private ByHttp2 terms(List<Keys.Pair> pairs, Staple staple) throws GeneralSecurityException {
        return maker.terms(pairs, staple, draft.allSuites());
    }
}
