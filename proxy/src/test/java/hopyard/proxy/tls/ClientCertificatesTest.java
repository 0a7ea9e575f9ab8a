package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What either engine tells of clients' certificates: of a new session, of one taken up again, and at the end. */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class ClientCertificatesTest {

    @TempDir
    private static Path keys;

    private static TestCertificate server;

    @TempDir
    private Path directory;

    @Parameter
    private String engine;

    @BeforeAll
    static void makeCertificates() {
        server = TestCertificate.in(keys, "server", "one.example");
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2,EC", "TLSv1.2,RSA", "TLSv1.3,EC", "TLSv1.3,RSA"})
    void theCertificateIsToldOfNewSessionsAndOfOldOnes(String version, String kind) throws Exception {
        TestCertificate own = TestCertificate.in(directory, "client", "client.example", kind);
        SSLContext client = own.trustingAnybodyWithIt();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "hop_tls_engine " + engine + "; log_format own \"$ssl_client_s_dn $ssl_session_reused\"; "
                        + "access_log own.log own; server { listen 127.0.0.1:0 ssl; " + server.lines()
                        + " ssl_verify_client on; ssl_client_certificate " + own.file()
                        + "; location / { return 200 \"$ssl_client_verify $ssl_client_s_dn $ssl_session_reused\"; } }")) {
            assertEquals("SUCCESS CN=client.example .", ask(client, proxy.port(), version));
            assertEquals("SUCCESS CN=client.example r", ask(client, proxy.port(), version));
            Path log = directory.resolve("own.log");
            Wait.until("both lines", () -> Files.readAllLines(log).size() == 2);
            assertEquals(List.of("CN=client.example .", "CN=client.example r"), Files.readAllLines(log));
        }
    }

    private static String ask(SSLContext client, int port, String version) throws Exception {
        try (Socket plain = new Socket("127.0.0.1", port);
                SSLSocket socket =
                        (SSLSocket) client.getSocketFactory().createSocket(plain, "one.example", port, true)) {
            socket.setSoTimeout(10_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return response.replaceAll("(?s).*\r\n\r\n", "");
        }
    }
}
