package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.support.ProxyUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.RawUpstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code Server-Timing} tells the proxy's own time from that of those for whom it has waited. */
class ServerTimingTest {

    private static final Pattern METRIC = Pattern.compile("proxy;dur=([0-9.]+)(?:;desc=\"(.*)\")?");

    /** How long the app takes, and a limit holds back, in ms. */
    private static final int WAIT = 500;

    @TempDir
    private Path directory;

    private RawUpstream slow;
    private RawUpstream silent;
    private ProxyUnderTest proxy;

    private record Timing(double own, String waited) {}

    @BeforeEach
    void start() throws IOException {
        slow = new RawUpstream(connection -> {
            connection.readHead();
            pause();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
        });
        silent = new RawUpstream(connection -> {
            connection.readHead();
            pause();
            pause();
        });
        proxy = ProxyUnderTest.withHttp(directory, """
                hop_trace on;
                limit_req_zone $binary_remote_addr zone=one:32k rate=2r/s;
                upstream both { server %1$s; server %2$s; }
                server { listen 127.0.0.1:0; proxy_read_timeout %3$dms;
                    location /silent { proxy_pass http://%1$s; }
                    location /both { proxy_read_timeout 700ms; proxy_pass http://both; }
                    location /slow { proxy_read_timeout 5s; proxy_pass http://%2$s; }
                    location /limited { limit_req zone=one burst=2; root %4$s; } }""".formatted(silent.address(), slow.address(), WAIT, directory));
    }

    private static void pause() {
        try {
            Thread.sleep(WAIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() throws Exception {
        proxy.close();
        slow.close();
        silent.close();
    }

    private Timing timing(String target) throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            String response = client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .readAll();
            Matcher metric = METRIC.matcher(response);
            assertTrue(metric.find(), response);
            return new Timing(Double.parseDouble(metric.group(1)), metric.group(2));
        }
    }

    @Test
    void theTimeOfAnAppIsNotTheProxysWhetherItAnswersOrNot() throws IOException {
        Timing answered = timing("/slow");
        assertTrue(answered.own < WAIT / 2.0, answered.toString());
        assertTrue(answered.waited.matches("plus [0-9.]+ ms waiting for " + slow.address()), answered.toString());
        Timing timedOut = timing("/silent");
        assertTrue(timedOut.own < WAIT / 2.0, timedOut.toString());
        assertTrue(timedOut.waited.matches("plus [0-9.]+ ms waiting for " + silent.address()), timedOut.toString());
    }

    @Test
    void soIsTheTimeOfATryThatCameToNothing() throws IOException {
        Timing twice = timing("/both");
        assertTrue(twice.own < WAIT / 2.0, twice.toString());
        assertTrue(
                twice.waited.matches("plus [0-9.]+ ms waiting for 2 tries, the last at " + slow.address()),
                twice.toString());
    }

    @Test
    void whatALimitHoldsBackIsNotItsOwnEither() throws IOException {
        assertEquals(null, timing("/limited").waited);
        Timing second = timing("/limited");
        assertTrue(second.own < WAIT / 2.0, second.toString());
        assertTrue(
                second.waited.matches("plus [0-9.]+ ms for the client, a limit, a name or auth_request"),
                second.toString());
    }
}
