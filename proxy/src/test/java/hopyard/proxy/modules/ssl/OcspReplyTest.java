package hopyard.proxy.modules.ssl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.OpenSsl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a responder says, as OpenSSL's command writes it. */
class OcspReplyTest {

    @TempDir
    private static Path files;

    private static OpenSsl ca;

    @BeforeAll
    static void makeResponses() throws Exception {
        OpenSsl.require();
        ca = new OpenSsl(files);
        ca.root("root");
        ca.signed("one", "root", "none");
        ca.signed("two", "root", "none");
        respond("good", "one", "-ndays", "1");
        respond("endless", "one");
        ca.revoke("one", "root");
        respond("revoked", "one", "-ndays", "1");
    }

    private static void respond(String file, String about, String... more) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("-issuer", "root.crt", "-cert", about + ".crt", "-respout", file));
        arguments.addAll(List.of(more));
        OpenSsl.answer(files, arguments.toArray(String[]::new));
    }

    private static X509Certificate certificate(String name) throws Exception {
        return Pem.certificates(Files.readString(ca.file(name + ".crt"), StandardCharsets.ISO_8859_1))
                .get(0);
    }

    private static byte[] response(String name) throws IOException {
        return Files.readAllBytes(ca.file(name));
    }

    @Test
    void aCertificateIsGoodForAsLongAsIsSaid() throws Exception {
        OcspReply reply = OcspReply.about(certificate("one"), response("good"));
        assertEquals("good", reply.status());
        assertTrue(Duration.between(reply.since(), Instant.now()).abs().toMinutes() < 5, reply.toString());
        assertEquals(Duration.ofDays(1), Duration.between(reply.since(), reply.until()));
    }

    @Test
    void nothingNeedsToBeSaidOfWhenToAskAgain() throws Exception {
        assertNull(OcspReply.about(certificate("one"), response("endless")).until());
    }

    @Test
    void aCertificateIsRevoked() throws Exception {
        assertEquals(
                "revoked",
                OcspReply.about(certificate("one"), response("revoked")).status());
    }

    @Test
    void whatIsNoResponseAboutTheCertificateIsAMistake() throws Exception {
        X509Certificate other = certificate("two");
        assertThrows(IllegalArgumentException.class, () -> OcspReply.about(other, response("good")));
        byte[] good = response("good");
        X509Certificate one = certificate("one");
        for (int length = 0; length < good.length / 2; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThrows(IllegalArgumentException.class, () -> OcspReply.about(one, cut), () -> "of " + cut.length);
        }
        // "unauthorized", which is all that a responder may say (RFC 6960 §4.2.1)
        byte[] unauthorized = {0x30, 0x03, 0x0a, 0x01, 0x06};
        assertThrows(IllegalArgumentException.class, () -> OcspReply.about(one, unauthorized));
    }
}
