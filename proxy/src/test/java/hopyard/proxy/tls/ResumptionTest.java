package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions are taken up again, with either engine, or not, as the directives say. */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class ResumptionTest {

    /** More than an alert is. */
    private static final int MIN_TICKET = 48;

    /** What a client says behind its last flight is read together with that only now and then. */
    private static final int TRIES = 50;

    @TempDir
    private static Path keys;

    private static TestCertificate certificate;

    @TempDir
    private Path directory;

    @Parameter
    private String engine;

    @BeforeAll
    static void makeCertificate() {
        certificate = TestCertificate.in(keys, "one", "one.example");
    }

    private ProxyUnderTest proxy(String more) throws IOException {
        return ProxyUnderTest.withHttp(
                directory,
                "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl; " + certificate.lines() + more
                        + " location / { return 200 \"$ssl_protocol $ssl_curve $ssl_session_reused\"; } }");
    }

    private static String ask(SSLContext client, int port, String version) throws IOException {
        try (Socket plain = new Socket("127.0.0.1", port);
                SSLSocket socket =
                        (SSLSocket) client.getSocketFactory().createSocket(plain, "one.example", port, true)) {
            socket.setSoTimeout(10_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return response.replaceAll("(?s).*\r\n\r\n", "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aClientTakesItsSessionUpAgain(String version) throws Exception {
        try (ProxyUnderTest proxy = proxy("")) {
            SSLContext client = TestCertificate.trustingAnybody();
            assertEquals(version + " X25519 .", ask(client, proxy.port(), version));
            assertEquals(version + " X25519 r", ask(client, proxy.port(), version));
            assertEquals(version + " X25519 .", ask(TestCertificate.trustingAnybody(), proxy.port(), version));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void sessionsThatStayWithTheServerAreTakenUpAgain(String version) throws Exception {
        try (ProxyUnderTest proxy = proxy("ssl_session_tickets off; ssl_session_cache shared:TLS:1m;")) {
            SSLContext client = TestCertificate.trustingAnybody();
            assertEquals(version + " X25519 .", ask(client, proxy.port(), version));
            assertEquals(version + " X25519 r", ask(client, proxy.port(), version));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void noSessionIsTakenUpWhereNoneIsKept(String version) throws Exception {
        try (ProxyUnderTest proxy = proxy("ssl_session_tickets off; ssl_session_cache off;")) {
            SSLContext client = TestCertificate.trustingAnybody();
            assertEquals(version + " X25519 .", ask(client, proxy.port(), version));
            assertEquals(version + " X25519 .", ask(client, proxy.port(), version));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aSessionEndsWhenItsTimeIsOver(String version) throws Exception {
        try (ProxyUnderTest proxy = proxy("ssl_session_timeout 1s;")) {
            SSLContext client = TestCertificate.trustingAnybody();
            assertEquals(version + " X25519 .", ask(client, proxy.port(), version));
            long began = System.nanoTime();
            while (System.nanoTime() - began < 2_100_000_000L) {
                Thread.sleep(100);
            }
            assertEquals(version + " X25519 .", ask(client, proxy.port(), version));
        }
    }

    private interface Client {
        /** Goes on after the handshake. What that has not read of TLS is still to be read from the plain socket. */
        void goOn(SSLSocket socket, Socket plain) throws Exception;
    }

    private static void shakeHands(ProxyUnderTest proxy, Client client) throws Exception {
        try (Socket plain = new Socket("127.0.0.1", proxy.port());
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", proxy.port(), true)) {
            plain.setSoTimeout(10_000);
            socket.startHandshake();
            client.goOn(socket, plain);
        }
    }

    @Test
    void ticketsComeBeforeTheClientHasAskedForAnything() throws Exception {
        try (ProxyUnderTest proxy = proxy("")) {
            shakeHands(
                    proxy,
                    (socket, plain) -> Wait.until(
                            "a ticket to come", () -> plain.getInputStream().available() >= MIN_TICKET));
        }
    }

    @Test
    void ticketsComeBeforeTheAppHasAnswered() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl; " + certificate.lines()
                                + " location / { proxy_pass http://127.0.0.1:" + silent.getLocalPort() + "; } }")) {
            for (int i = 0; i < TRIES; i++) {
                shakeHands(proxy, (socket, plain) -> {
                    socket.getOutputStream()
                            .write("GET / HTTP/1.1\r\nHost: one.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    Wait.until("a ticket to come", () -> plain.getInputStream().available() >= MIN_TICKET);
                });
            }
        }
    }

    @Test
    void aClientThatEndsRightBehindItsLastFlightGetsTickets() throws Exception {
        try (ProxyUnderTest proxy = proxy("")) {
            for (int i = 0; i < TRIES; i++) {
                shakeHands(proxy, (socket, plain) -> {
                    plain.shutdownOutput();
                    int length = plain.getInputStream().readAllBytes().length;
                    assertTrue(length >= MIN_TICKET, length + " bytes came");
                });
            }
        }
    }
}
