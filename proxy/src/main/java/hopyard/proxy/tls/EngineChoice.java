package hopyard.proxy.tls;

import java.util.List;

/**
 * Which engine a server takes: BoringSSL's, which costs less, unless that cannot do what the directives say. It is a
 * function of them; {@link Negotiation} looks at each client.
 */
public final class EngineChoice {

    private EngineChoice() {}

    /**
     * Returns why a server takes Java's engine for all of its clients; {@code null} if it takes BoringSSL's.
     *
     * @param pairs the server's certificates
     * @param staple what is sent with the certificate; {@code null} for nothing
     */
    public static String whyJava(TlsOffer offer, List<Keys.Pair> pairs, Staple staple) {
        if (staple != null) {
            return "it has no \"ssl_stapling\"";
        }
        for (Keys.Pair each : pairs) {
            if (!BoringFeatures.hasKey(each.chain().get(0).getPublicKey())) {
                return "it has no key of the kind that is in \"ssl_certificate\"";
            }
        }
        boolean hasTls12 = offer.protocols().contains("TLSv1.2");
        boolean hasTls13 = offer.protocols().contains("TLSv1.3");
        if (!hasTls12 && !hasTls13) {
            return "it has none of the versions in \"ssl_protocols\"";
        }
        if (!hasTls12 && !offer.usesTickets() && offer.keepsCache()) {
            return "it keeps no sessions of TLSv1.3 that are not left to clients, as \"ssl_session_tickets off\" wants";
        }
        if (offer.groups() != null
                && offer.groups().stream().mapToInt(NamedGroups::number).noneMatch(BoringFeatures::hasGroup)) {
            return "it has none of the groups in \"ssl_ecdh_curve\"";
        }
        boolean hasSuite = offer.suites() == null
                || offer.suites().stream()
                        .mapToInt(CipherSuites::number)
                        .anyMatch(each -> hasTls12 && BoringFeatures.hasSuite(each)
                                || hasTls13 && BoringFeatures.hasNewSuite(each));
        return hasSuite ? null : "it has none of the cipher suites in \"ssl_ciphers\"";
    }
}
