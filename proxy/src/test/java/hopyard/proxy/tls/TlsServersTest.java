package hopyard.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers that share an address with different TLS settings, and handshakes that fail, with clients and with upstreams.
 */
@ParameterizedClass
@ValueSource(strings = {"boringssl", "java"})
class TlsServersTest {

    @TempDir
    private static Path keys;

    private static TestCertificate one;
    private static TestCertificate two;

    @TempDir
    private Path directory;

    /** Who speaks TLS with clients. */
    @Parameter
    private String engine;

    private int port;

    @BeforeAll
    static void certificates() {
        one = TestCertificate.in(keys, "one", "one.example");
        two = TestCertificate.in(keys, "two", "two.example");
    }

    @BeforeEach
    void findPort() {
        port = Ports.free();
    }

    private String server(String name, TestCertificate certificate, String more) {
        return "server { listen 127.0.0.1:" + port + " ssl; hop_tls_engine " + engine + "; server_name " + name + "; "
                + certificate.lines() + more
                + " location / { return 200 \"$ssl_protocol $server_name\"; } } ";
    }

    /** Shakes hands with one version, and asks; the certificate's name and the answer's content. */
    private String ask(String name, String version) throws Exception {
        try (Socket plain = new Socket("127.0.0.1", port);
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "127.0.0.1", port, true)) {
            socket.setSoTimeout(10_000);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            parameters.setProtocols(new String[] {version});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            String request = "GET / HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return socket.getSession().getPeerPrincipal() + " " + response.replaceAll("(?s).*\r\n\r\n", "");
        }
    }

    @Test
    void versionsThatAreSetForAllServersAreSpokenByEach() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "ssl_protocols TLSv1.2 TLSv1.3; " + server("one.example", one, "") + server("two.example", two, ""))) {
            assertEquals(1, proxy.ports().size());
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                assertEquals("CN=one.example " + version + " one.example", ask("one.example", version));
                assertEquals("CN=two.example " + version + " two.example", ask("two.example", version));
            }
        }
    }

    @Test
    void eachServerHasItsOwnVersions() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                server("one.example", one, "ssl_protocols tlsv1.2;")
                        + server("two.example", two, "ssl_protocols TLSv1.3;"))) {
            assertEquals("CN=one.example TLSv1.2 one.example", ask("one.example", "TLSv1.2"));
            assertEquals("CN=two.example TLSv1.3 two.example", ask("two.example", "TLSv1.3"));
            assertThrows(SSLException.class, () -> ask("two.example", "TLSv1.2"));
            assertThrows(SSLException.class, () -> ask("one.example", "TLSv1.3"));
            assertThrows(SSLException.class, () -> ask("other.example", "TLSv1.3"));
            String line = proxy.errorLine("SSL_do_handshake() failed (SSL: ");
            assertTrue(line.contains("[info]"), line);
            assertTrue(
                    line.endsWith("(SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking, "
                            + "client: 127.0.0.1, server: 127.0.0.1:" + port),
                    line);
        }
    }

    @Test
    void everyKindOfNameHasItsCertificate() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                server("one.example", one, "") + server(".two.example two.* ~^t[0-9]+\\.example$", two, ""))) {
            assertEquals(1, proxy.ports().size());
            for (String name : List.of("two.example", "www.two.example", "two.test", "t42.example", "TWO.example")) {
                assertTrue(ask(name, "TLSv1.3").startsWith("CN=two.example "), name);
            }
            assertTrue(ask("other.example", "TLSv1.3").startsWith("CN=one.example "));
        }
    }

    @Test
    void aClientMayNotShakeHandsAgainAndAgain() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server("one.example", one, ""));
                Socket plain = new Socket("127.0.0.1", proxy.port());
                SSLSocket socket = (SSLSocket) TestCertificate.trustingAnybody()
                        .getSocketFactory()
                        .createSocket(plain, "one.example", port, true)) {
            socket.setSoTimeout(10_000);
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            assertThrows(IOException.class, () -> {
                socket.startHandshake();
                socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: t\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertEquals(-1, socket.getInputStream().read());
                throw new IOException("closed");
            });
        }
    }

    @Test
    void anUpstreamWhoseHandshakeFailsIsLoggedAsWhatItIs() throws Exception {
        try (ProxyUnderTest tls = ProxyUnderTest.withHttp(
                        Files.createDirectories(directory.resolve("tls")), server("one.example", one, ""));
                RawUpstream plain = new RawUpstream(c -> {
                    c.read();
                    c.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    c.read(1 << 20);
                });
                RawUpstream silent = new RawUpstream(c -> c.read(1 << 20));
                RawUpstream closing = new RawUpstream(c -> c.read(1));
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "proxy_ssl_trusted_certificate " + two.file()
                                + "; location /untrusted { proxy_ssl_verify on; proxy_ssl_name one.example; "
                                + "proxy_pass https://127.0.0.1:" + tls.port() + "; } "
                                + "location /other { proxy_ssl_verify on; proxy_ssl_name other.example; "
                                + "proxy_ssl_trusted_certificate " + one.file() + "; proxy_pass https://127.0.0.1:"
                                + tls.port() + "; } location /plain { proxy_pass https://" + plain.address()
                                + "; } location /silent { proxy_connect_timeout 300ms; proxy_pass https://"
                                + silent.address()
                                + "; } location /closing { proxy_pass https://" + closing.address() + "; }")) {
            assertTrue(RawClient.get(proxy.port(), "/untrusted").startsWith("HTTP/1.1 502 "));
            proxy.errorLine("upstream SSL certificate verify error: (18:self-signed certificate) while SSL "
                    + "handshaking to upstream, client: 127.0.0.1");
            assertTrue(RawClient.get(proxy.port(), "/other").startsWith("HTTP/1.1 502 "));
            proxy.errorLine(
                    "upstream SSL certificate does not match \"other.example\" while SSL handshaking to upstream");
            assertTrue(RawClient.get(proxy.port(), "/plain").startsWith("HTTP/1.1 502 "));
            proxy.errorLine(
                    "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL "
                            + "handshaking to upstream");
            assertTrue(RawClient.get(proxy.port(), "/silent").startsWith("HTTP/1.1 504 "));
            proxy.errorLine("upstream timed out (110: Connection timed out) while SSL handshaking to upstream");
            assertTrue(RawClient.get(proxy.port(), "/closing").startsWith("HTTP/1.1 502 "));
            proxy.errorLine("[error]");
            proxy.errorLine("peer closed connection in SSL handshake while SSL handshaking to upstream");
        }
    }
}
