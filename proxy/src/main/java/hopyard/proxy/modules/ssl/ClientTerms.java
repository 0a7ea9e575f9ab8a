package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Machine;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.Template;
import hopyard.proxy.forward.TlsChoice;
import hopyard.proxy.server.Reading;
import hopyard.proxy.tls.Contexts;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.TlsOffer;
import hopyard.proxy.tls.TlsTerms;
import hopyard.proxy.tls.Trust;
import hopyard.proxy.upstream.UpstreamTls;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** On which terms a location speaks TLS with upstreams. */
public final class ClientTerms {

    /**
     * The terms by what they are made of: locations with equal ones share them, and so their sessions and connections.
     */
    private static final Scope.Key<Map<Object, UpstreamTls>> KNOWN = new Scope.Key<>(ClientTerms::newest);

    /** How many are kept for certificates that variables name; others have to be made again. */
    private static final int MAX_KNOWN = 1000;

    private final Scope scope;
    private final TermsDraft draft;
    private final Trust trust;
    private final boolean sendsName;
    private final boolean reusesSessions;
    private final List<String> protocols;
    private final CertificateFiles files;
    private final Map<Object, UpstreamTls> known;

    /**
     * @param settings what counts in the location
     * @param verifies whether the server's certificate is looked at
     * @param sendsName whether the server is told the name that it is asked by
     * @param reusesSessions whether sessions are taken up again
     * @param protocols the application protocols that the server is told of (ALPN)
     * @throws ConfException if what the directives name cannot be loaded
     */
    public ClientTerms(
            Scope scope,
            TlsSettings settings,
            boolean verifies,
            boolean sendsName,
            boolean reusesSessions,
            List<String> protocols)
            throws ConfException {
        this.scope = scope;
        this.sendsName = sendsName;
        this.reusesSessions = reusesSessions;
        this.protocols = protocols;
        known = scope.nearest(Context.MAIN).get(KNOWN);
        Build build = Build.of(scope);
        files = new CertificateFiles(
                Reading.of(scope).surroundings(), Reading.of(scope).configurationDirectory(), settings.passwords());
        trust = verifies
                ? new Trust(
                        files.trusted(settings.trusted()),
                        files.revoked(settings.crl()),
                        settings.depth(),
                        Trust.Purpose.SERVER)
                : null;
        draft = new TermsDraft(settings, false);
        for (Directive each : settings.commands()) {
            draft.obey(each, files, build);
        }
    }

    private static Map<Object, UpstreamTls> newest() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, UpstreamTls> eldest) {
                return size() > MAX_KNOWN;
            }
        };
    }

    /**
     * Returns how TLS is spoken: always in the same way, unless the names of the certificate have variables.
     *
     * @param certificate {@code null} for none
     * @throws ConfException if the certificate cannot be loaded
     */
    public TlsChoice choice(Template certificate, Template key, Directive where) throws ConfException {
        try {
            if (certificate == null) {
                UpstreamTls always = terms(draft.pairs);
                return exchange -> always;
            }
            if (certificate.isConstant() && key.isConstant()) {
                UpstreamTls always = terms(with(files.pair(name(certificate.text()), name(key.text()))));
                return exchange -> always;
            }
        } catch (GeneralSecurityException e) {
            throw where.error("TLS cannot be set up: " + e.getMessage());
        }
        CertificateFiles later = new CertificateFiles(new Machine(), files.directory(), files.passwords());
        return exchange -> named(exchange, certificate, key, later);
    }

    private UpstreamTls named(Exchange exchange, Template certificate, Template key, CertificateFiles later)
            throws IOException {
        String name = certificate.eval(exchange);
        try {
            return name.isEmpty()
                    ? terms(draft.pairs)
                    : terms(with(later.pairForOne(name(name), name(key.eval(exchange)))));
        } catch (ConfException | InvalidPathException | GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private String name(String text) {
        return text.startsWith("data:") || text.startsWith("engine:")
                ? text
                : Paths.under(files.directory(), text).toString();
    }

    /** The certificates of commands count more. */
    private List<Keys.Pair> with(Keys.Pair pair) {
        List<Keys.Pair> all = new ArrayList<>(List.of(pair));
        all.addAll(draft.pairs);
        return all;
    }

    private UpstreamTls terms(List<Keys.Pair> pairs) throws GeneralSecurityException {
        List<Object> key = List.of(
                pairs,
                draft.protocols,
                String.valueOf(draft.allSuites()),
                String.valueOf(draft.groups),
                trust == null ? scope.nearest(Context.MAIN) : trust,
                sendsName,
                reusesSessions,
                protocols);
        synchronized (known) {
            UpstreamTls its = known.get(key);
            if (its == null) {
                TlsOffer offer = new TlsOffer(
                        List.copyOf(draft.protocols),
                        draft.allSuites(),
                        draft.groups,
                        false,
                        false,
                        false,
                        reusesSessions,
                        protocols);
                its = new UpstreamTls(
                        new TlsTerms(Contexts.client(new Keys(pairs)).java(offer), trust, TlsTerms.MAX_RECORD),
                        sendsName);
                known.put(key, its);
            }
            return its;
        }
    }
}
