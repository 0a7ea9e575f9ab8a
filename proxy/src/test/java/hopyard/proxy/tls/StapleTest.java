package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.OpenSsl;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a responder has said of a server's certificate goes to clients with it: {@code ssl_stapling}. */
class StapleTest {

    @TempDir
    private static Path files;

    private static OpenSsl ca;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeResponses() throws Exception {
        OpenSsl.require();
        ca = new OpenSsl(files);
        ca.root("root");
        ca.signed("one", "root", "server");
        ca.signed("two", "root", "server");
        ca.together("one-chain.crt", "one.crt", "root.crt");
        ca.together("two-chain.crt", "two.crt", "root.crt");
        respond("one-good", "one");
        respond("two-good", "two");
        ca.revoke("one", "root");
        respond("one-revoked", "one");
    }

    private static void respond(String name, String about) throws IOException {
        OpenSsl.run(
                files, "ocsp", "-issuer", "root.crt", "-cert", about + ".crt", "-no_nonce", "-reqout", "request.der");
        OpenSsl.answer(files, "-reqin", "request.der", "-respout", name + ".der", "-ndays", "1");
    }

    private static String server(int port, String certificate, String key, String staple) {
        return "server { listen 127.0.0.1:" + port + " ssl; ssl_certificate " + ca.file(certificate + ".crt")
                + "; ssl_certificate_key " + ca.file(key + ".key") + "; ssl_stapling_file " + ca.file(staple)
                + "; return 200 ok; } ";
    }

    /** Shakes hands; what is stapled to the server's certificate. */
    private static List<byte[]> stapled(int port, String version) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) TestCertificate.trustingAnybody().getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(response.endsWith("\r\n\r\nok"), response);
            // before TLS 1.3, a client that asks for the whole chain gets an empty one for what nothing is known of
            return ((ExtendedSSLSession) socket.getSession())
                    .getStatusResponses().stream()
                            .filter(each -> each.length > 0)
                            .toList();
        }
    }

    @Test
    void eachServerStaplesItsOwnResponseWhateverItSays() throws Exception {
        int[] ports = Ports.free(3);
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "ssl_stapling on; " + server(ports[0], "one-chain", "one", "one-good.der")
                        + server(ports[1], "one-chain", "one", "one-revoked.der")
                        + server(ports[2], "two-chain", "two", "two-good.der"))) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                for (int round = 0; round < 2; round++) {
                    String[] expected = {"one-good.der", "one-revoked.der", "two-good.der"};
                    for (int i = 0; i < expected.length; i++) {
                        List<byte[]> stapled = stapled(ports[i], version);
                        assertEquals(1, stapled.size(), expected[i]);
                        assertArrayEquals(Files.readAllBytes(ca.file(expected[i])), stapled.get(0), expected[i]);
                    }
                }
            }
        }
    }

    @Test
    void nothingIsStapledIfItIsOffOrIfTheResponseIsAboutAnother() throws Exception {
        int[] ports = Ports.free(2);
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                server(ports[0], "one-chain", "one", "one-good.der")
                        + server(ports[1], "two-chain", "two", "one-good.der")
                                .replace("return", "ssl_stapling on; return"))) {
            for (int port : ports) {
                assertEquals(List.of(), stapled(port, "TLSv1.3"));
            }
        }
    }

    @Test
    void withoutTheIssuerInTheChainAWarningSaysThatNothingIsStapled() throws Exception {
        int port = Ports.free();
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withHttp(directory, "ssl_stapling on; " + server(port, "one", "one", "one-good.der"))) {
            List<String> warnings = proxy.server().configuration().warnings();
            assertEquals(1, warnings.size(), warnings.toString());
            assertEquals(
                    "\"ssl_stapling\" ignored, Java sends a response only if the issuer follows in \""
                            + ca.file("one.crt") + "\"",
                    warnings.get(0));
            assertEquals(List.of(), stapled(port, "TLSv1.3"));
        }
    }

    /** A responder that says this of every certificate. */
    private static RawUpstream responder(String file) throws IOException {
        String content = Files.readString(ca.file(file), StandardCharsets.ISO_8859_1);
        return new RawUpstream(connection -> {
            connection.readHead();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n" + content);
        });
    }

    private static String askingServer(int port, RawUpstream responder, String more) {
        return "server { listen 127.0.0.1:" + port + " ssl; ssl_certificate " + ca.file("two-chain.crt")
                + "; ssl_certificate_key " + ca.file("two.key") + "; ssl_stapling on; ssl_stapling_responder http://"
                + responder.address() + "/; " + more + " return 200 ok; } ";
    }

    @Test
    void aResponderIsAskedWhenAClientComesAndOnlyOnce() throws Exception {
        int port = Ports.free();
        try (RawUpstream responder = responder("two-good.der");
                ProxyUnderTest proxy =
                        ProxyUnderTest.withHttp(directory, askingServer(port, responder, "ssl_stapling_verify on;"))) {
            assertEquals(List.of(), stapled(port, "TLSv1.3"));
            Wait.until("a response to staple", () -> !stapled(port, "TLSv1.3").isEmpty());
            assertArrayEquals(
                    Files.readAllBytes(ca.file("two-good.der")),
                    stapled(port, "TLSv1.2").get(0));
            assertEquals(1, responder.connections());
        }
    }

    @Test
    void whatAResponderSaysOfAnotherCertificateIsNotStapled() throws Exception {
        int port = Ports.free();
        try (RawUpstream responder = responder("one-good.der");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, askingServer(port, responder, ""))) {
            assertEquals(List.of(), stapled(port, "TLSv1.3"));
            proxy.errorLine("certificate status not found in the OCSP response while requesting certificate status");
            assertEquals(List.of(), stapled(port, "TLSv1.3"));
            assertEquals(1, responder.connections());
        }
    }

    @Test
    void aResponseThatIsCutIsNone() throws Exception {
        String whole = Files.readString(ca.file("one-good.der"), StandardCharsets.ISO_8859_1);
        assertTrue(new Staple(whole).isComplete());
        // "unauthorized", which is all that a responder may say (RFC 6960 §4.2.1)
        assertTrue(new Staple("\u0030\u0003\n\u0001\u0006").isComplete());
        for (String none : List.of("", "garbage", whole.substring(0, whole.length() - 1), "\u0030\u0082\u0001")) {
            assertEquals(false, new Staple(none).isComplete(), none);
        }
    }
}
