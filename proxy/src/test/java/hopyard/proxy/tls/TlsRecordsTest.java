package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Contents of every size through TLS, with clients and with upstreams, in both directions; and records that are none.
 */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class TlsRecordsTest {

    private static final int RECORD = 16_384;

    @TempDir
    private static Path keys;

    private static TestCertificate certificate;

    @TempDir
    private Path directory;

    /** Who speaks TLS with clients. */
    @Parameter
    private String engine;

    private RawUpstream echo;
    private ProxyUnderTest back;
    private ProxyUnderTest front;

    @BeforeAll
    static void makeCertificate() {
        certificate = TestCertificate.in(keys, "one", "one.example");
    }

    @BeforeEach
    void start() throws IOException {
        echo = new RawUpstream(TlsRecordsTest::echo);
        back = ProxyUnderTest.withHttp(
                Files.createDirectories(directory.resolve("back")),
                "hop_tls_engine " + engine + "; client_max_body_size 0; server { listen 127.0.0.1:0 ssl; "
                        + certificate.lines()
                        + " proxy_http_version 1.1; proxy_set_header Connection ''; location / { proxy_pass http://"
                        + echo.address() + "; } location /unbuffered { proxy_request_buffering off; "
                        + "proxy_buffering off; proxy_pass http://" + echo.address() + "; } }");
        String to = "proxy_pass https://back; ";
        front = ProxyUnderTest.withHttp(
                directory,
                "hop_tls_engine " + engine
                        + "; client_max_body_size 0; client_header_timeout 1s; upstream back { server 127.0.0.1:"
                        + back.port()
                        + "; keepalive 4; } server { listen 127.0.0.1:0 ssl; "
                        + certificate.lines()
                        + " proxy_http_version 1.1; proxy_set_header Connection ''; location / { " + to
                        + "} location /unbuffered { proxy_request_buffering off; proxy_buffering off; " + to
                        + "} location /tls12 { proxy_ssl_protocols TLSv1.2; " + to + "} }");
    }

    @AfterEach
    void stop() throws IOException {
        front.close();
        back.close();
        echo.close();
    }

    /** Sends back what it gets, in the same framing. */
    private static void echo(RawUpstream.Connection c) throws IOException {
        while (true) {
            String head = c.readHead();
            if (head.contains("chunked")) {
                StringBuilder all = new StringBuilder();
                for (int n = chunk(c); n > 0; n = chunk(c)) {
                    all.append(c.read(n));
                    c.read(2);
                }
                c.read(2);
                c.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(all.length())
                        + "\r\n" + all + "\r\n0\r\n\r\n");
            } else {
                int n = Integer.parseInt(head.replaceAll("(?s).*Content-Length: ([0-9]+).*", "$1"));
                c.send("HTTP/1.1 200 OK\r\nContent-Length: " + n + "\r\n\r\n" + c.read(n));
            }
        }
    }

    private static int chunk(RawUpstream.Connection c) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = c.read(); b != '\n'; b = c.read()) {
            line.append((char) b);
        }
        return Integer.parseInt(line.toString().trim(), 16);
    }

    /** A client on one connection. */
    private static final class Client implements AutoCloseable {
        private final SSLSocket socket;
        private final InputStream in;

        Client(int port, String version) throws Exception {
            socket = (SSLSocket) TestCertificate.trustingAnybody()
                    .getSocketFactory()
                    .createSocket(new Socket("127.0.0.1", port), "one.example", port, true);
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
            socket.setEnabledProtocols(new String[] {version});
            in = new BufferedInputStream(socket.getInputStream());
        }

        void send(String path, byte[] content, boolean chunked) throws IOException {
            String framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + content.length;
            String head = "POST " + path + " HTTP/1.1\r\nHost: t\r\n" + framing + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            if (chunked) {
                socket.getOutputStream().write((Integer.toHexString(content.length) + "\r\n").getBytes());
                socket.getOutputStream().write(content);
                socket.getOutputStream().write("\r\n0\r\n\r\n".getBytes());
            } else {
                socket.getOutputStream().write(content);
            }
        }

        private String line() throws IOException {
            StringBuilder out = new StringBuilder();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("ended after: " + out);
                }
                out.append((char) b);
            }
            return out.toString().trim();
        }

        byte[] receive() throws IOException {
            assertEquals("HTTP/1.1 200 OK", line());
            int length = -1;
            for (String field = line(); !field.isEmpty(); field = line()) {
                if (field.startsWith("Content-Length: ")) {
                    length = Integer.parseInt(field.substring(16));
                }
            }
            if (length >= 0) {
                return in.readNBytes(length);
            }
            byte[] all = {};
            for (int n = Integer.parseInt(line(), 16); n > 0; n = Integer.parseInt(line(), 16)) {
                byte[] chunk = in.readNBytes(n);
                all = Arrays.copyOf(all, all.length + n);
                System.arraycopy(chunk, 0, all, all.length - n, n);
                line();
            }
            line();
            return all;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static byte[] content(int size) {
        byte[] out = new byte[size];
        for (int i = 0; i < size; i++) {
            out[i] = (byte) ('a' + (i * 31 + size) % 26);
        }
        return out;
    }

    private static List<Integer> sizes() {
        List<Integer> sizes = new ArrayList<>(List.of(1, 100, 8192, 1 << 20, (1 << 20) - 1));
        for (int records = 1; records <= 3; records++) {
            for (int around : new int[] {-300, -29, -17, -1, 0, 1, 17}) {
                sizes.add(records * RECORD + around);
            }
        }
        return sizes;
    }

    private void everySize(String version, String path) throws Exception {
        for (boolean chunked : new boolean[] {false, true}) {
            try (Client client = new Client(front.port(), version)) {
                for (int size : sizes()) {
                    byte[] content = content(size);
                    try {
                        client.send(path, content, chunked);
                        assertTrue(Arrays.equals(content, client.receive()), version + path + size);
                    } catch (IOException e) {
                        throw new IOException(version + path + size + (chunked ? " chunked" : ""), e);
                    }
                }
            }
        }
    }

    @Test
    void contentsOfEverySizePassWithTls13() throws Exception {
        everySize("TLSv1.3", "/");
        everySize("TLSv1.3", "/unbuffered");
    }

    @Test
    void contentsOfEverySizePassWithTls12() throws Exception {
        everySize("TLSv1.2", "/tls12");
        everySize("TLSv1.2", "/unbuffered");
    }

    @Test
    void connectionsToATlsUpstreamCarryMoreThanOneRequest() throws Exception {
        try (Client client = new Client(front.port(), "TLSv1.3")) {
            for (int i = 0; i < 5; i++) {
                client.send("/", content(10), false);
                client.receive();
            }
        }
        // one I/O thread of the front proxy has used one connection
        assertEquals(1, back.server().counts().accepted());
    }

    @Test
    void pipelinedRequestsAndSlowReadersGetAll() throws Exception {
        try (Client client = new Client(front.port(), "TLSv1.3")) {
            for (int i = 0; i < 4; i++) {
                client.send("/", content(RECORD * 2 + i), false);
            }
            for (int i = 0; i < 4; i++) {
                assertTrue(Arrays.equals(content(RECORD * 2 + i), client.receive()));
                Thread.sleep(50);
            }
        }
    }

    @Test
    void whatIsNoTlsEndsTheConnectionAndIsLogged() throws Exception {
        String hello = "\u0016\u0003\u0001";
        // the connection is closed as soon as the mistake is there: a record of 0xffff bytes, and one without sense
        RawClient.exchange(front.port(), hello + "\u00ff\u00ff" + "x".repeat(40_000));
        front.errorLine("SSL_do_handshake() failed (SSL: ");
        RawClient.exchange(front.port(), hello + "\u0000\u0004xxxx");
        Wait.until("a line for each", () -> lines("SSL_do_handshake() failed (SSL: ") == 2);
        assertTrue(front.errorLine("SSL_do_handshake").contains(", client: 127.0.0.1, server: 127.0.0.1:"));
    }

    @ParameterizedTest
    @ValueSource(ints = {RECORD + 1, RECORD + 2049, 0xffff})
    void aFirstRecordThatIsTooLongIsRefusedByItsHeader(int length) throws Exception {
        try (Socket client = new Socket("127.0.0.1", front.port())) {
            client.setSoTimeout(10_000);
            client.getOutputStream().write(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length, 1, 0, 0});
            // record_overflow, fatal (RFC 8446 §6.2)
            assertArrayEquals(
                    new byte[] {21, 3, 3, 0, 2, 2, 22}, client.getInputStream().readAllBytes());
        }
        assertTrue(front.errorLine("SSL_do_handshake()").contains("packet length too long"));
    }

    @Test
    void aHandshakeThatIsNotEndedIsEndedAndCostsNoTime() throws Exception {
        long before = cpu();
        try (RawClient half = new RawClient(front.port());
                RawClient gone = new RawClient(front.port())) {
            half.send("\u0016\u0003\u0001\u0001\u0000\u0001");
            gone.send("\u0016\u0003\u0001\u0001\u0000\u0001").socket().shutdownOutput();
            assertEquals("", gone.readAll());
            front.errorLine(
                    "peer closed connection in SSL handshake while SSL handshaking, client: 127.0.0.1, server: ");
            assertEquals("", half.readAll());
            front.errorLine("client timed out (110: Connection timed out) while SSL handshaking, client: 127.0.0.1");
        }
        assertTrue(cpu() - before < 700_000_000, "an I/O thread was busy for nothing");
        Wait.until("the end of every connection", () -> front.server().connections() == 0);
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private long lines(String text) throws IOException {
        return Files.readAllLines(directory.resolve("error.log"), StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.contains(text))
                .count();
    }
}
