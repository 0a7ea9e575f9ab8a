package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.OpenSsl;
import hopyard.proxy.tls.Trust.Purpose;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom is trusted, and what is said of the others, as OpenSSL would. */
class TrustTest {

    @TempDir
    private static Path directory;

    private static OpenSsl ca;

    @BeforeAll
    static void makeCertificates() throws Exception {
        OpenSsl.require();
        ca = new OpenSsl(directory);
        ca.root("root");
        ca.root("stranger");
        ca.signed("middle", "root", "authority");
        ca.signed("end", "middle", "none");
        ca.signed("direct", "root", "none");
        ca.signed("server", "root", "server");
        ca.signed("below-none", "direct", "none");
        ca.signed("old", "root", "none", "-startdate", "20200101000000Z", "-enddate", "20210101000000Z");
        ca.signed("young", "root", "none", "-startdate", "20450101000000Z", "-enddate", "20460101000000Z");
        ca.list("nothing", "root");
        ca.list("of-middle", "middle");
        ca.revoke("middle", "root");
        ca.list("revoked", "root");
    }

    private static List<X509Certificate> certificates(String... names) throws Exception {
        List<X509Certificate> all = new ArrayList<>();
        for (String each : names) {
            try (InputStream in = Files.newInputStream(ca.file(each + ".crt"))) {
                all.add((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
        }
        return all;
    }

    private static List<X509CRL> lists(String... names) throws Exception {
        List<X509CRL> all = new ArrayList<>();
        for (String each : names) {
            try (InputStream in = Files.newInputStream(ca.file(each + ".crl"))) {
                all.add((X509CRL) CertificateFactory.getInstance("X.509").generateCRL(in));
            }
        }
        return all;
    }

    private static Trust trust(int depth, List<X509CRL> lists, String... names) throws Exception {
        return new Trust(certificates(names), lists, depth, Purpose.CLIENT);
    }

    private static String judge(Trust trust, String... sent) throws Exception {
        return trust.judge(certificates(sent)).toString();
    }

    @Test
    void aPathToARootThatIsTrustedIsRight() throws Exception {
        Trust root = trust(1, List.of(), "root");
        assertEquals("0:ok", judge(root, "direct"));
        assertEquals("0:ok", judge(root, "root"));
        assertEquals("0:ok", judge(root, "end", "middle"));
        assertEquals("0:ok", judge(root, "end", "stranger", "middle", "root"));
        assertEquals("0:ok", judge(trust(1, List.of(), "middle", "root"), "end"));
        assertEquals("0:ok", judge(root, "server", "middle").replace("26:unsuitable certificate purpose", "0:ok"));
    }

    @Test
    void whoIsVouchedForByNobodyIsNot() throws Exception {
        Trust root = trust(1, List.of(), "root");
        assertEquals("18:self-signed certificate", judge(root, "stranger"));
        assertEquals("21:unable to verify the first certificate", judge(root, "end"));
        Trust stranger = trust(1, List.of(), "stranger");
        assertEquals("21:unable to verify the first certificate", judge(stranger, "direct"));
        assertEquals("20:unable to get local issuer certificate", judge(stranger, "end", "middle"));
        assertEquals("19:self-signed certificate in certificate chain", judge(stranger, "end", "middle", "root"));
        // one in between is no root
        assertEquals("2:unable to get issuer certificate", judge(trust(1, List.of(), "middle"), "end"));
    }

    @Test
    void aPathHasItsLength() throws Exception {
        assertEquals("0:ok", judge(trust(0, List.of(), "root"), "direct"));
        assertEquals("20:unable to get local issuer certificate", judge(trust(0, List.of(), "root"), "end", "middle"));
    }

    @Test
    void whatIsNoAuthorityVouchesForNobody() throws Exception {
        assertEquals("79:invalid CA certificate", judge(trust(5, List.of(), "root"), "below-none", "direct"));
    }

    @Test
    void aServersCertificateIsNoneOfAClient() throws Exception {
        assertEquals("26:unsuitable certificate purpose", judge(trust(1, List.of(), "root"), "server"));
        Trust ofServers = new Trust(certificates("root"), List.of(), 1, Purpose.SERVER);
        assertEquals("0:ok", ofServers.judge(certificates("server")).toString());
    }

    @Test
    void aCertificateHasItsTime() throws Exception {
        Trust root = trust(1, List.of(), "root");
        assertEquals("10:certificate has expired", judge(root, "old"));
        assertEquals("9:certificate is not yet valid", judge(root, "young"));
    }

    @Test
    void whatIsRevokedIsNotRight() throws Exception {
        assertEquals("0:ok", judge(trust(1, lists("nothing"), "root"), "middle"));
        assertEquals("23:certificate revoked", judge(trust(1, lists("revoked"), "root"), "middle"));
        assertEquals("23:certificate revoked", judge(trust(1, lists("revoked"), "root", "middle"), "end"));
    }

    @Test
    void withoutAListForEachOfAPathNothingIsKnown() throws Exception {
        assertEquals("3:unable to get certificate CRL", judge(trust(1, lists("nothing"), "root", "middle"), "end"));
        assertEquals("0:ok", judge(trust(1, lists("nothing", "of-middle"), "root", "middle"), "end"));
    }
}
