package hopyard.proxy.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.SimulatedClock;
import hopyard.proxy.upstream.SimulatedProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What docs/scale.md says of many servers and many proxies. */
class ScaleTest {

    private static final Path DOCUMENT = Path.of("../docs/scale.md");

    private static List<Table> tables;

    @BeforeAll
    static void simulate() {
        // each has a clock of its own, so they may run side by side
        tables = Scale.tables().parallelStream().map(Supplier::get).toList();
    }

    @TestFactory
    Stream<DynamicTest> theDocumentHasTheTablesThatTheCommandPrints() throws IOException {
        String document = Files.readString(DOCUMENT);
        return tables.stream()
                .map(table -> DynamicTest.dynamicTest(
                        table.name(),
                        () -> assertEquals(
                                Scale.text(table),
                                found(document, table.name()),
                                "docs/scale.md has another table; bench/scale --write puts this one there")));
    }

    private static String found(String document, String name) {
        return Pattern.compile("<!-- " + name + " -->\n\n(\\|.*\n)*")
                .matcher(document)
                .results()
                .map(each -> each.group())
                .collect(Collectors.joining());
    }

    @Test
    void theDocumentHasNoTableThatTheCommandDoesNotKnow() throws IOException {
        assertEquals(
                tables.stream().map(Table::name).sorted().toList(),
                Pattern.compile("<!-- ([a-z-]+) -->")
                        .matcher(Files.readString(DOCUMENT))
                        .results()
                        .map(each -> each.group(1))
                        .sorted()
                        .toList());
    }

    @Test
    void takingTurnsIsExactByWeight() {
        for (int servers : new int[] {3, 50, 1000}) {
            List<PeerSettings> settings = new ArrayList<>();
            int weights = 0;
            for (int i = 0; i < servers; i++) {
                weights += i % 5 + 1;
                settings.add(Servers.server(i, Servers.name(i), weighing(i % 5 + 1)));
            }
            Map<String, Integer> requests = requests(Balancing.ROUND_ROBIN, settings, 3 * weights);
            settings.forEach(each -> assertEquals(3 * each.options().weight(), requests.get(each.name()), each.name()));
        }
    }

    private static PeerSettings.Options weighing(int weight) {
        return new PeerSettings.Options(weight, 0, 1, 10_000, false, false, false);
    }

    private static Map<String, Integer> requests(Balancing balancing, List<PeerSettings> servers, int count) {
        SimulatedProxy proxy = new SimulatedProxy(balancing, servers, 1, new SimulatedClock(1));
        Map<String, Integer> requests = new HashMap<>();
        for (int i = 0; i < count; i++) {
            PeerSelection selection = proxy.select(0, 0, Keys.of(balancing, i));
            Peer peer = selection.next();
            requests.merge(peer.settings().name(), 1, Integer::sum);
            selection.free(peer);
            selection.ended(peer, false);
        }
        return requests;
    }

    @Test
    void ipHashNeverChoosesWhatLiesBeyond6271OfWeight() {
        List<PeerSettings> servers = Servers.of(100, weighing(100));
        Map<String, Integer> requests = requests(Balancing.IP_HASH, servers, 50_000);
        for (int i = 0; i < servers.size(); i++) {
            assertEquals(
                    i < 63,
                    requests.containsKey(servers.get(i).name()),
                    servers.get(i).name());
        }
    }

    @Test
    void consistentHashingMovesTheKeysOfTheServerThatLeavesAndNoOthers() {
        for (int servers : new int[] {3, 10, 100}) {
            List<String> before = Moves.choices(Balancing.CONSISTENT_HASH, Servers.of(servers));
            List<String> after = Moves.choices(Balancing.CONSISTENT_HASH, Moves.withoutOne(servers));
            String gone = Servers.name(servers / 2);
            for (int i = 0; i < before.size(); i++) {
                assertEquals(!before.get(i).equals(gone), before.get(i).equals(after.get(i)));
            }
            double moved = Moves.moved(before, after) * servers;
            assertTrue(moved > 0.6 && moved < 1.5, "of " + servers + " servers: " + moved);
        }
    }

    @Test
    void consistentHashingDoesNotDependOnTheOrderOfTheServers() {
        List<PeerSettings> shuffled = new ArrayList<>(Servers.of(100));
        Collections.shuffle(shuffled, new Random(1));
        assertEquals(
                Moves.choices(Balancing.CONSISTENT_HASH, Servers.of(100)),
                Moves.choices(Balancing.CONSISTENT_HASH, shuffled));
    }

    @Test
    void aServerThatFailsQuicklyDrawsRequestsToItIfConnectionsAreCounted() {
        assertEquals(0.1, Herds.shareOfQuickFailures(Balancing.ROUND_ROBIN, 1), 0.01);
        assertTrue(Herds.shareOfQuickFailures(Balancing.LEAST_CONN, 1) > 0.5);
    }

    @Test
    void withAZoneTheThreadsOfAProxyLearnTogetherThatAServerIsGone() {
        long alone = Herds.failures(10, Servers.USUAL)[0];
        long together = Herds.failures(10, Servers.USUAL.sharing())[0];
        assertTrue(alone > 3 * together, alone + " and " + together);
    }

    @Test
    void retriesAreAsManyAsCalculated() {
        for (double probability : new double[] {0.1, 0.5, 1}) {
            for (int tries = 2; tries <= 3; tries++) {
                for (int depth = 1; depth <= 3; depth++) {
                    double calculated = Retries.calculated(depth, tries, probability);
                    assertEquals(
                            calculated,
                            Retries.amplification(depth, tries, probability, Servers.NEVER_OUT),
                            calculated * 0.05);
                }
            }
        }
    }

    @Test
    void ofFewFailuresTheDefaultOfMaxFailsMakesMany() {
        assertTrue(Retries.lost(0.01, 0) < 0.001);
        assertTrue(Retries.lost(0.01, 1) > 0.5);
    }

    @Test
    void twoRunsAreTheSame() {
        assertEquals(Connections.afterARestart(), Connections.afterARestart());
    }
}
