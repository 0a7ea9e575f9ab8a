package hopyard.proxy.tls;

import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.util.List;
import java.util.Set;

/** What BoringSSL has, and Conscrypt lets others use. */
final class BoringFeatures {

    private static final Set<Integer> GROUPS = Set.of(0x001d, 0x0017, 0x0018, 0x0019);

    /** The suites of TLS 1.3: it always has all of them, and takes the one that the client prefers. */
    private static final List<Integer> NEW_SUITES = List.of(0x1301, 0x1302, 0x1303);

    private static final Set<Integer> SUITES = Set.of(
            0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009c, 0x009d, 0x002f,
            0x0035);

    private static final Set<Integer> BITS_OF_CURVES = Set.of(256, 384, 521);

    private BoringFeatures() {}

    static boolean hasGroup(int number) {
        return GROUPS.contains(number);
    }

    /** Whether it has a suite of TLS 1.2. */
    static boolean hasSuite(int number) {
        return SUITES.contains(number);
    }

    /** Whether it has a suite of TLS 1.3. */
    static boolean hasNewSuite(int number) {
        return NEW_SUITES.contains(number);
    }

    /** Whether it can use the key that a certificate is about. */
    static boolean hasKey(PublicKey key) {
        return key.getAlgorithm().equals(Keys.RSA)
                || key instanceof ECPublicKey of
                        && BITS_OF_CURVES.contains(of.getParams().getOrder().bitLength());
    }
}
