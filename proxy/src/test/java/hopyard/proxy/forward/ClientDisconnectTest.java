package hopyard.proxy.forward;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientDisconnectTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"close", "half-close", "reset"})
    void reachesTheUpstreamAndIsLoggedAs499(String how) throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    asked.countDown();
                    if (c.read() < 0) {
                        gone.countDown();
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "location / { proxy_pass http://" + upstream.address() + "; }")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
                assertTrue(asked.await(10, TimeUnit.SECONDS));
                switch (how) {
                    case "close" -> client.close();
                    case "half-close" -> client.socket().shutdownOutput();
                    default -> {
                        client.socket().setSoLinger(true, 0);
                        client.close();
                    }
                }
                assertTrue(gone.await(10, TimeUnit.SECONDS), "the upstream's connection stayed open");
            }
            assertTrue(proxy.accessLine("/slow").contains("\" 499 0 "));
            proxy.errorLine("client prematurely closed connection, so upstream connection is closed too while reading"
                    + " response header from upstream");
        }
    }

    @Test
    void inTheMiddleOfAResponseReachesTheUpstream() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send("HTTP/1.1 200 OK\r\n\r\n");
                    try {
                        while (true) {
                            c.send("x".repeat(10_000));
                        }
                    } finally {
                        gone.countDown();
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "location / { proxy_pass http://" + upstream.address() + "; }")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n").read(100_000);
            }
            assertTrue(gone.await(10, TimeUnit.SECONDS));
            assertTrue(proxy.accessLine("/endless").contains("\" 200 "));
        }
    }

    @Test
    void inTheMiddleOfARequestBodyReachesTheUpstream() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.read(3);
                    if (c.read() < 0) {
                        gone.countDown();
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "proxy_request_buffering off; proxy_http_version 1.1; location / { proxy_pass http://"
                                + upstream.address() + "; }")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("PUT /part HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc");
            }
            assertTrue(gone.await(10, TimeUnit.SECONDS));
            assertTrue(proxy.accessLine("/part").contains("\" 400 "));
        }
    }
}
