package hopyard.proxy.modules.ssl;

import hopyard.proxy.authority.LocalCertificate;
import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Machine;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Http2Settings;
import hopyard.proxy.exchange.LocationHandlers;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.io.ErrorLog;
import hopyard.proxy.server.ClientConnection;
import hopyard.proxy.server.Reading;
import hopyard.proxy.server.ServerSettings;
import hopyard.proxy.server.Slots;
import hopyard.proxy.server.TlsStart;
import hopyard.proxy.tls.Contexts;
import hopyard.proxy.tls.EngineChoice;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.NamedGroups;
import hopyard.proxy.tls.Staple;
import hopyard.proxy.tls.TlsContext;
import hopyard.proxy.tls.TlsOffer;
import hopyard.proxy.tls.TlsRejected;
import hopyard.proxy.tls.TlsTerms;
import hopyard.proxy.tls.Trust;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** On which terms a server speaks TLS: always the same ones, unless the names of its certificates have variables. */
final class ServerTerms implements LocationHandlers.Terms {

    /** Contexts by what they are made of: equal ones share their sessions. */
    private static final Scope.Key<Map<Object, TlsContext>> CONTEXTS = new Scope.Key<>(ServerTerms::newest);

    /** How many contexts are kept for certificates that variables name; others have to be made again. */
    private static final int MAX_CONTEXTS = 1000;

    /**
     * From this time on, in ms, sessions may be left to clients, as tickets: Java's tickets are good for as long as the
     * key that they are encrypted with, which is an hour and the time of sessions.
     */
    private static final long MIN_TICKET_MILLIS = 3_600_000;

    /** A certificate and its key, whose names have variables. */
    private record Named(Template certificate, Template key) {}

    /** The terms with one certificate of those that are made here one after the other. */
    private record OfLocal(Keys.Pair pair, TlsTerms terms) {}

    /** What a context is made of. */
    private record Made(
            List<Keys.Pair> pairs,
            List<X509Certificate> issuers,
            boolean tickets,
            SessionCache cache,
            long timeout,
            Object zone,
            Staple staple) {}

    private final CertificateFiles files;
    private final TermsDraft draft;
    private final List<Named> named;
    private final List<X509Certificate> issuers;
    private final Trust trust;
    private final SessionCache cache;
    private final long timeout;
    private final Object zone;
    /** What is sent with the certificate; {@code null} for nothing. */
    private final Staple staple;

    /** What may be spoken on TLS. */
    private final List<String> protocols;

    /** Whether Java's engine is wanted, whatever BoringSSL could do. */
    private final boolean wantsJava;

    private final Map<Object, TlsContext> contexts;
    /** The terms; {@code null} if variables choose the certificate, or it is made here. */
    private final TlsTerms constant;
    /** The certificate that is made here; {@code null} if it is not. */
    private final LocalCertificate local;

    private volatile OfLocal ofLocal;

    private ServerTerms(Scope scope, SslSettings own, TermsDraft draft, List<Named> named) throws ConfException {
        this.draft = draft;
        this.named = named;
        TlsSettings shared = TlsSettings.WITH_CLIENTS.of(scope);
        files = new CertificateFiles(new Machine(), Reading.of(scope).configurationDirectory(), shared.passwords());
        CertificateFiles now = files(scope);
        issuers = now.trusted(own.clientCertificate());
        List<X509Certificate> trusted = new ArrayList<>(issuers);
        trusted.addAll(now.trusted(shared.trusted()));
        Trust judge = new Trust(trusted, now.revoked(shared.crl()), shared.depth(), Trust.Purpose.CLIENT);
        trust = own.verify() == VerifyClient.OFF ? null : judge;
        cache = own.cache();
        timeout = own.timeout();
        // only what is in a zone is known to several servers
        zone = cache.zone() == null ? scope : cache.zone();
        staple = own.staples() ? now.staple(own.stapleFile()) : null;
        if (staple != null && draft.pairs.stream().anyMatch(each -> each.chain().size() < 2)) {
            Build.of(scope)
                    .warn(
                            "\"ssl_stapling_file\" ignored, Java sends it only if the issuer follows in \"ssl_certificate\", see "
                                    + own.stapleFile().place());
        }
        wantsJava = EngineSettings.SETTINGS.of(scope).engine() == EngineSettings.Engine.JAVA;
        protocols = protocols(scope);
        contexts = scope.nearest(Context.MAIN).get(CONTEXTS);
        local = own.isLocal() ? local(scope, own.hopCertificate()) : null;
        try {
            constant = named.isEmpty() && local == null ? terms(draft.pairs) : null;
        } catch (GeneralSecurityException e) {
            throw ConfException.anywhere("TLS cannot be set up: " + e.getMessage());
        }
        if (!wantsJava) {
            List<ServerSettings.Name> names = ServerSettings.of(scope).names();
            TlsStart.of(Build.of(scope).slots())
                    .add(
                            names.isEmpty() ? "" : names.get(0).text(),
                            EngineChoice.whyJava(offer(), draft.pairs, staple));
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
    static ServerTerms of(Scope scope, SslSettings own) throws ConfException {
        if (own.verify() != VerifyClient.OFF
                && own.verify() != VerifyClient.OPTIONAL_NO_CA
                && (own.clientCertificate() == null
                        || own.clientCertificate().arg(0).isEmpty())
                && TlsSettings.WITH_CLIENTS.of(scope).trusted() == null) {
            throw ConfException.anywhere("no ssl_client_certificate for ssl_verify_client");
        }
        TlsSettings shared = TlsSettings.WITH_CLIENTS.of(scope);
        TermsDraft draft = new TermsDraft(shared);
        draft.prefersOwn = own.prefer();
        draft.usesTickets = own.tickets();
        if (!own.curve().equals("auto")) {
            draft.groups = NamedGroups.parse(own.curve());
            if (draft.groups == null) {
                throw ConfException.anywhere("SSL_CTX_set1_curves_list(\"" + own.curve() + "\") failed (SSL:)");
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
            draft.obey(each, files);
        }
        return new ServerTerms(scope, own, draft, named);
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

    private static Map<Object, TlsContext> newest() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, TlsContext> eldest) {
                return size() > MAX_CONTEXTS;
            }
        };
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
                String.valueOf(draft.allSuites()),
                String.valueOf(draft.groups),
                String.valueOf(staple),
                trust == null);
    }

    @Override
    public TlsTerms of(Supplier<Exchange> handshake) throws SSLException {
        if (constant != null) {
            return constant;
        }
        return local == null ? named(handshake.get()) : ofLocal(handshake);
    }

    private TlsTerms ofLocal(Supplier<Exchange> handshake) throws SSLException {
        try {
            Keys.Pair pair = local.pair();
            OfLocal known = ofLocal;
            if (known == null || known.pair != pair) {
                List<Keys.Pair> pairs = new ArrayList<>(draft.pairs);
                pairs.add(pair);
                known = new OfLocal(pair, terms(pairs));
                ofLocal = known;
            }
            return known.terms;
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

    private TlsTerms named(Exchange exchange) throws SSLException {
        List<Keys.Pair> pairs = new ArrayList<>(draft.pairs);
        try {
            for (Named each : named) {
                pairs.add(files.pair(absolute(each.certificate.eval(exchange)), absolute(each.key.eval(exchange))));
            }
            return terms(pairs);
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

    private static List<String> protocols(Scope scope) {
        boolean isHttp2 = Http2Settings.of(scope).isOn()
                || ServerSettings.of(scope).listens().stream().anyMatch(ServerSettings.Listen::http2);
        return isHttp2
                ? Stream.concat(Stream.of("h2"), TlsOffer.HTTP_1.stream()).toList()
                : TlsOffer.HTTP_1;
    }

    private TlsTerms terms(List<Keys.Pair> pairs) throws GeneralSecurityException {
        Made key = new Made(pairs, issuers, draft.usesTickets, cache, timeout, zone, staple);
        TlsContext context;
        synchronized (contexts) {
            context = contexts.get(key);
            if (context == null) {
                boolean areTickets = draft.usesTickets && timeout >= MIN_TICKET_MILLIS;
                int sessions = draft.usesTickets ? SessionCache.MAX_SESSIONS : Math.max(1, cache.sessions());
                int seconds = (int) Math.max(1, timeout / 1000);
                context = Contexts.server(pairs, issuers, areTickets, sessions, seconds, staple);
                contexts.put(key, context);
            }
        }
        TlsOffer offer = offer();
        boolean isJava = wantsJava || EngineChoice.whyJava(offer, pairs, staple) != null;
        return new TlsTerms(isJava ? context.java(offer) : context.boring(offer), trust);
    }

    private TlsOffer offer() {
        return new TlsOffer(
                List.copyOf(draft.protocols),
                draft.allSuites(),
                draft.groups,
                draft.prefersOwn,
                trust != null,
                draft.usesTickets,
                cache.sessions() > 0,
                protocols);
    }
}
