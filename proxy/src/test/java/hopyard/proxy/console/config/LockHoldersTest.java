package hopyard.proxy.console.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.console.ConsoleUnderTest;
import hopyard.proxy.support.RawClient;
import hopyard.proxy.support.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lock ends soon after whoever has it, and not before. */
class LockHoldersTest {

    /** How long a lock outlives its holder, in ms, and not much longer. */
    private static final long GRACE = 4000;

    @TempDir
    private Path directory;

    private ConsoleUnderTest console;
    private String token;

    @BeforeEach
    void start() throws IOException {
        console = ConsoleUnderTest.start(directory);
        String text = console.json("/_hops/config").at("/files/0/text").asText();
        token = console.post("/_hops/config/lock", Map.of("name", "me", "seconds", 60))
                .json()
                .get("token")
                .asText();
        console.post(
                "/_hops/config", Map.of("text", text.replace("return 200 own", "return 200 held"), "token", token));
        assertEquals("held", console.get("/own").body());
    }

    @AfterEach
    void stop() throws IOException {
        console.close();
    }

    private RawClient hold() throws IOException {
        RawClient client = new RawClient(console.proxy.port());
        client.send("GET /_hops/config/lock?token=" + token + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.readThrough("this holds the lock");
        return client;
    }

    private boolean isLocked() throws IOException {
        return console.json("/_hops/config").has("lock");
    }

    @Test
    void whoIsGoneHoldsItNoLongerAndWhatRanBeforeComesBack() throws IOException {
        RawClient holder = hold();
        long gone = System.nanoTime();
        holder.close();
        Wait.until("the lock to end", () -> !isLocked());
        assertTrue((System.nanoTime() - gone) / 1_000_000 >= GRACE - 500, "it may come again at first");
        assertEquals("own", console.get("/own").body());
    }

    @Test
    void whoIsThereHoldsItThoughAnotherConnectionOfTheirsHasEnded() throws Exception {
        RawClient lost = hold();
        try (RawClient holder = hold()) {
            lost.close();
            Thread.sleep(GRACE + 1000);
            assertTrue(isLocked());
            assertEquals("held", console.get("/own").body());
            console.delete("/_hops/config/lock?token=" + token);
            assertEquals("own", console.get("/own").body());
            String next = console.post("/_hops/config/lock", Map.of("name", "next", "seconds", 60))
                    .json()
                    .get("token")
                    .asText();
            // what ends now held another lock
            holder.close();
            Thread.sleep(GRACE + 500);
            assertTrue(isLocked());
            console.delete("/_hops/config/lock?token=" + next);
        }
    }

    @Test
    void onlyWhoHasTheLockCanHoldIt() throws IOException {
        assertEquals(409, console.get("/_hops/config/lock?token=guessed").status());
        assertEquals(409, console.get("/_hops/config/lock").status());
    }
}
