package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hopyard.proxy.support.HoldUp;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one client sends by a few bytes at a time, another's whole request does not wait for. */
class SlowClientsTest {

    private static final int SLOW = 100;

    @TempDir
    private Path directory;

    private final List<RawClient> clients = new ArrayList<>();
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void close() throws Exception {
        goOn.countDown();
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void aWholeRequestIsServedBeforeHeadsThatComeInPieces() throws Exception {
        assertWholeRequestIsFirst("GET /slow HTTP/1.1\r\nHost: slow\r\n", "X-More: x\r\n", "\r\n");
    }

    @Test
    void aWholeRequestIsServedBeforeBodiesThatComeInPieces() throws Exception {
        assertWholeRequestIsFirst("POST /slow HTTP/1.1\r\nHost: slow\r\nContent-Length: 3\r\n\r\n", "x", "xx");
    }

    private void assertWholeRequestIsFirst(String first, String more, String last) throws Exception {
        // a request whose upstream has no server that is up is answered, and logged, as soon as it is there
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                directory,
                "log_format path '$uri'; upstream none { server 127.0.0.1:9 down; } server { listen 127.0.0.1:0;"
                        + " access_log access.log path; location / { proxy_pass http://none; }"
                        + " location = /whole { return 200; } }",
                1)) {
            for (int i = 0; i < SLOW; i++) {
                clients.add(new RawClient(proxy.port()));
            }
            for (String piece : List.of(first, more)) {
                for (RawClient slow : clients) {
                    slow.send(piece);
                }
                // what came before this is read when it is answered
                RawClient.get(proxy.port(), "/whole");
            }
            RawClient whole = new RawClient(proxy.port());
            clients.add(whole);
            whole.send("GET /whole HTTP/1.1\r\nHost: whole\r\n\r\n").readThrough("\r\n\r\n");
            HoldUp.all(goOn);
            for (RawClient slow : clients.subList(0, SLOW)) {
                slow.send(last);
            }
            whole.send("GET /whole HTTP/1.1\r\nHost: whole\r\n\r\n");
            goOn.countDown();
            for (RawClient client : clients) {
                client.readThrough("\r\n\r\n");
            }
            Wait.until("all to be logged", () -> lines(proxy).size() == SLOW + 4);
            assertEquals(
                    List.of("/whole", "/whole", "/whole", "/whole"),
                    lines(proxy).subList(0, 4));
        }
    }

    private static List<String> lines(ProxyUnderTest proxy) throws Exception {
        return proxy.accessLog().lines().toList();
    }
}
