package hopyard.proxy.modules.ssl;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.conf.Context;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Scope;
import hopyard.proxy.exchange.Build;
import hopyard.proxy.server.ServerSettings;
import hopyard.proxy.server.SharedZone;
import hopyard.proxy.server.TlsStart;
import hopyard.proxy.tls.Contexts;
import hopyard.proxy.tls.EngineChoice;
import hopyard.proxy.tls.Keys;
import hopyard.proxy.tls.Staple;
import hopyard.proxy.tls.TlsContext;
import hopyard.proxy.tls.TlsOffer;
import hopyard.proxy.tls.TlsTerms;
import hopyard.proxy.tls.Trust;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Makes a server's terms of certificates: with the context that keeps sessions, and the engine that speaks. */
final class TermsMaker {

    /** The contexts of servers whose sessions are in no zone. */
    private static final Scope.Key<SessionZone> CONTEXTS = new Scope.Key<>(SessionZone::new);

    /**
     * From this time on sessions may be left to clients, as tickets: Java's tickets are good for as long as the key
     * that they are encrypted with, which is an hour and the time of sessions.
     */
    private static final long MIN_TICKET_SECONDS = 3600;

    /** The terms where HTTP/2 is not spoken, and where it is. */
    record ByHttp2(TlsTerms without, TlsTerms with) {
        TlsTerms with(boolean isHttp2) {
            return isHttp2 ? with : without;
        }
    }

    private final TermsDraft draft;
    private final List<X509Certificate> issuers;
    private final Trust trust;
    private final SessionSettings sessions;
    private final Object zone;
    private final SessionZone contexts;
    /** Whether Java's engine is wanted, whatever BoringSSL could do. */
    private final boolean wantsJava;

    private final int recordSize;

    /**
     * @param issuers those whose certificates clients are asked for
     * @param trust judges these; {@code null} if clients are not asked for any
     */
    TermsMaker(
            Scope scope,
            SslSettings own,
            TermsDraft draft,
            List<X509Certificate> issuers,
            Trust trust,
            CertificateFiles files)
            throws ConfException {
        this.draft = draft;
        this.issuers = issuers;
        this.trust = trust;
        sessions = SessionSettings.SETTINGS.of(scope);
        List<String> ticketKeys = new ArrayList<>();
        for (Directive each : sessions.ticketKeys()) {
            ticketKeys.add(files.ticketKey(each));
        }
        if (!ticketKeys.isEmpty()) {
            // neither engine lets its keys be set
            Build.of(scope)
                    .warn("\"ssl_session_ticket_key\" has sessions shared within this process only, see "
                            + sessions.ticketKeys().get(0).place());
        }
        contexts = contexts(scope, ticketKeys);
        // only what is in a zone is known to several servers, or to the next configuration
        zone = sessions.cache().zone() != null
                ? sessions.cache().zone().name()
                : ticketKeys.isEmpty() ? scope : ticketKeys;
        wantsJava = EngineSettings.SETTINGS.of(scope).engine() == EngineSettings.Engine.JAVA;
        recordSize = (int) Math.max(1, Math.min(own.bufferSize(), TlsTerms.MAX_RECORD));
    }

    private SessionZone contexts(Scope scope, List<String> ticketKeys) throws ConfException {
        SharedZone<SessionZone> shared = sessions.cache().zone();
        if (shared == null && !ticketKeys.isEmpty()) {
            String name = "ssl_session_ticket_key " + Integer.toHexString(ticketKeys.hashCode());
            shared = SessionCache.zone(name, 1, scope, sessions.ticketKeys().get(0));
        }
        return shared == null ? scope.nearest(Context.MAIN).get(CONTEXTS) : shared.data();
    }

    /** Has a start tell which engine speaks, if that is not the one that is wanted. */
    void tell(Scope scope, Staple staple) {
        if (!wantsJava) {
            List<ServerSettings.Name> names = ServerSettings.of(scope).names();
            TlsStart.of(Build.of(scope).slots())
                    .add(
                            names.isEmpty() ? "" : names.get(0).text(),
                            EngineChoice.whyJava(offer(draft.allSuites(), TlsOffer.HTTP_1), draft.pairs, staple));
        }
    }

    /** Returns the contexts, which are other ones once a configuration is put to work. */
    Map<Object, TlsContext> contexts() {
        return contexts.contexts();
    }

    /**
     * Returns the terms with some certificates.
     *
     * @throws GeneralSecurityException if they are of no use
     */
    ByHttp2 terms(List<Keys.Pair> pairs, Staple staple, List<String> suites) throws GeneralSecurityException {
        int kept = sessions.cache().sessions();
        // what a context is made of; only who has the same zone may take up a session
        List<Object> key = Arrays.asList(pairs, issuers, draft.usesTickets, kept, sessions.timeout(), zone, staple);
        Map<Object, TlsContext> known = contexts.contexts();
        TlsContext context;
        synchronized (known) {
            context = known.get(key);
            if (context == null) {
                boolean areTickets = draft.usesTickets && sessions.timeout() >= MIN_TICKET_SECONDS;
                int most = draft.usesTickets ? SessionCache.MAX_SESSIONS : Math.max(1, kept);
                int seconds = (int) Math.max(1, Math.min(sessions.timeout(), Integer.MAX_VALUE));
                context = Contexts.server(pairs, issuers, areTickets, most, seconds, staple);
                known.put(key, context);
            }
        }
        TlsOffer http1 = offer(suites, TlsOffer.HTTP_1);
        boolean isJava = wantsJava || EngineChoice.whyJava(http1, pairs, staple) != null;
        return new ByHttp2(terms(context, http1, isJava), terms(context, offer(suites, TlsOffer.HTTP_2_AND_1), isJava));
    }

    private TlsTerms terms(TlsContext context, TlsOffer offer, boolean isJava) throws GeneralSecurityException {
        return new TlsTerms(isJava ? context.java(offer) : context.boring(offer), trust, recordSize);
    }

    private TlsOffer offer(List<String> suites, List<String> protocols) {
        return new TlsOffer(
                List.copyOf(draft.protocols),
                suites,
                draft.groups,
                draft.prefersOwn,
                trust != null,
                draft.usesTickets,
                sessions.cache().sessions() > 0,
                protocols);
    }
}
