package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the proxy can be reached, and where it can reach its upstreams. */
class ListeningTest {

    private static final String REQUEST = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @TempDir
    private Path directory;

    private static String ask(Socket socket, String request) throws IOException {
        try (socket) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static String ask(Path socket) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(REQUEST.getBytes(StandardCharsets.ISO_8859_1)));
            ByteBuffer in = ByteBuffer.allocate(10_000);
            while (channel.read(in) >= 0) {
                // to the end
            }
            return new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void aUnixSocketIsListenedOnAndRemovedAtTheEnd() throws IOException {
        Path socket = directory.resolve("front.sock");
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "server { listen unix:" + socket + "; allow 127.0.0.1; location /all { allow all; } "
                        + "location / { return 200 \"$remote_addr|$server_addr|$host\"; } }")) {
            assertTrue(ask(socket).endsWith("\r\n\r\nunix:|unix:" + "|h"), ask(socket));
            assertEquals("unix:", proxy.accessLine("GET /x").split(" ")[0]);
        }
        assertFalse(Files.exists(socket));
    }

    @Test
    void anUpstreamIsReachedOverAUnixSocket() throws Exception {
        Path socket = directory.resolve("app.sock");
        try (ServerSocketChannel app = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            app.bind(UnixDomainSocketAddress.of(socket));
            Thread server = new Thread(() -> serve(app));
            server.start();
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                    directory,
                    "upstream app { server unix:" + socket + " fail_timeout=0; keepalive 2; } server { listen"
                            + " 127.0.0.1:0; add_header X-Upstream $upstream_addr; location / { proxy_pass http://app; "
                            + "proxy_http_version 1.1; proxy_set_header Connection \"\"; } location /direct/ { proxy_pass"
                            + " http://unix:" + socket + ":/changed/; } }")) {
                for (int i = 0; i < 3; i++) {
                    String response = RawClient.get(proxy.port(), "/x");
                    assertTrue(response.contains("X-Upstream: unix:" + socket), response);
                    assertTrue(response.endsWith("GET /x HTTP/1.1"), response);
                }
                assertTrue(RawClient.get(proxy.port(), "/direct/y").endsWith("GET /changed/y HTTP/1.0"));
                assertTrue(proxy.accessLine("/direct/y").contains(" 200 "));
            }
            app.close();
            server.join(5000);
        }
    }

    /** Answers each request with its first line. */
    private static void serve(ServerSocketChannel app) {
        try {
            while (true) {
                SocketChannel channel = app.accept();
                Thread thread = new Thread(() -> {
                    try (channel) {
                        ByteBuffer in = ByteBuffer.allocate(4096);
                        while (channel.read(in.clear()) > 0) {
                            String line = new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1)
                                    .lines()
                                    .findFirst()
                                    .orElseThrow();
                            channel.write(ByteBuffer.wrap(
                                    ("HTTP/1.1 200 OK\r\nContent-Length: " + line.length() + "\r\n\r\n" + line)
                                            .getBytes(StandardCharsets.ISO_8859_1)));
                        }
                    } catch (IOException e) {
                        // the proxy has gone
                    }
                });
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    @Test
    void aMissingUnixSocketIsABadGateway() {
        try (ProxyUnderTest proxy = ProxyUnderTest.withServer(
                directory, "location / { proxy_pass http://unix:" + directory.resolve("none.sock") + "; }")) {
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 502 "));
            proxy.errorLine("connect() to unix:" + directory.resolve("none.sock")
                    + " failed (2: No such file or directory) while connecting to upstream");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void oneServerIsListenedForOnBothFamilies() throws IOException {
        int port = Ports.free();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "server { listen " + port + "; listen [::]:" + port
                        + "; location / { return 200 \"$remote_addr $server_addr\"; } }")) {
            assertEquals(2, proxy.server().boundAddresses().size());
            assertTrue(ask(new Socket("127.0.0.1", port), REQUEST).endsWith("\r\n\r\n127.0.0.1 127.0.0.1"));
            assertTrue(ask(new Socket("::1", port), REQUEST).endsWith("::1 ::1")
                    || ask(new Socket("::1", port), REQUEST).endsWith("::1 ::1"));
        }
    }

    @Test
    void anIpv6WildcardAloneIsNotForIpv4() throws IOException {
        int port = Ports.free();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory, "server { listen [::]:" + port + "; location / { return 200 x; } }")) {
            assertEquals(List.of(port), proxy.ports());
            assertTrue(ask(new Socket("::1", port), REQUEST).startsWith("HTTP/1.1 200 "));
            try (RawClient client = new RawClient(port)) {
                assertFalse(client.send(REQUEST).readAll().startsWith("HTTP/"));
            }
        }
    }

    @Test
    void anIpv6WildcardIsForIpv4TooIfItSaysSo() throws IOException {
        int port = Ports.free();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "server { listen [::]:" + port + " ipv6only=off; location / { return 200 $remote_addr; } }")) {
            assertEquals(List.of(port), proxy.ports());
            assertTrue(ask(new Socket("::1", port), REQUEST).startsWith("HTTP/1.1 200 "));
            assertTrue(ask(new Socket("127.0.0.1", port), REQUEST).endsWith("127.0.0.1"));
        }
    }

    private ProxyUnderTest withTls(String more) {
        TestCertificate one = TestCertificate.in(directory, "one", "one.example");
        TestCertificate two = TestCertificate.in(directory, "two", "two.example");
        return ProxyUnderTest.withHttp(
                directory,
                "server { listen 127.0.0.1:0 ssl http2; server_name one.example; " + one.lines() + more
                        + " location / { return 200 \"$scheme $https $ssl_protocol $server_name\"; }"
                        + " location /go { return 301 /there; } }");
    }

    private static String askTls(int port, String name, String request) throws Exception {
        SSLContext context = TestCertificate.trustingAnybody();
        try (Socket socket = new Socket("127.0.0.1", port);
                SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, name, port, true)) {
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            tls.setSSLParameters(parameters);
            tls.startHandshake();
            String subject = tls.getSession().getPeerPrincipal().getName();
            return subject + "\n" + ask(tls, request);
        }
    }

    @Test
    void tlsIsSpoken() throws Exception {
        try (ProxyUnderTest proxy = withTls("ssl_protocols TLSv1.2;")) {
            String response = askTls(proxy.port(), "one.example", REQUEST);
            assertTrue(response.startsWith("CN=one.example\nHTTP/1.1 200 "), response);
            assertTrue(response.endsWith("\r\n\r\nhttps on TLSv1.2 one.example"), response);
        }
    }

    @Test
    void redirectsOverTlsNameTheScheme() throws Exception {
        try (ProxyUnderTest proxy = withTls("")) {
            String response = askTls(proxy.port(), "one.example", REQUEST.replace("/x", "/go"));
            assertTrue(response.contains("\r\nLocation: https://h:" + proxy.port() + "/there\r\n"), response);
        }
    }

    @Test
    void plainHttpToTheTlsPortIsExplained() throws Exception {
        try (ProxyUnderTest proxy = withTls("")) {
            String response = ask(new Socket("127.0.0.1", proxy.port()), REQUEST);
            assertTrue(response.startsWith("HTTP/1.1 400 Bad Request\r\n"), response);
            assertTrue(response.contains("<center>The plain HTTP request was sent to HTTPS port</center>"), response);
        }
    }

    @Test
    void theCertificateIsThatOfTheNameAskedFor() throws Exception {
        TestCertificate one = TestCertificate.in(directory, "one", "one.example");
        TestCertificate two = TestCertificate.in(directory, "two", "*.two.example");
        int port = Ports.free();
        String listen = "listen 127.0.0.1:" + port + " ssl; ";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "server { " + listen + "server_name one.example; " + one.lines() + " return 200 1; } server { " + listen
                        + "server_name *.two.example; " + two.lines() + " return 200 2; }")) {
            assertEquals(List.of(port), proxy.ports());
            assertTrue(askTls(port, "one.example", REQUEST).startsWith("CN=one.example\n"));
            String other = askTls(port, "a.two.example", REQUEST.replace("Host: h", "Host: a.two.example"));
            assertTrue(other.startsWith("CN=*.two.example\n") && other.endsWith("2"), other);
            assertTrue(askTls(port, "nobody.example", REQUEST).startsWith("CN=one.example\n"));
        }
    }

    @Test
    void anUpstreamIsReachedOverTls() throws Exception {
        TestCertificate certificate = TestCertificate.in(directory, "app", "app.example");
        try (ProxyUnderTest app = ProxyUnderTest.withHttp(
                        Files.createDirectories(directory.resolve("app")),
                        "server { listen 127.0.0.1:0 ssl; " + certificate.lines()
                                + " client_max_body_size 0; location / { return 200 \"$scheme $uri\"; } }");
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { proxy_pass https://127.0.0.1:" + app.port() + "; } location /checked { "
                                + "proxy_ssl_verify on; proxy_ssl_trusted_certificate " + certificate.file()
                                + "; proxy_ssl_name app.example; proxy_ssl_server_name on; proxy_pass"
                                + " https://127.0.0.1:" + app.port() + "; } location /wrong { proxy_ssl_verify on; "
                                + "proxy_ssl_trusted_certificate " + certificate.file()
                                + "; proxy_ssl_name other.example; proxy_pass https://127.0.0.1:" + app.port()
                                + "; }")) {
            assertTrue(RawClient.get(proxy.port(), "/a").endsWith("\r\n\r\nhttps /a"));
            assertTrue(RawClient.get(proxy.port(), "/checked").endsWith("\r\n\r\nhttps /checked"));
            assertTrue(RawClient.get(proxy.port(), "/wrong").startsWith("HTTP/1.1 502 "));
        }
    }

    @Test
    void theProxyProtocolTellsTheClient() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "server { listen 127.0.0.1:0 proxy_protocol; set_real_ip_from 127.0.0.1; location / { return 200"
                        + " \"$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_port $remote_addr\"; }"
                        + " location /real { real_ip_header proxy_protocol; root /; } }")) {
            String v1 = "PROXY TCP4 1.2.3.4 5.6.7.8 1111 80\r\n" + REQUEST;
            assertTrue(ask(new Socket("127.0.0.1", proxy.port()), v1).endsWith("1.2.3.4:1111 80 127.0.0.1"));
            String v2 = "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000c\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008"
                    + "\u0004\u0057\0\u0050" + REQUEST;
            assertTrue(ask(new Socket("127.0.0.1", proxy.port()), v2).endsWith("1.2.3.4:1111 80 127.0.0.1"));
            String unknown = "PROXY UNKNOWN\r\n" + REQUEST;
            assertTrue(ask(new Socket("127.0.0.1", proxy.port()), unknown).endsWith("\r\n\r\n:  127.0.0.1"));
            assertEquals("", ask(new Socket("127.0.0.1", proxy.port()), REQUEST));
            assertTrue(proxy.errorLine("broken header").contains("while reading PROXY protocol"));
            for (String broken : new String[] {"PROXY \r\n", "PROXY    \r\n", "PROXY TCP4\r\n"}) {
                assertEquals("", ask(new Socket("127.0.0.1", proxy.port()), broken + REQUEST));
                proxy.errorLine("broken header: \"" + broken.strip());
            }
            ask(new Socket("127.0.0.1", proxy.port()), v1.replace("/x", "/real"));
            assertTrue(proxy.accessLine("GET /real").startsWith("1.2.3.4 - "), proxy.accessLog());
        }
    }

    @Test
    void theVectorsOfTheProxyProtocolAreVariables() throws IOException {
        String tls = vector(0x20, "\u0001\0\0\1\2" + vector(0x21, "TLSv1.3") + vector(0x22, "a.example"));
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "server { listen 127.0.0.1:0 proxy_protocol; location / { return 200"
                        + " \"$proxy_protocol_tlv_alpn|$proxy_protocol_tlv_0x1|$proxy_protocol_tlv_0x00ea"
                        + "|$proxy_protocol_tlv_ssl_version|$proxy_protocol_tlv_ssl_0x22|$proxy_protocol_tlv_ssl_verify"
                        + "|$proxy_protocol_tlv_netns|$proxy_protocol_tlv_ssl_cipher|$proxy_protocol_tlv_none\"; } }")) {
            String whole = askWithVectors(proxy, vector(1, "h2") + vector(0xea, "own") + tls);
            assertTrue(whole.endsWith("\r\n\r\nh2|h2|own|TLSv1.3|a.example|258|||"), whole);
            proxy.errorLine("unknown PROXY protocol TLV \"none\"");
            String broken = askWithVectors(proxy, vector(1, "h2") + "\u00ea\0");
            assertTrue(broken.endsWith("\r\n\r\nh2|h2|||||||"), broken);
            proxy.errorLine("broken PROXY protocol TLV");
            assertTrue(askWithVectors(proxy, "").endsWith("\r\n\r\n||||||||"));
        }
    }

    private String askWithVectors(ProxyUnderTest proxy, String vectors) throws IOException {
        String head = "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0" + (char) (12 + vectors.length());
        String ends = "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0004\u0057\0\u0050";
        return ask(new Socket("127.0.0.1", proxy.port()), head + ends + vectors + REQUEST);
    }

    private static String vector(int type, String value) {
        return (char) type + "\0" + (char) value.length() + value;
    }

    @Test
    void theProxyProtocolMayComeInPieces() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "server { listen 127.0.0.1:0 proxy_protocol; location / { return 200 $proxy_protocol_addr; } }");
                RawClient client = new RawClient(proxy.port())) {
            for (char c : ("PROXY TCP4 1.2.3.4 5.6.7.8 1111 80\r\n" + REQUEST).toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertTrue(client.readAll().endsWith("\r\n\r\n1.2.3.4"));
        }
    }

    @Test
    void connectionsComeFromTheAddressOfProxyBind() throws Exception {
        InetSocketAddress[] from = new InetSocketAddress[1];
        try (RawUpstream app = new RawUpstream(connection -> {
                    connection.readHead();
                    from[0] = (InetSocketAddress) connection.socket().getRemoteSocketAddress();
                    connection.send(OK);
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { proxy_bind 127.0.0.7; proxy_socket_keepalive on; proxy_pass http://"
                                + app.address() + "; }")) {
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 200 "));
            assertEquals("127.0.0.7", from[0].getAddress().getHostAddress());
        }
    }

    /** As nginx 1.22 does: it is not the upstream that has failed. */
    @Test
    void anAddressOfProxyBindThatIsNotToBeHadIsThisServersError() throws Exception {
        try (RawUpstream app = RawUpstream.answering(OK);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.7"));
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { proxy_bind 127.0.0.7:" + taken.getLocalPort() + "; proxy_pass http://"
                                + app.address() + "; }")) {
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 500 "));
            String line = proxy.errorLine("bind(127.0.0.7:" + taken.getLocalPort()
                    + ") failed (98: Address already in use) while connecting to upstream");
            assertTrue(line.contains("[crit]"), line);
            assertEquals(List.of(), app.heads());
        }
    }

    @Test
    void hopListenMovesAPortOrGivesItSeveralWithTheSameServers() throws IOException {
        int one = Ports.free();
        int two = Ports.free();
        try (ProxyUnderTest proxy = ProxyUnderTest.withMain(
                directory,
                "hop_listen 80 " + one + " " + two + ";",
                "server { listen 127.0.0.1:80; return 200 first; }"
                        + "server { listen 127.0.0.1:80; server_name h; return 200 $server_port; }")) {
            assertEquals(List.of(one, two), proxy.ports());
            for (int port : List.of(one, two)) {
                String answer = ask(new Socket("127.0.0.1", port), REQUEST);
                assertTrue(answer.endsWith("\r\n\r\n" + port), answer);
            }
        }
    }

    @Test
    void whereTheGatewayIsTheHostItsNeighboursAreNot() throws IOException {
        int port = Ports.free();
        try (ProxyUnderTest proxy = ProxyUnderTest.withMain(
                directory,
                "hop_gateway_is_host " + port + ";",
                "server { listen 0.0.0.0:" + port + "; location / { allow 127.0.0.1; deny all; } }")) {
            for (String from : List.of("127.0.0.1", "127.0.0.2")) {
                Socket socket = new Socket("127.0.0.1", port, InetAddress.getByName(from), 0);
                String expected = from.endsWith(".1") ? "HTTP/1.1 404 " : "HTTP/1.1 403 ";
                String answer = ask(socket, REQUEST);
                assertTrue(answer.startsWith(expected), answer);
            }
        }
    }

    private static String from(String address, int port) throws IOException {
        String answer = ask(new Socket(InetAddress.getByName(address), port), REQUEST);
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    private static String server(String listen, String name) {
        return "server { listen " + listen + "; return 200 \"" + name + " $remote_addr $server_addr\"; } ";
    }

    @Test
    void aWildcardLeavesConnectionsToTheAddressesBesideIt() throws Exception {
        int port = Ports.free();
        String one = server("127.0.0.1:" + port, "one");
        String six = server("[::]:" + port, "six");
        String any = server("*:" + port, "any");
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, one + any)) {
            assertEquals("one 127.0.0.1 127.0.0.1", from("127.0.0.1", port));
            assertEquals("any 127.0.0.1 127.0.0.2", from("127.0.0.2", port));
            proxy.reload(one + six);
            assertEquals("one 127.0.0.1 127.0.0.1", from("127.0.0.1", port));
            assertEquals("six ::1 ::1", from("::1", port));
            proxy.reload(six + any + one + server("[::1]:" + port, "own"));
            assertEquals("one 127.0.0.1 127.0.0.1", from("127.0.0.1", port));
            assertEquals("any 127.0.0.1 127.0.0.2", from("127.0.0.2", port));
            assertEquals("own ::1 ::1", from("::1", port));
            proxy.reload(one);
            assertEquals("one 127.0.0.1 127.0.0.1", from("127.0.0.1", port));
        }
    }

    @Test
    void anIpv6SocketForBothFamiliesHasMappedAddresses() throws Exception {
        int port = Ports.free();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "geo $net { default other; 127.0.0.0/8 loop; } server { listen [::]:" + port + " ipv6only=off;"
                        + " location / { return 200 \"$remote_addr $server_addr $net\"; }"
                        + " location /x/ { deny 127.0.0.1; } }")) {
            assertEquals("::ffff:127.0.0.1 ::ffff:127.0.0.1 loop", from("127.0.0.1", port));
            assertEquals("::1 ::1 other", from("::1", port));
            assertEquals("::ffff:127.0.0.1", proxy.accessLine("::ffff").split(" ")[0]);
        }
    }

    @Test
    void aRangeOfPortsIsListenedOn() throws Exception {
        int port = Ports.consecutive(3);
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory, "server { listen 127.0.0.1:" + port + "-" + (port + 2) + "; return 200 $server_port; }")) {
            assertEquals(List.of(port, port + 1, port + 2), proxy.ports());
            assertEquals(Integer.toString(port + 2), from("127.0.0.1", port + 2));
        }
    }
}
