package hopyard.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerSelectionTest {

    private static PeerSettings peer(String name, int weight, int maxFails, boolean backup, boolean down) {
        return new PeerSettings(
                name,
                name,
                InetSocketAddress.createUnresolved(name, 1),
                new PeerSettings.Options(weight, 0, maxFails, 10_000, backup, down, false),
                null);
    }

    private static Peers peers(PeerSettings... settings) {
        return new Peers(
                new UpstreamGroup("g", List.of(settings), UpstreamGroup.Keepalive.NONE, Balancing.ROUND_ROBIN), null);
    }

    private static Peers peers(Balancing balancing, PeerSettings... settings) {
        return new Peers(
                new UpstreamGroup("g", List.of(settings), UpstreamGroup.Keepalive.NONE, balancing),
                null,
                new SimulatedClock(1));
    }

    private static String choices(Peers peers, int n) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            PeerSelection selection = new PeerSelection(peers, 0, null);
            Peer chosen = selection.next();
            names.add(chosen.settings().name());
            selection.ended(chosen, false);
        }
        return String.join("", names);
    }

    @Test
    void takesTurns() {
        assertEquals(
                "abcabc",
                choices(
                        peers(
                                peer("a", 1, 1, false, false),
                                peer("b", 1, 1, false, false),
                                peer("c", 1, 1, false, false)),
                        6));
    }

    @Test
    void spreadsWeightsSmoothly() {
        // nginx's own example for weights 5, 1, 1
        assertEquals(
                "aabacaa",
                choices(
                        peers(
                                peer("a", 5, 1, false, false),
                                peer("b", 1, 1, false, false),
                                peer("c", 1, 1, false, false)),
                        7));
    }

    @Test
    void neverTakesAServerThatIsDown() {
        assertEquals("bbb", choices(peers(peer("a", 9, 1, false, true), peer("b", 1, 1, false, false)), 3));
    }

    @Test
    void takesABackupOnlyWhenTheOthersHaveFailed() {
        Peers peers = peers(peer("a", 1, 1, false, false), peer("b", 1, 1, true, false));
        assertEquals("aa", choices(peers, 2));
        PeerSelection selection = new PeerSelection(peers, 0, null);
        Peer a = selection.next();
        assertTrue(selection.ended(a, true));
        assertEquals("b", selection.next().settings().name());
        assertEquals("bb", choices(peers, 2));
    }

    @Test
    void triesEachPeerOnceForARequest() {
        Peers peers = peers(peer("a", 1, 0, false, false), peer("b", 1, 0, false, false));
        PeerSelection selection = new PeerSelection(peers, 0, null);
        selection.ended(selection.next(), true);
        assertTrue(selection.hasTriesLeft());
        selection.ended(selection.next(), true);
        assertFalse(selection.hasTriesLeft());
        assertNull(selection.next());
    }

    @Test
    void neverTakesTheOnlyServerOut() {
        Peers peers = peers(peer("a", 1, 1, false, false));
        PeerSelection selection = new PeerSelection(peers, 0, null);
        assertFalse(selection.ended(selection.next(), true));
        assertEquals("a", choices(peers, 1));
    }

    @Test
    void aDeadIdleConnectionCostsNoTry() {
        Peers peers = peers(peer("a", 1, 1, false, false));
        PeerSelection selection = new PeerSelection(peers, 0, null);
        Peer a = selection.next();
        selection.ended(a, true);
        selection.staleConnection(a);
        assertTrue(selection.hasTriesLeft());
    }

    @Test
    void leastConnAsksTheBackupWithTheFewestRequests() {
        Peers peers = peers(
                Balancing.LEAST_CONN,
                peer("a", 1, 1, false, true),
                peer("b", 1, 1, true, false),
                peer("c", 1, 1, true, false));
        assertEquals("b", new PeerSelection(peers, 0, null).next().settings().name());
        PeerSelection second = new PeerSelection(peers, 0, null);
        Peer c = second.next();
        assertEquals("c", c.settings().name());
        second.free(c);
        second.ended(c, false);
        assertEquals("c", new PeerSelection(peers, 0, null).next().settings().name());
    }

    /** So it is in nginx: of two that have nothing to do it takes the second one that it has drawn. */
    @Test
    void randomTwoTakesTheSecondOfTwoThatHaveNothingToDo() {
        Peers peers = peers(Balancing.RANDOM_TWO, peer("a", 3, 1, false, false), peer("b", 1, 1, false, false));
        long light = 0;
        for (int i = 0; i < 4000; i++) {
            PeerSelection selection = new PeerSelection(peers, 0, null);
            Peer chosen = selection.next();
            light += chosen.settings().name().equals("b") ? 1 : 0;
            selection.free(chosen);
            selection.ended(chosen, false);
        }
        assertEquals(0.75, light / 4000.0, 0.03);
    }

    @Test
    void randomTwoFindsTheOnlyServerThatIsLeft() {
        Peers peers = peers(
                Balancing.RANDOM_TWO,
                peer("a", 1, 1, false, true),
                peer("b", 1, 1, false, false),
                peer("c", 1, 1, false, true));
        assertEquals("bbb", choices(peers, 3));
    }
}
