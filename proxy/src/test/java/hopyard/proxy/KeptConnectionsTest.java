package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.HeldUpstream;
import hopyard.proxy.support.Ports;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.TestCertificate;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections that clients keep over a reload obey what new ones obey, or end. */
class KeptConnectionsTest {

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

    @TempDir
    private static Path certificates;

    private static TestCertificate one;
    private static TestCertificate two;

    @TempDir
    private Path directory;

    private int port;
    private int other;

    @BeforeAll
    static void makeCertificates() {
        one = TestCertificate.in(certificates, "one", "one.example");
        two = TestCertificate.in(certificates, "two", "two.example");
    }

    @BeforeEach
    void choosePorts() {
        int[] ports = Ports.free(2);
        port = ports[0];
        other = ports[1];
    }

    private static String server(String listen, String inside) {
        return "server { listen " + listen + "; " + inside + " }";
    }

    private String server(int at, String inside) {
        return server("127.0.0.1:" + at, inside);
    }

    @Test
    void anotherPortAndBackAndAnotherLocationAreObeyed() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(port, "return 200 old;"));
                RawClient kept = new RawClient(port)) {
            kept.send(REQUEST).readThrough("old");
            proxy.reload(server(other, "return 200 old;"));
            assertEquals("", kept.readAll(), "nobody listens there any more");
            try (RawClient there = new RawClient(other)) {
                there.send(REQUEST).readThrough("old");
                proxy.reload(server(port, "return 200 old;"));
                assertEquals("", there.readAll());
            }
            try (RawClient again = new RawClient(port)) {
                again.send(REQUEST).readThrough("old");
                proxy.reload(server(port, "return 500;"));
                assertTrue(again.send(REQUEST).readThrough("\r\n").startsWith("HTTP/1.1 500 "));
            }
        }
    }

    @Test
    void aRequestUnderWayWhereNobodyListensAnyMoreEndsItsConnection() throws Exception {
        try (HeldUpstream upstream = new HeldUpstream("last")) {
            // the upstream might have got one of them
            choosePorts();
            String passing = "location / { proxy_pass http://" + upstream.address() + "; }";
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(port, passing));
                    RawClient client = new RawClient(port)) {
                client.send(REQUEST);
                upstream.awaitAsked();
                proxy.reload(server(other, "return 200 new;"));
                proxy.reload(server(port, "return 200 newer;"));
                upstream.letGo();
                String response = client.readAll();
                assertTrue(response.contains("Connection: close\r\n") && response.endsWith("last"), response);
            }
        }
    }

    @Test
    void aRequestThatHasBegunToComeIsAnswered() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(port, "return 200 old;"));
                RawClient kept = new RawClient(port);
                RawClient fresh = new RawClient(port)) {
            kept.send(REQUEST).readThrough("old");
            kept.send("GET / HTTP/1.1\r\nHost: t\r\n");
            fresh.send("GET / HTTP/1.1\r\nHost: t\r\n");
            Wait.until("both to be accepted", () -> proxy.server().connections() == 2);
            proxy.reload(server(other, "return 200 new;"));
            for (RawClient client : List.of(kept, fresh)) {
                String response = client.send("\r\n").readAll();
                assertTrue(response.startsWith("HTTP/1.1 200 "), response);
                assertTrue(response.contains("Connection: close\r\n"), response);
            }
        }
    }

    /**
     * nginx's old workers end theirs; for others to go on, what was agreed on when they began must be what is agreed on
     * now.
     */
    @ParameterizedTest
    @CsvSource({"'', ssl", "ssl, ''", "'', proxy_protocol", "proxy_protocol, ''"})
    void connectionsThatBeganInAnotherWayEnd(String before, String after) throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(one, before));
                Socket kept = connect(before)) {
            assertTrue(ask(kept).startsWith("HTTP/1.1 200 "));
            proxy.reload(server(one, after));
            assertEquals(-1, kept.getInputStream().read());
            try (Socket fresh = connect(after)) {
                assertTrue(ask(fresh).startsWith("HTTP/1.1 200 "));
            }
        }
    }

    @Test
    void connectionsGoOnWithTheSameCertificateAndNotWithAnother() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(one, "ssl"));
                Socket kept = connect("ssl")) {
            ask(kept);
            proxy.reload(server(one, "ssl").replace("location / {", "location / { add_header New yes;"));
            assertTrue(ask(kept).contains("New: yes"));
            proxy.reload(server(two, "ssl"));
            assertEquals(-1, kept.getInputStream().read());
        }
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(one, "ssl"));
                Socket kept = connect("ssl")) {
            ask(kept);
            proxy.reload("ssl_protocols TLSv1.2; " + server(one, "ssl"));
            assertEquals(-1, kept.getInputStream().read());
        }
    }

    private String server(TestCertificate certificate, String how) {
        return server("127.0.0.1:" + port + " " + how, certificate.lines() + " location / { return 200 ok; }");
    }

    private Socket connect(String how) throws Exception {
        Socket socket = how.equals("ssl")
                ? TestCertificate.trustingAnybody().getSocketFactory().createSocket("127.0.0.1", port)
                : new Socket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        if (how.equals("proxy_protocol")) {
            socket.getOutputStream().write("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        return socket;
    }

    private static String ask(Socket socket) throws IOException {
        socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
        StringBuilder response = new StringBuilder();
        while (!response.toString().endsWith("\r\n\r\nok")) {
            int b = socket.getInputStream().read();
            if (b < 0) {
                throw new IOException("ended after " + response);
            }
            response.append((char) b);
        }
        return response.toString();
    }

    @Test
    void largerHeadersAreTakenWhereTheyMayBeLargerNow() throws Exception {
        String inside = "location / { return 200 ok; }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server(port, inside));
                Socket kept = connect("")) {
            ask(kept);
            proxy.reload(server(port, "large_client_header_buffers 4 64k; " + inside));
            assertEquals(-1, kept.getInputStream().read());
            proxy.reload(server(port, "large_client_header_buffers 4 64k; add_header A b; " + inside));
        }
    }

    @Test
    void reloadsLoseNoRequestAndNoConnectionOfAnAddressThatStays() throws Exception {
        String unlimited = "keepalive_requests 1000000; ";
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answers = new AtomicInteger();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (ProxyUnderTest proxy =
                ProxyUnderTest.withHttp(directory, server(port, unlimited + "return 200 conf0!;"))) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread client = new Thread(() -> {
                    try (RawClient kept = new RawClient(port)) {
                        while (!over.get()) {
                            assertTrue(kept.send(REQUEST).readThrough("!").startsWith("HTTP/1.1 200 "));
                            answers.incrementAndGet();
                        }
                    } catch (IOException | AssertionError e) {
                        failures.add(e);
                    }
                });
                client.start();
                clients.add(client);
            }
            for (int i = 1; i <= 30; i++) {
                int seen = answers.get();
                proxy.reload(server(port, unlimited + "return 200 conf" + i + "!;")
                        + (i % 2 == 0 ? server(other, "return 200 x;") : ""));
                Wait.until("requests in between", () -> answers.get() > seen + 8 || !failures.isEmpty());
            }
            over.set(true);
            for (Thread client : clients) {
                client.join(10_000);
            }
        }
        assertEquals(List.of(), List.copyOf(failures));
    }

    @Test
    void bothFamiliesMayComeAndGoOnOnePort() throws Exception {
        String inside = "location / { return 200 ok; }";
        String ipv4 = "server { listen " + port + "; " + inside + " }";
        String ipv6 = "server { listen [::]:" + port + "; " + inside + " }";
        String both = "server { listen " + port + "; listen [::]:" + port + "; " + inside + " }";
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, ipv4)) {
            String before = ipv4;
            for (String next : List.of(both, ipv6, ipv4, ipv6, both, ipv4, both)) {
                try (Socket kept = new Socket(before.equals(ipv6) ? "::1" : "127.0.0.1", port)) {
                    kept.setSoTimeout(10_000);
                    ask(kept);
                    proxy.reload(next);
                    boolean stays =
                            next.equals(both) || before.equals(next) || before.equals(both) && next.equals(ipv4);
                    if (stays) {
                        ask(kept);
                    } else {
                        assertEquals(-1, kept.getInputStream().read());
                    }
                }
                assertEquals(!next.equals(ipv6), isServed("127.0.0.1"), next);
                assertEquals(!next.equals(ipv4), isServed("::1"), next);
                before = next;
            }
            assertFalse(proxy.ports().isEmpty());
        }
    }

    private boolean isServed(String host) {
        try (Socket socket = new Socket(host, port)) {
            socket.setSoTimeout(10_000);
            return ask(socket).startsWith("HTTP/1.1 200 ");
        } catch (IOException e) {
            return false;
        }
    }
}
