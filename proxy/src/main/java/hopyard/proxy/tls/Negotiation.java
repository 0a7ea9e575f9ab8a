package hopyard.proxy.tls;

import hopyard.proxy.tls.CipherSuites.Suite;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What a server and a client come to: worked out as OpenSSL does, before there is an engine. So BoringSSL, which orders
 * some things in its own way, is told to take just that; and where it could not, Java speaks with the client. It is a
 * function of what both offer.
 */
final class Negotiation {

    /**
     * What the two come to.
     *
     * @param isTls13 whether that is the version; TLS 1.2 if not
     * @param suite the number of the cipher suite
     * @param group the number of the group for the key exchange; 0 if there is none
     * @param key the kind of the server's key
     * @param application what is spoken on TLS; {@code null} if the client has not asked
     */
    record Agreement(boolean isTls13, int suite, int group, String key, String application) {}

    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;

    /** A client that sends it would have spoken a newer version (RFC 7507). */
    private static final int FALLBACK = 0x5600;

    /** What nginx's {@code ssl_ciphers} is where nobody sets it. */
    private static final List<String> USUAL_SUITES = CipherList.parse("HIGH:!aNULL:!MD5");

    private static final List<String> USUAL_NEW_SUITES =
            List.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");

    /** OpenSSL's groups where nobody sets them. */
    private static final List<String> USUAL_GROUPS = List.of("x25519", "secp256r1", "x448", "secp521r1", "secp384r1");

    private static final int[] SIGNATURES_OF_RSA = {0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601};
    private static final int FIRST_PKCS_1 = 3;
    private static final int[] SIGNATURES_OF_EC = {0x0403, 0x0503, 0x0603};
    private static final int[] BITS_OF_EC = {256, 384, 521};

    private final TlsOffer offer;
    private final boolean hasTls12;
    private final boolean hasTls13;
    private final int[] newSuites;
    /** Those before TLS 1.3 that one of the engines has, and that there is a key for. */
    private final List<Suite> suites = new ArrayList<>();

    private final int[] groups;
    /** The kinds of keys by the numbers of signatures that they can make, in TLS 1.2 and in TLS 1.3. */
    private final Map<Integer, String> signatures = new HashMap<>();

    private final Map<Integer, String> newSignatures = new HashMap<>();

    /** @param pairs the server's certificates: of two of a kind, the last one counts */
    Negotiation(TlsOffer offer, List<Keys.Pair> pairs) {
        this.offer = offer;
        hasTls12 = offer.protocols().contains("TLSv1.2");
        hasTls13 = offer.protocols().contains("TLSv1.3");
        List<String> named = offer.suites();
        newSuites = (named == null ? USUAL_NEW_SUITES : named)
                .stream()
                        .mapToInt(CipherSuites::number)
                        .filter(BoringFeatures::hasNewSuite)
                        .toArray();
        groups = (offer.groups() == null ? USUAL_GROUPS : offer.groups())
                .stream().mapToInt(NamedGroups::number).toArray();
        pairs.forEach(this::sign);
        for (String each : named == null ? USUAL_SUITES : named) {
            Suite suite = CipherSuites.of(each);
            if (suite != null && isUsable(suite) && signatures.containsValue(key(suite))) {
                suites.add(suite);
            }
        }
    }

    private void sign(Keys.Pair pair) {
        if (pair.type().equals(Keys.RSA)) {
            for (int i = 0; i < SIGNATURES_OF_RSA.length; i++) {
                signatures.put(SIGNATURES_OF_RSA[i], Keys.RSA);
                if (i < FIRST_PKCS_1) {
                    newSignatures.put(SIGNATURES_OF_RSA[i], Keys.RSA);
                }
            }
        } else if (pair.chain().get(0).getPublicKey() instanceof ECPublicKey key) {
            int bits = key.getParams().getOrder().bitLength();
            for (int i = 0; i < SIGNATURES_OF_EC.length; i++) {
                signatures.put(SIGNATURES_OF_EC[i], Keys.EC);
                if (bits == BITS_OF_EC[i]) {
                    // in TLS 1.3, the signature says which curve the key is on
                    newSignatures.put(SIGNATURES_OF_EC[i], Keys.EC);
                }
            }
        }
    }

    private static boolean isUsable(Suite suite) {
        return !suite.version().equals("TLSv1.3")
                && (suite.cipher().equals("AES")
                        || suite.cipher().equals("AESGCM")
                        || suite.cipher().startsWith("CHACHA20"));
    }

    private static String key(Suite suite) {
        return suite.authentication().equals("ECDSA") ? Keys.EC : suite.authentication();
    }

    /**
     * Returns what the two come to; {@code null} if BoringSSL would not come to the same, or they come to nothing: for
     * Java to say why.
     */
    Agreement with(ClientHello hello) {
        String application = null;
        if (!hello.applicationProtocols().isEmpty()
                && !offer.applicationProtocols().isEmpty()) {
            application = offer.applicationProtocols().stream()
                    .filter(hello.applicationProtocols()::contains)
                    .findFirst()
                    .orElse(null);
            if (application == null) {
                return null;
            }
        }
        boolean speaksTls13 = has(hello.versions(), TLS_1_3);
        if (hasTls13 && speaksTls13) {
            return newest(hello, application);
        }
        boolean fallsBack = hasTls13 && has(hello.suites(), FALLBACK);
        return hasTls12 && has(hello.versions(), TLS_1_2) && !fallsBack ? older(hello, application) : null;
    }

    private Agreement newest(ClientHello hello, String application) {
        if (!offer.usesTickets() && offer.keepsCache()) {
            // BoringSSL has no tickets that stand for a session which is kept here
            return null;
        }
        int suite = offer.prefersOwn() ? first(newSuites, hello.suites()) : first(hello.suites(), newSuites);
        int taken = IntStream.of(hello.suites())
                .filter(BoringFeatures::hasNewSuite)
                .findFirst()
                .orElse(0);
        int group = first(hello.keyShares(), groups);
        if (group == 0) {
            group = commonGroup(hello);
        }
        String key = firstKey(hello);
        return suite == 0 || suite != taken || !BoringFeatures.hasGroup(group) || key == null
                ? null
                : new Agreement(true, suite, group, key, application);
    }

    private Agreement older(ClientHello hello, String application) {
        int group = commonGroup(hello);
        IntStream order = offer.prefersOwn()
                ? suites.stream().mapToInt(Suite::number).filter(each -> has(hello.suites(), each))
                : IntStream.of(hello.suites());
        for (int number : order.toArray()) {
            Suite suite = own(number);
            if (suite == null || suite.exchange().equals("ECDH") && group == 0 || !canSign(suite, hello)) {
                continue;
            }
            boolean hasGroup = suite.exchange().equals("RSA") || BoringFeatures.hasGroup(group);
            return hasGroup && BoringFeatures.hasSuite(number)
                    ? new Agreement(false, number, suite.exchange().equals("RSA") ? 0 : group, key(suite), application)
                    : null;
        }
        return null;
    }

    private Suite own(int number) {
        for (Suite each : suites) {
            if (each.number() == number) {
                return each;
            }
        }
        return null;
    }

    private boolean canSign(Suite suite, ClientHello hello) {
        String key = key(suite);
        IntPredicate isOfKey = each -> key.equals(signatures.get(each));
        return IntStream.of(hello.signatures()).anyMatch(isOfKey);
    }

    private int commonGroup(ClientHello hello) {
        return offer.prefersOwn() ? first(groups, hello.groups()) : first(hello.groups(), groups);
    }

    /** Returns the kind of key for the first signature that the client prefers; OpenSSL itself prefers EC. */
    private String firstKey(ClientHello hello) {
        String first = null;
        for (int each : hello.signatures()) {
            String key = newSignatures.get(each);
            if (key != null && (first == null || offer.prefersOwn() && key.equals(Keys.EC))) {
                first = key;
            }
        }
        return first;
    }

    /** Returns the first number that is among others, too; 0 if none is. */
    private static int first(int[] numbers, int[] others) {
        for (int each : numbers) {
            if (has(others, each)) {
                return each;
            }
        }
        return 0;
    }

    private static boolean has(int[] numbers, int wanted) {
        for (int each : numbers) {
            if (each == wanted) {
                return true;
            }
        }
        return false;
    }
}
