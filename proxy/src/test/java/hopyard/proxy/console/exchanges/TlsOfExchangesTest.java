package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.HeldUpstream;
import hopyard.proxy.support.OpenSsl;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import hopyard.proxy.tls.AnyPeer;
import hopyard.trace.Hop;
import hopyard.trace.HopTrace;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the console and the tracing headers tell of TLS, on either side of the proxy. */
class TlsOfExchangesTest {

    @TempDir
    private static Path keys;

    private static TestCertificate certificate;

    @TempDir
    private Path directory;

    private HeldUpstream held;
    private ConsoleUnderTest console;
    private int port;

    @BeforeAll
    static void certificates() {
        certificate = TestCertificate.in(keys, "shop", "shop.example");
    }

    @BeforeEach
    void start() throws IOException {
        port = Ports.free();
        held = new HeldUpstream("late");
        RawUpstream upstream = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        console = ConsoleUnderTest.of(upstream, ProxyUnderTest.withHttp(directory, """
                hop_trace on;
                server { listen 127.0.0.1:0; location / { proxy_pass http://%1$s; } location /_hops/ { hop_console; }
                    location /tls { proxy_pass https://127.0.0.1:%2$d/inside; proxy_ssl_server_name on; proxy_ssl_name shop.example; }
                    location /checked { proxy_pass https://127.0.0.1:%2$d; proxy_ssl_verify on; proxy_ssl_name other.example;
                        proxy_ssl_trusted_certificate %4$s; } }
                server { listen 127.0.0.1:%2$d ssl; server_name shop.example; %3$s location / { proxy_pass http://%1$s; }
                    location /left { hop_trace off; proxy_pass http://%5$s; } }
                """.formatted(
                        upstream.address(), port, certificate.lines(), certificate.file(), held.address())));
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
        held.close();
    }

    /** A client that speaks TLS, and asks as often as it wants. */
    private static final class Client implements AutoCloseable {
        private final Socket plain;
        private final SSLSocket socket;

        Client(SSLContext context, int port, String protocol) throws IOException {
            plain = new Socket("127.0.0.1", port);
            socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "shop.example", port, true);
            socket.setSoTimeout(10_000);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("shop.example")));
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            parameters.setProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }

        void send(String path) throws IOException {
            String request = "GET " + path + " HTTP/1.1\r\nHost: shop.example\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        }

        String get(String path) throws IOException {
            send(path);
            StringBuilder response = new StringBuilder();
            while (!response.toString().endsWith("\r\n\r\nok")) {
                int b = socket.getInputStream().read();
                assertTrue(b >= 0, response::toString);
                response.append((char) b);
            }
            return response.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
            plain.close();
        }
    }

    private JsonNode recorded(String path) throws IOException {
        JsonNode[] found = new JsonNode[1];
        Wait.until("the exchange to be recorded", () -> {
            found[0] = console.json("/_hops/exchanges?path=" + path).at("/exchanges/0/id");
            return !found[0].isMissingNode();
        });
        return console.json("/_hops/exchanges/" + found[0].asLong());
    }

    private static Hop hop(String response) {
        String value = response.lines()
                .filter(line -> line.startsWith("Hop-Trace: "))
                .map(line -> line.substring(11))
                .findFirst()
                .orElseThrow(() -> new AssertionError(response));
        return HopTrace.parse(value).orElseThrow().get(0);
    }

    @Test
    void theFirstExchangeOfAConnectionHasTheHandshakeAndAllHaveWhatWasAgreedOn() throws Exception {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (Client client = new Client(TestCertificate.trustingAnybody(), port, protocol)) {
                String first = client.get("/first-" + protocol);
                String second = client.get("/second-" + protocol);
                JsonNode one = recorded("/first-" + protocol);
                JsonNode tls = one.at("/client/tls");
                assertEquals(protocol, tls.get("protocol").asText());
                assertTrue(tls.get("cipher").asText().matches("(TLS_|ECDHE-ECDSA-).*"), tls.toString());
                assertFalse(tls.get("group").isNull(), tls.toString());
                assertEquals("http/1.1", tls.get("alpn").asText());
                assertEquals("shop.example", tls.get("serverName").asText());
                assertFalse(tls.get("resumed").asBoolean());
                JsonNode leaf = tls.at("/chain/0");
                assertEquals("CN=shop.example", leaf.get("subject").asText());
                assertEquals("CN=shop.example", leaf.get("issuer").asText());
                assertEquals("shop.example", leaf.at("/names/0").asText());
                assertTrue(leaf.get("until").asText().matches("2[0-9]{3}-.*Z"), leaf.toString());
                assertTrue(one.at("/phases/handshakeMs").asDouble() > 0);
                assertEquals(
                        tls.get("handshakeMs").asDouble(),
                        one.at("/phases/handshakeMs").asDouble());
                JsonNode two = recorded("/second-" + protocol);
                assertEquals(tls, two.at("/client/tls"));
                assertEquals(0, two.at("/phases/handshakeMs").asDouble());

                assertEquals(protocol, hop(first).tls().protocol());
                assertEquals("shop.example", hop(first).tls().serverName());
                assertEquals("http/1.1", hop(first).tls().alpn());
                assertEquals(Boolean.FALSE, hop(first).tls().resumed());
                assertTrue(hop(first).tls().handshake() > 0);
                assertTrue(first.contains(", tls;dur="), first);
                assertTrue(first.contains(";desc=\"handshake, " + protocol + ", new session\""), first);
                assertEquals(hop(first).tls().cipher(), hop(second).tls().cipher());
                assertEquals(null, hop(second).tls().resumed());
                assertFalse(second.contains("tls;dur="), second);
                // the app is told the same
                List<String> heads = console.upstream.heads();
                assertTrue(
                        heads.get(heads.size() - 1).contains(";tls=\"" + protocol + "\";cipher=\""), heads.toString());
            }
        }
    }

    @Test
    void aSessionThatIsTakenUpAgainIsSaidToBe() throws Exception {
        SSLContext comesBack = TestCertificate.trustingAnybody();
        try (Client client = new Client(comesBack, port, "TLSv1.3")) {
            client.get("/new");
        }
        try (Client client = new Client(comesBack, port, "TLSv1.3")) {
            assertEquals(Boolean.TRUE, hop(client.get("/again")).tls().resumed());
        }
        assertFalse(recorded("/new").at("/client/tls/resumed").asBoolean());
        JsonNode again = recorded("/again").at("/client/tls");
        assertTrue(again.get("resumed").asBoolean());
        assertEquals("CN=shop.example", again.at("/chain/0/subject").asText());
    }

    @Test
    void aClientThatHasLeftIsStillKnownByItsTls() throws Exception {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (Client client = new Client(TestCertificate.trustingAnybody(), port, protocol)) {
                client.send("/left-" + protocol);
                held.awaitAsked();
            }
            JsonNode exchange = recorded("/left-" + protocol);
            assertEquals(499, exchange.get("status").asInt());
            JsonNode tls = exchange.at("/client/tls");
            assertEquals(protocol, tls.get("protocol").asText());
            assertTrue(tls.get("cipher").asText().matches("(TLS_|ECDHE-ECDSA-).*"), tls.toString());
            assertEquals("http/1.1", tls.get("alpn").asText());
            assertEquals("CN=shop.example", tls.at("/chain/0/subject").asText());
        }
    }

    @Test
    void withoutTlsNothingIsSaidOfIt() throws IOException {
        JsonNode exchange = console.exchange(console.request("/plain"));
        assertTrue(exchange.at("/client/tls").isNull());
        assertTrue(exchange.at("/tries/0/tls").isNull());
        assertEquals(0, exchange.at("/phases/handshakeMs").asDouble());
        String head = exchange.at("/headers/toClient").toString();
        assertFalse(head.contains("tls"), head);
    }

    @Test
    void theConnectionToAnAppThatSpeaksTlsHasItsOwn() throws IOException {
        console.get("/tls");
        JsonNode exchange = recorded("/tls");
        JsonNode tls = exchange.at("/tries/0/tls");
        assertEquals("TLSv1.3", tls.get("protocol").asText());
        assertEquals("shop.example", tls.get("serverName").asText());
        assertEquals("CN=shop.example", tls.at("/chain/0/subject").asText());
        assertTrue(tls.get("handshakeMs").asDouble() > 0);
        assertTrue(exchange.at("/client/tls").isNull());
        // this hop says on which terms it went on, and the next one is the proxy itself, on which terms it was asked
        assertEquals("TLSv1.3", exchange.at("/hops/0/toTls").asText());
        assertEquals("TLSv1.3", exchange.at("/hops/1/tls").asText());
        String drawn =
                console.text("/_hops/exchanges/" + exchange.get("id").asLong()).body();
        assertTrue(drawn.contains("TLSv1.3 TLS_AES_"), drawn);
        assertTrue(drawn.contains("certificate CN=shop.example for shop.example, by CN=shop.example, until 2"), drawn);
    }

    @Test
    void anAppsCertificateThatWasRefusedIsShown() throws IOException {
        JsonNode exchange = console.exchange(console.request("/checked"));
        assertEquals(502, exchange.get("status").asInt());
        assertEquals("tls_certificate", exchange.at("/tries/0/error/code").asText());
        assertEquals("shop.example", exchange.at("/tries/0/tls/chain/0/names/0").asText());
    }

    @Test
    void theExportHasAddressesWithTheRightScheme() throws Exception {
        try (Client client = new Client(TestCertificate.trustingAnybody(), port, "TLSv1.3")) {
            client.get("/exported");
        }
        long id = recorded("/exported").get("id").asLong();
        JsonNode entry = console.json("/_hops/exchanges/" + id + ".har").at("/log/entries/0");
        assertEquals("https://shop.example/exported", entry.at("/request/url").asText());
        assertEquals("TLSv1.3", entry.at("/_client/tls/protocol").asText());
    }

    @Test
    void aClientsCertificateIsShownWithWhatWasFoundOfIt() throws Exception {
        OpenSsl.require();
        OpenSsl made = new OpenSsl(Files.createDirectories(directory.resolve("made")));
        made.root("members");
        made.signed("ada", "members", "none");
        int strict = Ports.free();
        Path other = Files.createDirectories(directory.resolve("other"));
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withHttp(other, """
                server { listen 127.0.0.1:0; location /_hops/ { hop_console; } }
                server { listen 127.0.0.1:%d ssl; %s ssl_client_certificate %s; ssl_verify_client on; return 200 ok; }
                """.formatted(strict, certificate.lines(), made.file("members.crt")))) {
            Path both = Files.createDirectories(directory.resolve("p12")).resolve("ada.p12");
            OpenSsl.run(
                    directory.resolve("made"),
                    "pkcs12",
                    "-export",
                    "-in",
                    "ada.crt",
                    "-inkey",
                    "ada.key",
                    "-passout",
                    "pass:for-the-test",
                    "-out",
                    both.toString());
            try (Client client = new Client(showing(both), strict, "TLSv1.3")) {
                client.get("/shown");
            }
            ConsoleUnderTest seen = ConsoleUnderTest.of(console.upstream, proxy);
            JsonNode id = seen.json("/_hops/exchanges?path=/shown").at("/exchanges/0/id");
            JsonNode its = seen.json("/_hops/exchanges/" + id.asLong()).at("/client/tls/clientCertificate");
            assertEquals("CN=ada", its.get("subject").asText());
            assertEquals("CN=members", its.get("issuer").asText());
            assertEquals("SUCCESS", its.get("verified").asText());
        }
    }

    private static SSLContext showing(Path store) throws GeneralSecurityException, IOException {
        char[] password = "for-the-test".toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(store)) {
            keys.load(in, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), new TrustManager[] {new AnyPeer(List.of())}, null);
        return context;
    }
}
