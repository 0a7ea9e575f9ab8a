package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.SimulatedClock;
import hopyard.proxy.upstream.SimulatedProxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** How many keys get another server when servers come and go, and whether all proxies agree. */
final class Moves {

    private static final int KEYS = 20_000;

    private static final List<Balancing> METHODS =
            List.of(Balancing.HASH, Balancing.IP_HASH, Balancing.CONSISTENT_HASH);

    private Moves() {}

    /** Returns the server of each key. */
    static List<String> choices(Balancing balancing, List<PeerSettings> servers) {
        SimulatedProxy proxy = new SimulatedProxy(balancing, servers, 1, new SimulatedClock(3));
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            PeerSelection selection = proxy.select(0, 0, Keys.of(balancing, i));
            Peer peer = selection.next();
            chosen.add(peer.settings().name());
            selection.free(peer);
            selection.ended(peer, false);
        }
        return chosen;
    }

    /** Returns the share of places in which two lists differ. */
    static double moved(List<String> before, List<String> after) {
        int moved = 0;
        for (int i = 0; i < before.size(); i++) {
            moved += before.get(i).equals(after.get(i)) ? 0 : 1;
        }
        return (double) moved / before.size();
    }

    /** Returns the servers without the one in the middle. */
    static List<PeerSettings> withoutOne(int servers) {
        List<PeerSettings> left = new ArrayList<>(Servers.of(servers));
        left.remove(servers / 2);
        return left;
    }

    private static List<PeerSettings> withOneDown(int servers) {
        List<PeerSettings> all = new ArrayList<>(Servers.of(servers));
        int middle = servers / 2;
        all.set(middle, Servers.server(middle, Servers.name(middle), Servers.DOWN));
        return all;
    }

    static Table whenOneLeavesOrComes() {
        Table table = Table.of(
                "moved",
                "servers",
                "ideal, 1/n",
                "`hash … consistent`: leaves",
                "`down`",
                "comes",
                "`hash`: leaves",
                "`down`",
                "comes",
                "`ip_hash`: leaves",
                "`down`",
                "comes");
        for (int servers : Spread.sizes()) {
            if (servers == 1) {
                continue;
            }
            List<String> row = new ArrayList<>(List.of(Table.whole(servers), Table.percent(1.0 / servers)));
            for (Balancing method : List.of(Balancing.CONSISTENT_HASH, Balancing.HASH, Balancing.IP_HASH)) {
                List<String> before = choices(method, Servers.of(servers));
                row.add(Table.percent(moved(before, choices(method, withoutOne(servers)))));
                row.add(Table.percent(moved(before, choices(method, withOneDown(servers)))));
                row.add(Table.percent(moved(before, choices(method, Servers.of(servers + 1)))));
            }
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /** Two proxies: what a second one says of the same keys. */
    static Table whetherProxiesAgree() {
        Table table = Table.of(
                "agree",
                "servers",
                "same order: all three",
                "reversed order: `hash`",
                "`ip_hash`",
                "`hash … consistent`",
                "`hash … consistent`, one name with `resolve`");
        for (int servers : List.of(3, 10, 100)) {
            double same = 1;
            List<String> other = new ArrayList<>();
            for (Balancing method : METHODS) {
                List<String> one = choices(method, Servers.of(servers));
                same = Math.min(same, 1 - moved(one, choices(method, Servers.of(servers))));
                List<PeerSettings> reversed = new ArrayList<>(Servers.of(servers));
                Collections.reverse(reversed);
                other.add(Table.percent(1 - moved(one, choices(method, reversed))));
            }
            table.add(
                    Table.whole(servers),
                    Table.percent(same),
                    other.get(0),
                    other.get(1),
                    other.get(2),
                    Table.percent(whenAskedAgain(servers)));
        }
        return table;
    }

    /** Returns the share of keys that get the same server again, if the servers are all behind one name. */
    static double whenAskedAgain(int servers) {
        SimulatedProxy proxy =
                new SimulatedProxy(Balancing.CONSISTENT_HASH, Servers.ofOneName(servers), 1, new SimulatedClock(5));
        List<List<String>> rounds = List.of(new ArrayList<>(), new ArrayList<>());
        Random random = new Random(6);
        for (int i = 0; i < KEYS / 10; i++) {
            byte[] key = Keys.of(Balancing.CONSISTENT_HASH, i);
            for (List<String> round : rounds) {
                // others' requests come between
                for (int others = random.nextInt(servers); others >= 0; others--) {
                    proxy.select(0, 0, Keys.of(Balancing.CONSISTENT_HASH, random.nextInt(KEYS)))
                            .next();
                }
                round.add(proxy.select(0, 0, key).next().settings().name());
            }
        }
        return 1 - moved(rounds.get(0), rounds.get(1));
    }
}
