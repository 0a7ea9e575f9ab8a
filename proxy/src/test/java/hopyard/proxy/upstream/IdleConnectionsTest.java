package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdleConnectionsTest {

    private final List<String> closed = new ArrayList<>();

    private final IdleConnections<Named> idle = new IdleConnections<>();
    private final Peer a = peer("a");
    private final Peer b = peer("b");

    private final class Named implements IdleConnections.Kept {
        private final String name;
        private final Peer peer;
        private final Object kind;

        Named(String name, Peer peer, Object kind) {
            this.name = name;
            this.peer = peer;
            this.kind = kind;
        }

        @Override
        public Peer peer() {
            return peer;
        }

        @Override
        public Object kind() {
            return kind;
        }

        @Override
        public void close() {
            closed.add(name);
        }
    }

    private static Peer peer(String name) {
        return new Peer(new PeerSettings(
                name, name, InetSocketAddress.createUnresolved(name, 1), PeerSettings.Options.DEFAULT, null));
    }

    @Test
    void theMostRecentlyUsedOfTheServerIsTakenFirst() {
        Named first = new Named("first", a, null);
        Named second = new Named("second", a, null);
        idle.add(first, 9);
        idle.add(second, 9);
        idle.add(new Named("other", b, null), 9);
        assertSame(second, idle.take(a, null));
        assertSame(first, idle.take(a, null));
        assertNull(idle.take(a, null));
    }

    @Test
    void oneOfAnotherKindIsNotTaken() {
        idle.add(new Named("tls", a, "tls"), 9);
        assertNull(idle.take(a, null));
        assertEquals("tls", idle.take(a, "tls").name);
    }

    @Test
    void beyondTheLimitTheOneThatIsIdleForLongestIsClosedWhicheverServerItLeadsTo() {
        idle.add(new Named("1", a, null), 2);
        idle.add(new Named("2", b, null), 2);
        idle.add(new Named("3", b, null), 2);
        assertEquals(List.of("1"), closed);
    }

    @Test
    void thoseOfServersThatAreGoneAreClosed() {
        idle.add(new Named("1", a, null), 9);
        idle.add(new Named("2", b, null), 9);
        idle.closeIf(each -> each.peer() == a);
        assertEquals(List.of("1"), closed);
        idle.closeAll();
        assertEquals(List.of("1", "2"), closed);
        assertNull(idle.take(b, null));
    }
}
