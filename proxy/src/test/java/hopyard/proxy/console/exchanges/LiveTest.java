package hopyard.proxy.console.exchanges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.RawClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream of what happens. */
class LiveTest {

    private static final String REQUEST = "GET /_hops/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    @TempDir
    private Path directory;

    @Test
    void watchersHearOfExchangesAsTheyEndAndOfFiguresEachSecond() throws IOException {
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory);
                RawClient one = new RawClient(console.proxy.port());
                RawClient other = new RawClient(console.proxy.port())) {
            for (RawClient watcher : List.of(one, other)) {
                assertTrue(watcher.send(REQUEST).readThrough("\n\n").contains("Content-Type: text/event-stream"));
            }
            console.send(console.request("/seen"));
            for (RawClient watcher : List.of(one, other)) {
                watcher.readThrough("event: exchanges\n");
                assertTrue(watcher.readThrough("\n\n").contains("\"target\":\"/seen\""));
                watcher.readThrough("event: stats\n");
                assertTrue(watcher.readThrough("\n\n").contains("\"second\":{"));
            }
        }
    }

    @Test
    void watchersAreNotWithoutLimit() throws IOException {
        List<RawClient> watchers = new ArrayList<>();
        try (ConsoleUnderTest console = ConsoleUnderTest.start(directory)) {
            for (int i = 0; i < 17; i++) {
                RawClient watcher = new RawClient(console.proxy.port());
                watchers.add(watcher);
                String status = watcher.send(REQUEST).readThrough("\r\n");
                assertEquals(
                        i < 16 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 503 Service Temporarily Unavailable\r\n", status);
            }
            assertEquals(200, console.get("/").status());
        } finally {
            for (RawClient watcher : watchers) {
                watcher.close();
            }
        }
    }
}
