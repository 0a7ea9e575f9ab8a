package hopyard.proxy.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.HoldUp;
import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients take turns, however many requests one of them has sent ahead. */
class TurnsTest {

    private static final int AHEAD = 400;

    /** An I/O thread accepts one connection at a time, so that each of these waits for a turn of its own. */
    private static final int OTHERS = 4;

    @TempDir
    private Path directory;

    @Test
    void othersAreServedBetweenRequestsThatWereSentAhead() throws Exception {
        List<RawClient> others = new ArrayList<>();
        try (ProxyUnderTest proxy = ProxyUnderTest.withHttp(
                        directory,
                        "log_format path '$uri'; server { listen 127.0.0.1:0; access_log access.log path;"
                                + " location / { return 200; } }",
                        1);
                RawClient eager = new RawClient(proxy.port())) {
            eager.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n").readThrough("\r\n\r\n");
            CountDownLatch goOn = new CountDownLatch(1);
            HoldUp.all(goOn);
            eager.send("GET /ahead HTTP/1.1\r\nHost: a\r\n\r\n".repeat(AHEAD));
            for (int i = 0; i < OTHERS; i++) {
                others.add(new RawClient(proxy.port()).send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n"));
            }
            goOn.countDown();
            for (int i = 0; i < AHEAD; i++) {
                eager.readThrough("\r\n\r\n");
            }
            Wait.until("all to be logged", () -> log(proxy).size() == 1 + AHEAD + OTHERS);
            int last = log(proxy).lastIndexOf("/other");
            assertTrue(last < AHEAD / 2, "the last of the others was number " + last);
        } finally {
            for (RawClient other : others) {
                other.close();
            }
        }
    }

    private static List<String> log(ProxyUnderTest proxy) throws Exception {
        return proxy.accessLog().lines().toList();
    }
}
