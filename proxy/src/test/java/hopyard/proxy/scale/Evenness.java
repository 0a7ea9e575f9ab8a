package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.SimulatedClock;
import hopyard.proxy.upstream.SimulatedProxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** How evenly requests are spread over servers. */
final class Evenness {

    private static final int REQUESTS = 50_000;

    private Evenness() {}

    private record UnderWay(PeerSelection selection, Peer peer) {
        void end() {
            selection.free(peer);
            selection.ended(peer, false);
        }
    }

    /** Has one thread of one proxy choose; as many requests are under way as there are servers. */
    static Spread of(Balancing balancing, int servers, int requests) {
        SimulatedClock clock = new SimulatedClock(1);
        SimulatedProxy proxy = new SimulatedProxy(balancing, Servers.of(servers), 1, clock);
        Spread spread =
                new Spread(proxy.servers().stream().map(PeerSettings::name).toList());
        Deque<UnderWay> underWay = new ArrayDeque<>();
        for (int i = 0; i < requests; i++) {
            PeerSelection selection = proxy.select(0, 0, Keys.of(balancing, i));
            Peer peer = selection.next();
            spread.add(peer.settings().name());
            underWay.add(new UnderWay(selection, peer));
            if (underWay.size() > servers) {
                underWay.remove().end();
            }
        }
        return spread;
    }

    /** Turns are exact after a few rounds, and take a look at each server. */
    private static int requests(Balancing method, int servers) {
        boolean takesTurns = method == Balancing.ROUND_ROBIN || method == Balancing.LEAST_CONN;
        return takesTurns ? Math.max(5000, 20 * servers) : REQUESTS;
    }

    static Table byMethod() {
        List<Balancing> methods = List.of(
                Balancing.ROUND_ROBIN,
                Balancing.LEAST_CONN,
                Balancing.RANDOM_TWO,
                Balancing.RANDOM,
                Balancing.HASH,
                Balancing.CONSISTENT_HASH,
                Balancing.IP_HASH);
        Table table = Table.of(
                "evenness",
                "servers",
                "round robin",
                "`least_conn`",
                "`random two`",
                "`random`",
                "`hash`",
                "`hash … consistent`",
                "`ip_hash`");
        for (int servers : Spread.sizes()) {
            List<String> row = new ArrayList<>(List.of(Table.whole(servers)));
            methods.forEach(method ->
                    row.add(of(method, servers, requests(method, servers)).toString()));
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /** Each thread of each proxy takes turns by itself, and begins with the first server. */
    static Table afterAStart() {
        int[] each = {1, 10, 25, 50, 100, 1000};
        int servers = 50;
        Table table = Table.of(
                "start", "proxies × threads", "after 1 request each", "10", "25", "50 (one round)", "100", "1,000");
        for (int proxies : new int[] {1, 10, 100}) {
            int threads = 4;
            SimulatedClock clock = new SimulatedClock(2);
            List<SimulatedProxy> all = new ArrayList<>();
            for (int i = 0; i < proxies; i++) {
                all.add(new SimulatedProxy(Balancing.ROUND_ROBIN, Servers.of(servers), threads, clock));
            }
            Spread spread = new Spread(
                    all.get(0).servers().stream().map(PeerSettings::name).toList());
            List<String> row = new ArrayList<>(List.of(proxies + " × " + threads));
            int done = 0;
            for (int until : each) {
                for (; done < until; done++) {
                    for (SimulatedProxy proxy : all) {
                        for (int thread = 0; thread < threads; thread++) {
                            PeerSelection selection = proxy.select(thread, 0, null);
                            Peer peer = selection.next();
                            spread.add(peer.settings().name());
                            new UnderWay(selection, peer).end();
                        }
                    }
                }
                row.add(Table.number(spread.max()));
            }
            table.add(row.toArray(String[]::new));
        }
        return table;
    }
}
