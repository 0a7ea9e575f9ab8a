package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpgradeTest {

    private static final String REQUEST =
            "GET /ws HTTP/1.1\r\nHost: t\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n";

    @TempDir
    private Path directory;

    private static RawUpstream echo() throws IOException {
        return new RawUpstream(c -> {
            assertTrue(c.readHead().contains("\r\nUpgrade: echo\r\n"));
            c.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ");
            for (int b = c.read(); b >= 0; b = c.read()) {
                c.send(Character.toString(b));
            }
            c.send("bye");
        });
    }

    private ProxyUnderTest proxyTo(RawUpstream upstream, String more) {
        return ProxyUnderTest.withServer(directory, more + location(upstream));
    }

    private static String location(RawUpstream upstream) {
        return " location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
                + "proxy_set_header Connection upgrade; proxy_pass http://" + upstream.address() + "; }";
    }

    @Test
    void letsBytesPassBothWaysAsTheyCome() throws IOException {
        try (RawUpstream upstream = echo();
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST);
            String head = client.readThrough("\r\n\r\n");
            assertTrue(head.startsWith("HTTP/1.1 101 Switching Protocols\r\n"), head);
            assertTrue(head.contains("Upgrade: echo\r\n"), head);
            assertEquals("early ", client.read(6));
            for (String word : new String[] {"one", "two", "three"}) {
                assertEquals(word, client.send(word).read(word.length()));
            }
        }
    }

    @Test
    void passesWhatTheClientSentRightBehindItsRequest() throws IOException {
        try (RawUpstream upstream = echo();
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST + "eager");
            client.readThrough("early eager");
        }
    }

    @Test
    void passesAHalfCloseOn() throws IOException {
        try (RawUpstream upstream = echo();
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("early ");
            client.send("last").socket().shutdownOutput();
            assertEquals("lastbye", client.readAll());
            assertTrue(proxy.accessLine("/ws").contains("\" 101 13 "));
        }
    }

    @Test
    void logsHowManyBytesTheClientGotInTheTunnelAndBefore() throws IOException {
        for (String reason : new String[] {"Switching Protocols", "Switching", "Here You Are"}) {
            try (RawUpstream upstream = new RawUpstream(c -> {
                        c.readHead();
                        c.send("HTTP/1.1 101 " + reason
                                + "\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-A: b\r\n\r\nearly");
                        c.read(4);
                        c.send("more");
                    });
                    ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                            directory,
                            "log_format bytes '$sent_http_connection $bytes_sent $body_bytes_sent.';"
                                    + " server { listen 127.0.0.1:0; access_log access.log bytes; "
                                    + location(upstream) + " }");
                    RawClient client = new RawClient(proxy.port())) {
                String head = client.send(REQUEST).readThrough("\r\n\r\n");
                assertTrue(head.startsWith("HTTP/1.1 101 " + reason + "\r\n"), head);
                assertTrue(head.contains("\r\nConnection: upgrade\r\n"), head);
                client.send("last").socket().shutdownOutput();
                assertEquals("earlymore", client.readAll());
                proxy.accessLine("upgrade " + (head.length() + 9) + " 9.");
            }
        }
    }

    @Test
    void endsAfterTheReadTimeout() throws IOException {
        try (RawUpstream upstream = echo();
                ProxyUnderTest proxy = proxyTo(upstream, "proxy_read_timeout 200ms;");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("early ");
            client.readAll();
            proxy.errorLine("upstream timed out (110: Connection timed out) while proxying upgraded connection");
        }
    }

    @Test
    void carriesMoreThanAnyBufferHolds() throws Exception {
        int size = 8 << 20;
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n");
                    c.send("d".repeat(size));
                    c.read(size);
                    c.send("!");
                });
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("\r\n\r\n");
            Thread sender = new Thread(() -> {
                try {
                    client.send("u".repeat(size));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            sender.start();
            assertEquals(size, client.read(size).length());
            assertEquals("!", client.read(1));
            sender.join();
        }
    }

    /** Switches protocols, and then sends as much as goes. */
    private static RawUpstream flood(int size) throws IOException {
        return new RawUpstream(c -> {
            c.readHead();
            c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n");
            c.send("d".repeat(size));
        });
    }

    @Test
    void aClientThatTakesNothingIsGivenUp() throws IOException {
        try (RawUpstream upstream = flood(64 << 20);
                ProxyUnderTest proxy = proxyTo(upstream, "send_timeout 300ms;");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("\r\n\r\n");
            proxy.errorLine("client timed out (110: Connection timed out) while proxying upgraded connection");
            Wait.until("the connection to be closed", () -> proxy.server().connections() == 0);
        }
    }

    @Test
    void anUpstreamThatTakesNothingIsGivenUp() throws IOException {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n");
                    Thread.sleep(20_000);
                });
                ProxyUnderTest proxy = proxyTo(upstream, "proxy_send_timeout 300ms;");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("\r\n\r\n");
            assertThrows(IOException.class, () -> {
                while (true) {
                    client.send("u".repeat(1 << 20));
                }
            });
            proxy.errorLine("upstream timed out (110: Connection timed out) while proxying upgraded connection");
        }
    }

    @Test
    void aSlowClientIsNoFaultOfTheUpstream() throws Exception {
        int size = 32 << 20;
        try (RawUpstream upstream = flood(size);
                ProxyUnderTest proxy = proxyTo(upstream, "proxy_read_timeout 300ms;");
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("\r\n\r\n");
            Thread.sleep(900);
            assertEquals(size, client.read(size).length());
        }
    }

    @Test
    void isNotForwardedUnlessConfigured() throws IOException {
        AtomicReference<String> head = new AtomicReference<>();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    head.set(c.readHead());
                    c.send("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "location / { proxy_pass http://" + upstream.address() + "; }");
                RawClient client = new RawClient(proxy.port())) {
            assertTrue(client.send(REQUEST).readThrough("\r\n\r\n").startsWith("HTTP/1.1 426 "));
            assertFalse(head.get().contains("echo"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"200 OK", "426 Upgrade Required"})
    void theClientHearsWhatAnAppOffers(String status) throws IOException {
        try (RawUpstream upstream = RawUpstream.answering(
                        "HTTP/1.1 " + status
                                + "\r\nUpgrade: echo\r\nConnection: Upgrade\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n");
                ProxyUnderTest proxy = proxyTo(upstream, "");
                RawClient client = new RawClient(proxy.port())) {
            String head = client.send(REQUEST).readThrough("\r\n\r\n");
            assertTrue(head.startsWith("HTTP/1.1 " + status) && head.contains("\r\nUpgrade: echo\r\n"), head);
            assertFalse(head.contains("timeout=5") || head.contains("Connection: Upgrade"), head);
        }
    }

    @Test
    void switchesToNothingThatTheClientHasNotAskedFor() throws IOException {
        for (String field : new String[] {"Upgrade: h2c\r\n", ""}) {
            try (RawUpstream upstream = RawUpstream.answering(
                            "HTTP/1.1 101 Switching Protocols\r\n" + field + "Connection: upgrade\r\n\r\n");
                    ProxyUnderTest proxy = proxyTo(upstream, "");
                    RawClient client = new RawClient(proxy.port())) {
                assertTrue(client.send(REQUEST).readThrough("\r\n\r\n").startsWith("HTTP/1.1 502 "));
                proxy.errorLine("upstream sent 101 without being asked to switch to that protocol");
            }
        }
    }
}
