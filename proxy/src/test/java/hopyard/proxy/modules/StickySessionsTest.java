package hopyard.proxy.modules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import hopyard.proxy.support.Wait;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a zone of {@code sticky learn} remembers. */
class StickySessionsTest {

    private static StickySessions sessions(long timeout, long bytes) {
        StickySessions sessions = new StickySessions(timeout);
        sessions.bound(bytes);
        return sessions;
    }

    private static long known(StickySessions sessions) {
        return IntStream.range(0, 1000)
                .filter(i -> sessions.find("session" + i) != null)
                .count();
    }

    @Test
    void aFullZoneForgetsTheSessionThatWasUsedLongestAgo() {
        StickySessions sessions = sessions(3_600_000, 20_000);
        for (int i = 0; i < 1000; i++) {
            sessions.learn("session" + i, "a");
            assertEquals("a", sessions.find("session0"), "it is used all the time");
        }
        assertEquals("a", sessions.find("session999"));
        assertNull(sessions.find("session1"));
        assertEquals(20_000 / 168, known(sessions), 20);
    }

    @Test
    void aSessionIsForgottenWhenNobodyHasUsedItForTheTimeout() throws Exception {
        StickySessions sessions = sessions(300, 20_000);
        sessions.learn("old", "a");
        sessions.learn("used", "b");
        Wait.until("the session to be forgotten", () -> {
            sessions.use("used", "b");
            return sessions.find("old") == null;
        });
        assertEquals("b", sessions.find("used"));
    }

    @Test
    void anotherServerTakesASessionOver() {
        StickySessions sessions = sessions(1000, 20_000);
        sessions.learn("s", "a");
        sessions.learn("s", "b");
        sessions.use("unknown", "a");
        assertEquals("b", sessions.find("s"));
        assertNull(sessions.find("unknown"));
    }

    @Test
    void theNextConfigurationTakesTheSessionsOver() {
        StickySessions running = sessions(1000, 200_000);
        running.learn("s", "a");
        StickySessions next = sessions(1000, 20_000);
        next.takeOver(running);
        assertEquals("a", next.find("s"));
    }

    @Test
    void aSessionThatHasNoRoomIsNotRemembered() {
        StickySessions sessions = sessions(1000, 100);
        sessions.learn("s", "a");
        assertNull(sessions.find("s"));
    }
}
