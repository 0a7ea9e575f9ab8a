package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import hopyard.proxy.support.TestCertificate;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server and a client come to, as OpenSSL has it; and when BoringSSL would not. */
class NegotiationTest {

    private static final int X25519 = 0x001d;
    private static final int P256 = 0x0017;
    private static final int X448 = 0x001e;
    private static final int TLS_1_2 = 0x0303;
    private static final int TLS_1_3 = 0x0304;
    private static final int ECDSA_P256 = 0x0403;
    private static final int RSA_PSS = 0x0804;
    private static final int AES_128 = 0x1301;
    private static final int AES_256 = 0x1302;
    private static final int CHACHA = 0x1303;
    private static final int EC_AES_128 = 0xc02b;
    private static final int EC_AES_256 = 0xc02c;
    private static final int RSA_AES_128 = 0xc02f;
    private static final int DHE_RSA_AES_128 = 0x009e;

    @TempDir
    private static Path directory;

    private static Keys.Pair ec;
    private static Keys.Pair rsa;

    @BeforeAll
    static void certificates() {
        ec = pair("EC");
        rsa = pair("RSA");
    }

    private static Keys.Pair pair(String kind) {
        return new Keys.Pair(
                List.of(TestCertificate.in(directory, kind, "one.example", kind).certificate()), null);
    }

    private static TlsOffer offer(boolean prefersOwn, List<String> suites, List<String> groups) {
        return new TlsOffer(
                List.of("TLSv1.2", "TLSv1.3"), suites, groups, prefersOwn, false, true, false, TlsOffer.HTTP_1);
    }

    private static ClientHello hello(int version, int[] suites, int[] groups, int[] shares, int... signatures) {
        return new ClientHello(null, suites, groups, shares, new int[] {version}, signatures, List.of(), true, null);
    }

    private static ClientHello newest(int... suites) {
        return hello(TLS_1_3, suites, numbers(X25519, P256), numbers(X25519), ECDSA_P256, RSA_PSS);
    }

    private static ClientHello older(int... suites) {
        return hello(TLS_1_2, suites, numbers(X25519, P256), numbers(), ECDSA_P256, RSA_PSS);
    }

    private static int[] numbers(int... numbers) {
        return numbers;
    }

    private static Negotiation.Agreement usual(ClientHello hello, Keys.Pair... pairs) {
        return new Negotiation(offer(false, null, null), List.of(pairs)).with(hello);
    }

    @Test
    void theSuiteThatTheClientPrefersIsTaken() {
        assertEquals(AES_128, usual(newest(AES_128, AES_256), ec).suite());
        assertEquals(CHACHA, usual(newest(CHACHA, AES_256), ec).suite());
        assertEquals(EC_AES_128, usual(older(EC_AES_128, EC_AES_256), ec).suite());
        assertEquals(EC_AES_256, usual(older(EC_AES_256, EC_AES_128), ec).suite());
    }

    @Test
    void theServersOrderOfSuitesCountsWhereItIsPreferred() {
        Negotiation own = new Negotiation(offer(true, null, null), List.of(ec));
        assertEquals(EC_AES_256, own.with(older(EC_AES_128, EC_AES_256)).suite());
        assertEquals(AES_256, own.with(newest(AES_256, AES_128)).suite());
        // BoringSSL would take the client's first one
        assertNull(own.with(newest(AES_128, AES_256)));
    }

    @Test
    void suitesOfTls13ThatTheServerDoesNotHaveAreForJavaIfTheClientPrefersThem() {
        Negotiation chacha = new Negotiation(offer(false, List.of("TLS_CHACHA20_POLY1305_SHA256"), null), List.of(ec));
        assertEquals(CHACHA, chacha.with(newest(CHACHA, AES_256)).suite());
        assertNull(chacha.with(newest(AES_256, CHACHA)));
    }

    @Test
    void theGroupIsOneThatTheClientHasBegunWith() {
        assertEquals(X25519, usual(newest(AES_128), ec).group());
        ClientHello begunWithP256 = hello(TLS_1_3, numbers(AES_128), numbers(X25519, P256), numbers(P256), ECDSA_P256);
        assertEquals(P256, usual(begunWithP256, ec).group());
        ClientHello begunWithNone = hello(TLS_1_3, numbers(AES_128), numbers(P256, X25519), numbers(), ECDSA_P256);
        assertEquals(P256, usual(begunWithNone, ec).group());
    }

    @Test
    void aGroupThatBoringSslDoesNotHaveIsForJava() {
        assertNull(usual(hello(TLS_1_3, numbers(AES_128), numbers(X448), numbers(X448), ECDSA_P256), ec));
        assertNull(usual(hello(TLS_1_2, numbers(EC_AES_128), numbers(X448, P256), numbers(), ECDSA_P256), ec));
        Negotiation p256 = new Negotiation(offer(false, null, List.of("secp256r1")), List.of(ec));
        assertEquals(P256, p256.with(newest(AES_128)).group());
    }

    @Test
    void theCertificateIsOneThatTheClientUnderstands() {
        assertEquals("EC", usual(newest(AES_128), rsa, ec).key());
        assertEquals("RSA", usual(newest(AES_128), rsa).key());
        ClientHello onlyRsa = hello(TLS_1_3, numbers(AES_128), numbers(X25519), numbers(X25519), RSA_PSS);
        assertEquals("RSA", usual(onlyRsa, rsa, ec).key());
        assertNull(usual(onlyRsa, ec));
        assertEquals("RSA", usual(older(RSA_AES_128, EC_AES_128), rsa, ec).key());
        assertEquals("EC", usual(older(RSA_AES_128, EC_AES_128), ec).key());
    }

    @Test
    void suitesThatOnlyJavaHasAreForJava() {
        assertNull(usual(older(DHE_RSA_AES_128), rsa));
        assertNull(usual(older(DHE_RSA_AES_128, RSA_AES_128), rsa));
        assertEquals(
                RSA_AES_128, usual(older(RSA_AES_128, DHE_RSA_AES_128), rsa).suite());
    }

    @Test
    void clientsThatTheServerRefusesAreForJavaToRefuse() {
        assertNull(usual(ClientHello.UNKNOWN, ec));
        assertNull(usual(older(), ec));
        assertNull(usual(hello(0x0302, numbers(EC_AES_128), numbers(P256), numbers(), ECDSA_P256), ec));
        // a client that would have spoken a newer version says so
        assertNull(usual(older(EC_AES_128, 0x5600), ec));
    }

    @Test
    void theServersFirstApplicationProtocolThatTheClientSpeaksIsTaken() {
        assertNull(usual(newest(AES_128), ec).application());
        assertEquals("http/1.1", usual(asking("http/1.0", "http/1.1"), ec).application());
        assertNull(usual(asking("acme"), ec));
    }

    private static ClientHello asking(String... protocols) {
        ClientHello like = newest(AES_128);
        return new ClientHello(
                null,
                like.suites(),
                like.groups(),
                like.keyShares(),
                like.versions(),
                like.signatures(),
                List.of(protocols),
                true,
                null);
    }

    @Test
    void sessionsOfTls13ThatStayWithTheServerAreForJava() {
        TlsOffer kept =
                new TlsOffer(List.of("TLSv1.2", "TLSv1.3"), null, null, false, false, false, true, TlsOffer.HTTP_1);
        Negotiation its = new Negotiation(kept, List.of(ec));
        assertNull(its.with(newest(AES_128)));
        assertNotNull(its.with(older(EC_AES_128)));
    }
}
