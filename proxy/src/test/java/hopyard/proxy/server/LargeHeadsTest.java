package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.HeldMemory;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads that are there as a whole, and stay for as long as their requests are under way. */
class LargeHeadsTest {

    /** What fields of so many lines take at least, in bytes. */
    private static final int LEAST = 800 * 100;

    @TempDir
    private Path directory;

    private static String lines(int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append('x').append(i).append(": ").append(i).append("\r\n");
        }
        return lines.toString();
    }

    @Test
    void headsOfRequestsUnderWayCountAndTooManyAreRefused() throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        List<RawClient> clients = new ArrayList<>();
        long before = HeldMemory.held();
        long taken = 0;
        try (RawUpstream hanging = new RawUpstream(c -> {
                    c.readHead();
                    end.await();
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "location / { proxy_pass http://" + hanging.address()
                                + "; } location = /own { return 200 own; }")) {
            String request = "GET / HTTP/1.1\r\nHost: t\r\n" + lines(800) + "\r\n";
            for (int i = 0; i < 10; i++) {
                clients.add(new RawClient(proxy.port()).send(request));
            }
            Wait.until("the heads to be held", () -> HeldMemory.held() - before > 10 * LEAST);
            // the rest of what there is
            while (HeldMemory.take(1 << 16)) {
                taken += 1 << 16;
            }
            RawClient refused = new RawClient(proxy.port()).send(request);
            clients.add(refused);
            assertTrue(refused.readThrough("\r\n").startsWith("HTTP/1.1 503 "));
            proxy.errorLine("memory is used up while reading client request headers");
            assertTrue(RawClient.get(proxy.port(), "/own").endsWith("own"));
            HeldMemory.free(taken);
            taken = 0;
            end.countDown();
            for (RawClient client : clients) {
                client.close();
            }
            Wait.until("the heads to be free", () -> HeldMemory.held() == before);
        } finally {
            HeldMemory.free(taken);
        }
    }

    @Test
    void aHeadThatIsLongerThanABufferReachesTheApp() throws Exception {
        long before = HeldMemory.held();
        try (RawUpstream app = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory,
                        "large_client_header_buffers 4 8k; location / { proxy_pass http://" + app.address() + "; }");
                RawClient client = new RawClient(proxy.port())) {
            String cookies = ("Cookie: a=" + "c".repeat(7000) + "\r\n").repeat(4);
            assertTrue(client.send("GET / HTTP/1.1\r\nHost: t\r\n" + cookies + "Connection: close\r\n\r\n")
                    .readAll()
                    .endsWith("ok"));
            assertTrue(app.heads().get(0).length() > 4 * 7000);
        }
        Wait.until("the head to be free", () -> HeldMemory.held() == before);
    }

    @Test
    void headsOfResponsesThatNobodyReadsCount() throws IOException {
        int size = 32 << 20;
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\nX-Large: " + "y".repeat(3000) + "\r\n\r\n";
        long before = HeldMemory.held();
        try (RawUpstream upstream = new RawUpstream(c -> {
                    c.readHead();
                    c.send(head + "d".repeat(size));
                });
                ProxyUnderTest proxy = ProxyUnderTest.withServer(
                        directory, "location / { proxy_pass http://" + upstream.address() + "; }")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                        .readThrough("\r\n\r\n");
                long held = HeldMemory.held() - before;
                assertTrue(held >= HeldMemory.CONNECTION + 9000, held + " bytes");
                assertEquals(size, client.readAll().length());
            }
            Wait.until("it to be free", () -> HeldMemory.held() == before);
        }
    }
}
