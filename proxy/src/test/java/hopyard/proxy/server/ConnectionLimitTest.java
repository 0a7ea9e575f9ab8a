package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.HeldMemory;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import hopyard.proxy.tls.TlsConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code worker_connections}: a connection counts from when it is accepted, and idle ones make room for new ones. */
class ConnectionLimitTest {

    private static final int LIMIT = 20;

    @TempDir
    private Path directory;

    private final List<RawClient> clients = new ArrayList<>();
    private int tlsPort;
    private int proxyProtocolPort;

    @BeforeEach
    void choosePorts() {
        int[] ports = Ports.free(2);
        tlsPort = ports[0];
        proxyProtocolPort = ports[1];
    }

    @AfterEach
    void close() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
    }

    private RawClient connect(int port) throws IOException {
        RawClient client = new RawClient(port);
        clients.add(client);
        return client;
    }

    private ProxyUnderTest proxy(String more) throws IOException {
        TestCertificate certificate = TestCertificate.in(directory, "one", "one.example");
        Path file = Files.writeString(
                directory.resolve("nginx.conf"),
                "worker_processes 1; error_log error.log info; events { worker_connections " + LIMIT
                        + "; } http { access_log access.log; server { listen 127.0.0.1:0; listen 127.0.0.1:" + tlsPort
                        + " ssl; listen 127.0.0.1:" + proxyProtocolPort + " proxy_protocol; " + certificate.lines()
                        + more
                        + " location = /ok { return 200 ok; } } }");
        return ProxyUnderTest.withFile(directory, file);
    }

    @Test
    void whoHasSentNothingCounts() throws Exception {
        try (ProxyUnderTest proxy = proxy("")) {
            long held = HeldMemory.held();
            for (int i = 1; i <= 5; i++) {
                connect(tlsPort);
                connect(proxyProtocolPort);
                int expected = 2 * i;
                Wait.until(expected + " connections", () -> proxy.server().connections() == expected);
            }
            assertEquals(10, proxy.server().counts().active());
            assertEquals(10, proxy.server().counts().handled());
            close();
            Wait.until("none", () -> proxy.server().connections() == 0);
            // what has gone on to HTTP and to TLS is still one connection each
            connect(proxyProtocolPort)
                    .send("PROXY UNKNOWN\r\nGET /ok HTTP/1.1\r\nHost: t\r\n\r\n")
                    .readThrough("ok");
            connect(tlsPort).send("\26\3\1");
            Wait.until(
                    "TLS to be spoken",
                    () -> HeldMemory.held() >= held + 2L * HeldMemory.CONNECTION + TlsConnection.HELD);
            assertEquals(2, proxy.server().connections());
            close();
            Wait.until("none", () -> proxy.server().connections() == 0);
            Wait.until("nothing to be held any more", () -> HeldMemory.held() <= held);
        }
    }

    @Test
    void whoHasSentNothingMakesRoom() throws Exception {
        try (ProxyUnderTest proxy = proxy("")) {
            for (int i = 0; i < LIMIT; i++) {
                connect(i % 2 == 0 ? tlsPort : proxyProtocolPort);
            }
            for (int i = 0; i < LIMIT; i++) {
                assertTrue(RawClient.get(proxy.port(), "/ok").endsWith("ok"), "request " + i);
            }
            assertTrue(proxy.errorLine(LIMIT + " worker_connections are not enough, reusing connections")
                    .contains(" [warn] "));
        }
    }

    @Test
    void whoHasARequestUnderWayStays() throws Exception {
        try (RawUpstream app = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello");
                    c.send(Character.toString(c.read()));
                });
                ProxyUnderTest proxy =
                        proxy("location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
                                + " proxy_set_header Connection upgrade; proxy_pass http://" + app.address() + "; }")) {
            RawClient tunnel = connect(proxy.port())
                    .send("GET / HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
            tunnel.readThrough("hello");
            for (int i = 1; i < LIMIT; i++) {
                connect(proxy.port()).send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nx");
                int expected = i;
                Wait.until("requests under way", () -> proxy.server().inFlight() == expected + 1);
            }
            assertEquals("", RawClient.get(proxy.port(), "/ok").replace("[reset]", ""));
            assertTrue(proxy.errorLine(LIMIT + " worker_connections are not enough")
                    .contains(" [alert] "));
            assertEquals("x", tunnel.send("x").read(1));
        }
    }

    @Test
    void whoLeavesOrStaysSilentIsLogged() throws Exception {
        try (ProxyUnderTest proxy = proxy("client_header_timeout 200ms; ")) {
            RawClient silent = connect(tlsPort);
            assertEquals("", silent.readAll());
            String ends = ", client: 127.0.0.1, server: 127.0.0.1:";
            proxy.errorLine("client timed out (110: Connection timed out) while SSL handshaking" + ends + tlsPort);
            assertEquals("", connect(proxyProtocolPort).readAll());
            proxy.errorLine("client timed out (110: Connection timed out) while reading PROXY protocol" + ends
                    + proxyProtocolPort);
            connect(tlsPort).close();
            proxy.errorLine("client closed connection while SSL handshaking" + ends + tlsPort);
            connect(proxyProtocolPort).close();
            proxy.errorLine("client closed connection while reading PROXY protocol" + ends + proxyProtocolPort);
            connect(proxyProtocolPort).send("GET");
            proxy.errorLine("broken header: \"GET\" while reading PROXY protocol" + ends + proxyProtocolPort);
        }
    }

    @Test
    void aDrainDoesNotWaitForLongForWhoHasSentNothing() throws Exception {
        try (ProxyUnderTest proxy = proxy("")) {
            RawClient silent = connect(tlsPort);
            Wait.until("a connection", () -> proxy.server().connections() == 1);
            proxy.server().drain();
            proxy.server().awaitDrained();
            assertEquals("", silent.readAll());
        }
    }
}
