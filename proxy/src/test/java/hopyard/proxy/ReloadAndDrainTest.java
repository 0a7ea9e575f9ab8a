package hopyard.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.conf.ConfException;
import hopyard.proxy.io.LogWriter;
import hopyard.proxy.support.HeldUpstream;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadAndDrainTest {

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

    @TempDir
    private Path directory;

    private static String server(String inside) {
        return "server { listen 127.0.0.1:0; " + inside + " }";
    }

    @Test
    void aReloadKeepsTheConnectionAndUsesTheNewConfigurationForTheNextRequest() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server("return 200 old;"));
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("old");
            proxy.reload(server("return 200 new;"));
            client.send(REQUEST).readThrough("new");
        }
    }

    @Test
    void aRequestUnderWayEndsAsItBegan() throws Exception {
        try (HeldUpstream upstream = new HeldUpstream("same");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        server("add_header X-Conf old; location / { proxy_pass http://" + upstream.address() + "; }"));
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST);
            upstream.awaitAsked();
            proxy.reload(server("return 200 new;"));
            upstream.letGo();
            assertTrue(client.readThrough("same").contains("X-Conf: old\r\n"));
        }
    }

    @Test
    void aMistakeLeavesTheOldConfigurationServing() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server("return 200 old;"))) {
            assertThrows(ConfException.class, () -> proxy.reload(server("retrun 200 new;")));
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("old"));
        }
    }

    @Test
    void anAddressThatIsTakenLeavesTheOldConfigurationServing() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server("return 200 old;"));
                RawUpstream taken = RawUpstream.answering("")) {
            ConfException e = assertThrows(
                    ConfException.class,
                    () -> proxy.reload(server("return 200 new;") + " server { listen " + taken.address() + "; }"));
            assertEquals("bind() to " + taken.address() + " failed (98: Address already in use)", e.getMessage());
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("old"));
        }
    }

    @Test
    void aReloadOpensAndClosesListeners() throws Exception {
        try (RawUpstream port = RawUpstream.answering("")) {
            String address = port.address();
            port.close();
            try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server("return 200 old;"))) {
                proxy.reload(server("return 200 a;") + " server { listen " + address + "; return 200 b; }");
                assertEquals(2, proxy.ports().size());
                assertTrue(RawClient.get(port.port(), "/").endsWith("b"));
                proxy.reload(server("return 200 a;"));
                assertThrows(ConnectException.class, () -> RawClient.get(port.port(), "/"));
                assertTrue(RawClient.get(proxy.port(), "/").endsWith("a"));
            }
        }
    }

    @Test
    void aDrainLetsTheRequestUnderWayFinishAndClosesIdleConnections() throws Exception {
        try (HeldUpstream upstream = new HeldUpstream("last");
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        server("location / { proxy_pass http://" + upstream.address()
                                + "; } location /i { return 200 idle; }"));
                RawClient idle = new RawClient(proxy.port());
                RawClient busy = new RawClient(proxy.port())) {
            int port = proxy.port();
            idle.send("GET /i HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("idle");
            busy.send(REQUEST);
            upstream.awaitAsked();
            proxy.server().drain();
            assertEquals("", idle.readAll());
            assertThrows(ConnectException.class, () -> RawClient.get(port, "/i"));
            upstream.letGo();
            String response = busy.readAll();
            assertTrue(response.contains("Connection: close\r\n") && response.endsWith("last"), response);
            proxy.server().awaitDrained();
        }
    }

    @Test
    void aDrainEndsWhatGoesOnForLongerThanTheShutdownTimeout() throws Exception {
        CountDownLatch asked = new CountDownLatch(3);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    String head = c.readHead();
                    if (head.startsWith("GET /tunnel")) {
                        c.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
                    } else if (head.startsWith("GET /stream")) {
                        c.send("HTTP/1.1 200 OK\r\n\r\nbegun");
                    }
                    asked.countDown();
                    c.read();
                });
                ProxyUnderTest proxy = ProxyUnderTest.withMain(
                        directory,
                        "worker_shutdown_timeout 300ms;",
                        server("location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
                                + "proxy_set_header Connection upgrade; proxy_buffering off; proxy_pass http://"
                                + upstream.address() + "; }"));
                RawClient tunnel = new RawClient(proxy.port());
                RawClient stream = new RawClient(proxy.port());
                RawClient silent = new RawClient(proxy.port())) {
            tunnel.send("GET /tunnel HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
            tunnel.readThrough("\r\n\r\n");
            stream.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("begun");
            silent.send(REQUEST);
            assertTrue(asked.await(10, TimeUnit.SECONDS));
            proxy.server().drain();
            proxy.server().awaitDrained();
            assertEquals(0, proxy.server().connections());
            // all of it is logged by now, and not a little later
            CountDownLatch written = new CountDownLatch(1);
            LogWriter.whenWritten(written::countDown);
            assertTrue(written.await(10, TimeUnit.SECONDS));
            assertEquals(3, proxy.accessLog().lines().count());
            assertEquals("", tunnel.readAll());
            assertTrue(proxy.accessLine("GET /tunnel").contains("\" 101 "));
            assertTrue(proxy.accessLine("GET /stream").contains("\" 200 "));
            proxy.accessLine("GET / ");
        }
    }

    private static final String UPGRADE =
            "GET /tunnel HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

    private static String tunnelsTo(RawUpstream upstream) {
        return server("location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
                + "proxy_set_header Connection upgrade; proxy_pass http://" + upstream.address() + "; }");
    }

    @Test
    void aReloadLeavesTunnelsOpen() throws Exception {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send(SWITCHED);
                    c.send("got " + (char) c.read());
                });
                ProxyUnderTest proxy = ProxyUnderTest.withMain(directory, "", tunnelsTo(upstream));
                RawClient tunnel = new RawClient(proxy.port())) {
            tunnel.send(UPGRADE).readThrough("\r\n\r\n");
            proxy.reload(server("return 200 new;"));
            tunnel.send("x").readThrough("got x");
        }
    }

    @Test
    void tunnelsOfTheFormerConfigurationEndWhenItsShutdownTimeoutHasPassed() throws Exception {
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send(SWITCHED);
                    c.read();
                });
                ProxyUnderTest proxy =
                        ProxyUnderTest.withMain(directory, "worker_shutdown_timeout 1ms;", tunnelsTo(upstream));
                RawClient tunnel = new RawClient(proxy.port())) {
            tunnel.send(UPGRADE).readThrough("\r\n\r\n");
            proxy.reload(server("return 200 new;"));
            assertEquals("", tunnel.readAll());
        }
    }

    @Test
    void aConnectionCarriesNoMoreRequestsThanItMay() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory, server("keepalive_requests 2; location / { return 200 x; }"));
                RawClient client = new RawClient(proxy.port())) {
            assertTrue(client.send(REQUEST).readThrough("\r\n\r\nx").contains("Connection: keep-alive\r\n"));
            String last = client.send(REQUEST).readAll();
            assertTrue(last.contains("Connection: close\r\n"), last);
        }
    }

    @Test
    void anIdleConnectionIsClosedAfterTheKeepaliveTimeout() throws IOException {
        try (ProxyUnderTest proxy =
                        ProxyUnderTest.withHttp(directory, server("keepalive_timeout 100ms; return 200 ok;"));
                RawClient client = new RawClient(proxy.port())) {
            client.send(REQUEST).readThrough("ok");
            assertEquals("", client.readAll());
        }
    }

    @Test
    void noKeepAliveClosesAfterEachResponse() throws IOException {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(directory, server("keepalive_timeout 0; return 200 ok;"))) {
            assertTrue(RawClient.exchange(proxy.port(), REQUEST).contains("Connection: close\r\n"));
        }
    }
}
