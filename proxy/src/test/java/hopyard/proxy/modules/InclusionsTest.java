package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.memory.BufferPool;
import hopyard.memory.HeldMemory;
import hopyard.proxy.support.HeldUpstream;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import hopyard.proxy.support.Wait;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subrequests whose contents are included: when they run, what they hold, and how they end. */
class InclusionsTest {

    private static final String GET = "GET /page HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";

    @TempDir
    private Path directory;

    private ProxyUnderTest proxy(String slow, String other, String page) {
        return ProxyUnderTest.withServer(
                directory,
                "default_type text/html; ssi on; send_timeout 1s; location = /page { return 200 '" + page + "'; }"
                        + "location = /slow { proxy_pass http://" + slow + "; }"
                        + "location = /other { proxy_pass http://" + other + "; }");
    }

    @Test
    void theyRunAtTheSameTimeAndComeInOrder() throws Exception {
        try (HeldUpstream slow = new HeldUpstream("SLOW");
                RawUpstream other = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOTHER");
                ProxyUnderTest proxy = proxy(
                        slow.address(),
                        other.address(),
                        "a<!--#include virtual=\"/slow\" -->b<!--#include virtual=\"/other\" -->c");
                RawClient client = new RawClient(proxy.port())) {
            client.send(GET);
            slow.awaitAsked();
            Wait.until("the other one to be asked", () -> other.heads().size() == 1);
            slow.letGo();
            String answer = client.readAll();
            assertTrue(answer.replaceAll("\r\n[0-9a-f]+\r\n", "").contains("SLOWbOTHERc"), answer);
        }
    }

    @Test
    void aSlowOneIsNoSlowClient() throws Exception {
        String large = "z".repeat(300_000);
        try (HeldUpstream slow = new HeldUpstream("SLOW");
                RawUpstream other = RawUpstream.answering(
                        "HTTP/1.1 200 OK\r\nContent-Length: " + large.length() + "\r\n\r\n" + large);
                ProxyUnderTest proxy = proxy(
                        slow.address(),
                        other.address(),
                        "<!--#include virtual=\"/slow\" --><!--#include virtual=\"/other\" -->");
                RawClient client = new RawClient(proxy.port())) {
            client.send(GET);
            slow.awaitAsked();
            long since = System.nanoTime();
            Wait.until("more than send_timeout to pass", () -> System.nanoTime() - since > 1_500_000_000L);
            slow.letGo();
            String answer = client.readAll();
            assertTrue(answer.contains("SLOW"), answer);
            assertEquals(large.length(), answer.chars().filter(c -> c == 'z').count());
        }
    }

    @Test
    void aClientThatLeavesEndsThemAndTheyLeaveNothingBehind() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (RawUpstream slow = new RawUpstream(c -> {
                    c.readHead();
                    asked.countDown();
                    if (c.read() < 0) {
                        ended.countDown();
                    }
                });
                ProxyUnderTest proxy = proxy(
                        slow.address(), slow.address(), "a<!--#include virtual=\"/slow\" -->" + "b".repeat(3000))) {
            Wait.until("nobody to be there", () -> proxy.server().connections() == 0);
            long before = HeldMemory.held();
            long buffers = BufferPool.taken();
            try (RawClient client = new RawClient(proxy.port())) {
                client.send(GET);
                asked.await();
            }
            Wait.until("the subrequest to end", () -> ended.getCount() == 0);
            Wait.until("the client to be gone", () -> proxy.server().connections() == 0);
            Wait.until("what was kept to be free", () -> HeldMemory.held() <= before);
            // a thread keeps some buffers for the next one
            assertTrue(BufferPool.taken() <= buffers + (128 << 10));
        }
    }

    @Test
    void aConnectionGoesOnAfterThem() throws Exception {
        try (RawUpstream other = RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOTHER");
                ProxyUnderTest proxy =
                        proxy(other.address(), other.address(), "<!--#include virtual=\"/other\" wait=\"yes\" -->.");
                RawClient client = new RawClient(proxy.port())) {
            for (int i = 0; i < 3; i++) {
                String answer =
                        client.send("GET /page HTTP/1.1\r\nHost: t\r\n\r\n").readThrough("\r\n0\r\n\r\n");
                assertTrue(answer.contains("OTHER\r\n"), answer);
            }
        }
    }
}
