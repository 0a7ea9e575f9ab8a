package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits that show only while requests are under way or take time; the rest is compared with nginx. */
class LimitsTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    @TempDir
    private Path directory;

    private final CountDownLatch gate = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    private RawUpstream slowApp() throws IOException {
        return new RawUpstream(connection -> {
            connection.readHead();
            asked.incrementAndGet();
            gate.await();
            connection.send(OK);
        });
    }

    @Test
    void limitConnCountsRequestsUnderWay() throws Exception {
        try (RawUpstream app = slowApp();
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "limit_conn_zone $binary_remote_addr zone=a:1m; server { listen 127.0.0.1:0; limit_conn a 2;"
                                + " location / { proxy_pass http://" + app.address() + "; } }");
                RawClient one = new RawClient(proxy.port());
                RawClient two = new RawClient(proxy.port())) {
            one.send(REQUEST);
            two.send(REQUEST);
            Wait.until("two requests", () -> asked.get() == 2);
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 503 "));
            assertTrue(proxy.errorLine("limiting connections").contains("limiting connections by zone \"a\""));
            gate.countDown();
            assertTrue(one.readAll().endsWith("ok") && two.readAll().endsWith("ok"));
            Wait.until("room again", () -> RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 200 "));
        }
    }

    @Test
    void requestsAboveTheRateAreDelayedAndThenRejected() throws Exception {
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "limit_req_zone $uri zone=a:1m rate=10r/s; server { listen 127.0.0.1:0; location / { limit_req zone=a"
                        + " burst=2; add_header X-Status $limit_req_status always; root /; } }")) {
            long start = System.nanoTime();
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                RawClient client = new RawClient(proxy.port());
                client.send(REQUEST.replace(" / ", " /none "));
                clients.add(client);
            }
            StringBuilder all = new StringBuilder();
            for (RawClient client : clients) {
                all.append(client.readAll());
                client.close();
            }
            assertEquals(1, count(all, "X-Status: PASSED"), all.toString());
            assertEquals(2, count(all, "X-Status: DELAYED"), all.toString());
            assertEquals(2, count(all, "X-Status: REJECTED"), all.toString());
            // the second of the delayed ones had to wait for two tenths of a second
            assertTrue(System.nanoTime() - start >= 190_000_000L);
            assertTrue(proxy.errorLine("delaying request").contains(", by zone \"a\""));
            assertTrue(proxy.errorLine("limiting requests").contains(" by zone \"a\""));
        }
    }

    private static int count(CharSequence text, String what) {
        return text.toString().split(what, -1).length - 1;
    }

    @Test
    void limitRateHoldsAResponseBack() throws Exception {
        try (RawUpstream app =
                        RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + "x".repeat(30_000));
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { limit_rate 10k; limit_rate_after 5k; proxy_pass http://" + app.address()
                                + "; }")) {
            long start = System.nanoTime();
            String response = RawClient.get(proxy.port(), "/");
            assertTrue(response.endsWith("x".repeat(30_000)));
            // 5 KiB at once, 10 KiB in each second that begins: the last bytes leave when the third one does
            assertTrue(System.nanoTime() - start >= 1_900_000_000L);
        }
    }

    @Test
    void leastConnectionsGoToTheServerWithTheFewest() throws Exception {
        AtomicInteger quick = new AtomicInteger();
        try (RawUpstream slow = slowApp();
                RawUpstream fast = new RawUpstream(connection -> {
                    connection.readHead();
                    quick.incrementAndGet();
                    connection.send(OK);
                });
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "upstream u { least_conn; server " + slow.address() + "; server " + fast.address()
                                + "; } server { listen 127.0.0.1:0; location / { proxy_pass http://u; } }",
                        1);
                RawClient stuck = new RawClient(proxy.port())) {
            stuck.send(REQUEST);
            Wait.until("the slow one to be busy", () -> asked.get() + quick.get() == 1);
            for (int i = 0; i < 10; i++) {
                assertTrue(RawClient.get(proxy.port(), "/").endsWith("ok"));
            }
            assertEquals(1, asked.get());
            gate.countDown();
        }
    }

    @Test
    void maxConnsLeavesAServerAlone() throws Exception {
        try (RawUpstream app = slowApp();
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "upstream u { server " + app.address() + " max_conns=1; } server { listen 127.0.0.1:0;"
                                + " location / { proxy_pass http://u; } }",
                        1);
                RawClient first = new RawClient(proxy.port())) {
            first.send(REQUEST);
            Wait.until("the first request", () -> asked.get() == 1);
            assertTrue(RawClient.get(proxy.port(), "/").startsWith("HTTP/1.1 502 "));
            assertTrue(proxy.errorLine("no live upstreams").contains("no live upstreams while connecting to upstream"));
            gate.countDown();
            assertTrue(first.readAll().endsWith("ok"));
            assertTrue(RawClient.get(proxy.port(), "/").endsWith("ok"));
        }
    }

    @Test
    void randomUsesEveryServer() throws Exception {
        AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};
        try (RawUpstream a = counting(counts[0]);
                RawUpstream b = counting(counts[1]);
                ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "upstream u { random two least_conn; server " + a.address() + "; server " + b.address()
                                + "; } server { listen 127.0.0.1:0; location / { proxy_pass http://u; } }")) {
            for (int i = 0; i < 60; i++) {
                assertTrue(RawClient.get(proxy.port(), "/").endsWith("ok"));
            }
            assertTrue(counts[0].get() > 5 && counts[1].get() > 5, counts[0] + " and " + counts[1]);
        }
    }

    private static RawUpstream counting(AtomicInteger count) throws IOException {
        return new RawUpstream(connection -> {
            connection.readHead();
            count.incrementAndGet();
            connection.send(OK);
        });
    }
}
