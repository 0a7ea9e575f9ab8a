package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.TestCertificate;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients and servers agree to speak on TLS (RFC 7301), with either engine. */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class ApplicationProtocolsTest {

    @TempDir
    private Path directory;

    @Parameter
    private String engine;

    private ProxyUnderTest proxy() throws IOException {
        return proxy("ssl");
    }

    private ProxyUnderTest proxy(String listen) throws IOException {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        return ProxyUnderTest.withHttp(
                directory,
                "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 " + listen + "; " + certificate.lines()
                        + " location / { return 200 \"$ssl_alpn_protocol\"; } }");
    }

    private static String ask(int port, String... protocols) throws Exception {
        try (Socket plain = new Socket("127.0.0.1", port);
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", port, true)) {
            socket.setSoTimeout(10_000);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(protocols);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return socket.getApplicationProtocol() + " " + response.replaceAll("(?s).*\r\n\r\n", "");
        }
    }

    @Test
    void theServersFirstThatTheClientSpeaksIsSpoken() throws Exception {
        try (ProxyUnderTest proxy = proxy()) {
            assertEquals("http/1.1 http/1.1", ask(proxy.port(), "http/1.0", "http/1.1"));
            assertEquals("http/1.0 http/1.0", ask(proxy.port(), "spdy/3", "http/1.0"));
            assertEquals(" ", ask(proxy.port()));
        }
    }

    @Test
    void aClientThatSpeaksNoneOfThemIsRefused() throws Exception {
        try (ProxyUnderTest proxy = proxy()) {
            assertThrows(SSLHandshakeException.class, () -> ask(proxy.port(), "acme-tls/1"));
            proxy.errorLine("SSL_do_handshake() failed (SSL: ");
        }
    }

    @Test
    void aClientThatBeginsWithHttp2AndNotWithTlsIsToldInHttp1() throws Exception {
        try (ProxyUnderTest proxy = proxy("ssl http2")) {
            String answer = RawClient.exchange(proxy.port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
        }
    }

    @Test
    void http2IsOfferedWhereTheAddressOrTheServerSaysSo() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "all", "all.example");
        String one = "127.0.0.1";
        String two = "127.0.0.2";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "hop_tls_engine " + engine + "; " + certificate.lines()
                        + " server { listen " + one + ":0 ssl http2; listen " + two + ":0 ssl; server_name a.example; }"
                        + " server { listen " + one + ":0 ssl; listen " + two
                        + ":0 ssl; server_name b.example; http2 on; }"
                        + " server { listen " + one + ":0 ssl; listen " + two + ":0 ssl; server_name c.example; }")) {
            Map<String, Integer> ports = proxy.server().boundAddresses().stream()
                    .collect(Collectors.toMap(InetSocketAddress::getHostString, InetSocketAddress::getPort));
            List<String> agreed = new ArrayList<>();
            for (String address : List.of(one, two)) {
                for (String name : List.of("a.example", "b.example", "c.example")) {
                    agreed.add(agreed(address, ports.get(address), name));
                }
            }
            assertEquals(List.of("h2", "h2", "h2", "http/1.1", "h2", "http/1.1"), agreed);
        }
    }

    @Test
    void aReloadWithinTheHandshakeDoesNotChangeWhatIsOffered() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        String text = "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl; http2 %s; " + certificate.lines()
                + " location / { return 200 $server_protocol; } }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, text.formatted("off"), 1);
                HeldSocket plain = new HeldSocket(proxy.port(), 1);
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", proxy.port(), true)) {
            plain.meanwhile = () -> {
                // the one thread reads what comes first, so this connection has been taken for TLS when another is
                // served
                assertEquals("http/1.1", agreed("127.0.0.1", proxy.port(), "one.example"));
                proxy.reload(text.formatted("on"));
                return null;
            };
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            assertEquals("http/1.1", socket.getApplicationProtocol());
            socket.getOutputStream().write("GET / HTTP/1.0\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(response.endsWith("HTTP/1.0"), response);
            assertEquals("h2", agreed("127.0.0.1", proxy.port(), "one.example"));
        }
    }

    /** @param sent how many bytes the client has sent when the reload comes; none for one that has only connected */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aReloadThatChangesTheCertificateEndsNoHandshake(int sent) throws Exception {
        String text =
                "hop_tls_engine " + engine + "; server { listen 127.0.0.1:0 ssl; %s location / { return 200 ok; } }";
        String before = TestCertificate.in(directory, "one", "one.example").lines();
        String after = TestCertificate.in(directory, "two", "one.example").lines();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, text.formatted(before), 1);
                HeldSocket plain = new HeldSocket(proxy.port(), sent);
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", proxy.port(), true)) {
            plain.meanwhile = () -> {
                assertEquals("http/1.1", agreed("127.0.0.1", proxy.port(), "one.example"));
                proxy.reload(text.formatted(after));
                assertEquals("http/1.1", agreed("127.0.0.1", proxy.port(), "one.example"));
                return null;
            };
            socket.startHandshake();
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(response.contains("\r\nConnection: close\r\n") && response.endsWith("ok"), response);
        }
    }

    /** A socket that does something else when the first bytes are out. */
    private static final class HeldSocket extends Socket {

        private final int first;
        private Callable<Void> meanwhile;

        HeldSocket(int port, int first) throws IOException {
            super("127.0.0.1", port);
            this.first = first;
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            OutputStream out = super.getOutputStream();
            return new FilterOutputStream(out) {
                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    Callable<Void> then = meanwhile;
                    meanwhile = null;
                    if (then == null) {
                        out.write(bytes, from, length);
                        return;
                    }
                    out.write(bytes, from, first);
                    try {
                        then.call();
                    } catch (Exception e) {
                        throw new IOException(e);
                    }
                    out.write(bytes, from + first, length - first);
                }
            };
        }
    }

    private static String agreed(String address, int port, String name) throws Exception {
        try (Socket plain = new Socket(address, port);
                SSLSocket socket = (SSLSocket)
                        TestCertificate.trustingAnybody().getSocketFactory().createSocket(plain, name, port, true)) {
            socket.setSoTimeout(10_000);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            parameters.setServerNames(List.of(new SNIHostName(name)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket.getApplicationProtocol();
        }
    }
}
