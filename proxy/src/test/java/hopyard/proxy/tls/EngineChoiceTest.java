package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.TestCertificate;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which engine a server takes by its directives. */
class EngineChoiceTest {

    @TempDir
    private Path directory;

    private Keys.Pair pair(String kind) {
        return new Keys.Pair(
                List.of(TestCertificate.in(directory, kind, "one.example", kind).certificate()), null);
    }

    private static TlsOffer offer(List<String> protocols, List<String> suites, List<String> groups) {
        return new TlsOffer(protocols, suites, groups, false, false, true, false, TlsOffer.HTTP_1);
    }

    private static TlsOffer usual() {
        return offer(List.of("TLSv1.2", "TLSv1.3"), null, null);
    }

    private static String why(TlsOffer offer) {
        return EngineChoice.whyJava(offer, List.of(), null);
    }

    @Test
    void boringSslIsTakenWhereNothingIsSaid() {
        assertNull(why(usual()));
        assertNull(EngineChoice.whyJava(usual(), List.of(pair("EC"), pair("RSA")), null));
    }

    @Test
    void javaIsTakenForWhatBoringSslDoesNotHave() {
        List<String> both = List.of("TLSv1.2", "TLSv1.3");
        assertEquals("it has none of the versions in \"ssl_protocols\"", why(offer(List.of("TLSv1.1"), null, null)));
        assertEquals("it has none of the groups in \"ssl_ecdh_curve\"", why(offer(both, null, List.of("x448"))));
        assertNull(why(offer(both, null, List.of("x448", "x25519"))));
        List<String> dhe = List.of("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256");
        assertEquals("it has none of the cipher suites in \"ssl_ciphers\"", why(offer(both, dhe, null)));
        assertEquals("it has no \"ssl_stapling\"", EngineChoice.whyJava(usual(), List.of(), new Staple("")));
        assertEquals(
                "it has no key of the kind that is in \"ssl_certificate\"",
                EngineChoice.whyJava(usual(), List.of(pair("Ed25519")), null));
        TlsOffer kept = new TlsOffer(List.of("TLSv1.3"), null, null, false, false, false, true, List.of());
        assertTrue(why(kept).contains("ssl_session_tickets off"), why(kept));
    }

    @Test
    void boringSslHasWhatIsSaidOfIt() throws Exception {
        BoringSsl boring = BoringSsl.get();
        assertNotNull(boring, "its native part does not load on this machine");
        SSLContext context = SSLContext.getInstance("TLS", boring.provider());
        context.init(null, null, null);
        Set<String> suites = Arrays.stream(context.createSSLEngine().getSupportedCipherSuites())
                .collect(Collectors.toSet());
        for (CipherSuites.Suite each : CipherSuites.all()) {
            boolean isSaid = BoringFeatures.hasSuite(each.number()) || BoringFeatures.hasNewSuite(each.number());
            assertTrue(!isSaid || suites.contains(each.standard()), each.standard());
        }
    }
}
