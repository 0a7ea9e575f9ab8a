package hopyard.proxy.tls;

import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.conscrypt.Conscrypt;

/** Makes BoringSSL's engines for a server, and Java's for clients that BoringSSL could not serve as OpenSSL would. */
final class BoringEngines extends TlsEngines {

    /** What stands for the suites before TLS 1.3 where TLS 1.3 is spoken: Conscrypt finds the key by them. */
    private static final Map<String, String> SUITES_BY_KEY = Map.of(
            Keys.EC, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Keys.RSA, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    private static final int[] GROUPS = {0x001d, 0x0017, 0x0019, 0x0018};

    private final BoringSessions sessions;
    private final TlsOffer offer;
    private final TlsEngines java;
    private final Negotiation negotiation;
    private final String[] protocols;
    /** Lists that begin with a group, by its number. */
    private final Map<Integer, String[]> groups = new ConcurrentHashMap<>();

    /** @param java makes Java's engines on the same terms */
    BoringEngines(BoringSessions sessions, TlsOffer offer, TlsEngines java) {
        this.sessions = sessions;
        this.offer = offer;
        this.java = java;
        negotiation = new Negotiation(offer, sessions.pairs());
        protocols = Stream.of("TLSv1.2", "TLSv1.3")
                .filter(offer.protocols()::contains)
                .toArray(String[]::new);
    }

    @Override
    TlsEngine server(ClientHello hello) throws SSLException {
        BoringSsl boring = BoringSsl.get();
        Negotiation.Agreement agreed = boring == null ? null : negotiation.with(hello);
        return agreed == null ? java.server(hello) : engine(boring, hello, agreed);
    }

    private TlsEngine engine(BoringSsl boring, ClientHello hello, Negotiation.Agreement agreed) throws SSLException {
        SSLEngine engine;
        boolean leaves = offer.usesTickets() && (agreed.isTls13() || hello.takesTickets());
        try {
            engine = (leaves
                            ? sessions.leaving(boring.provider(), agreed.key(), hello.ticketKey())
                            : sessions.keeping(boring.provider(), agreed.key()))
                    .createSSLEngine();
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
        engine.setUseClientMode(false);
        engine.setEnabledProtocols(protocols);
        engine.setEnabledCipherSuites(
                new String[] {agreed.isTls13() ? SUITES_BY_KEY.get(agreed.key()) : CipherSuites.standard(agreed.suite())
                });
        boring.setGroups(engine, groups.computeIfAbsent(agreed.group(), BoringEngines::beginningWith));
        if (agreed.application() != null) {
            Conscrypt.setApplicationProtocols(engine, new String[] {agreed.application()});
        }
        Conscrypt.setUseSessionTickets(engine, offer.usesTickets());
        if (offer.asksForCertificate()) {
            engine.setWantClientAuth(true);
        }
        return new BoringEngine(
                boring,
                engine,
                sessions.chain(agreed.key()),
                agreed.group(),
                offer.asksForCertificate(),
                leaves || offer.keepsCache());
    }

    /** Returns the groups with one of them first, which is then taken. A client's key may be on any of them. */
    private static String[] beginningWith(int group) {
        return IntStream.concat(
                        IntStream.of(group).filter(BoringFeatures::hasGroup),
                        IntStream.of(GROUPS).filter(each -> each != group))
                .mapToObj(NamedGroups::java)
                .toArray(String[]::new);
    }

    @Override
    TlsEngine client(String peer, Consumer<SSLParameters> more) {
        return java.client(peer, more);
    }
}
