package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.SimulatedClock;
import hopyard.proxy.upstream.SimulatedProxy;
import java.util.ArrayList;
import java.util.List;

/** How many attempts the last servers of a chain of proxies see for one request. */
final class Retries {

    private static final int REQUESTS = 10_000;
    private static final double[] PROBABILITIES = {0.01, 0.1, 0.3, 0.5, 0.8, 1};

    private Retries() {}

    /** A chain of proxies, each of which has ten servers: the next proxies or, at the end, apps that may fail. */
    private static final class Chain {
        private final SimulatedClock clock = new SimulatedClock(8);
        private final List<SimulatedProxy> proxies = new ArrayList<>();
        private final int tries;
        private final double probability;
        private long attempts;

        Chain(int depth, int tries, double probability, PeerSettings.Options options) {
            this.tries = tries;
            this.probability = probability;
            for (int i = 0; i < depth; i++) {
                proxies.add(new SimulatedProxy(Balancing.ROUND_ROBIN, Servers.of(10, options), 1, clock));
            }
        }

        /** Sends a request from that proxy on; whether it succeeds. */
        boolean request(int from) {
            if (from == proxies.size()) {
                attempts++;
                return !clock.happens(probability);
            }
            PeerSelection selection = proxies.get(from).select(0, tries, null);
            do {
                Peer peer = selection.next();
                if (peer == null) {
                    return false;
                }
                boolean succeeds = request(from + 1);
                selection.free(peer);
                selection.ended(peer, !succeeds);
                if (succeeds) {
                    return true;
                }
            } while (selection.hasTriesLeft());
            return false;
        }
    }

    /**
     * Returns how many attempts the apps see for each request.
     *
     * @param depth how many proxies there are behind each other
     * @param tries each one's {@code proxy_next_upstream_tries}
     * @param probability with which an attempt at an app fails
     */
    static double amplification(int depth, int tries, double probability, PeerSettings.Options options) {
        Chain chain = new Chain(depth, tries, probability, options);
        for (int i = 0; i < REQUESTS; i++) {
            chain.request(0);
        }
        return (double) chain.attempts / REQUESTS;
    }

    static Table amplifications() {
        Table table = Table.of(
                "retries",
                "an attempt fails with",
                "2 tries, 1 proxy",
                "2 tries, 2 proxies",
                "2 tries, 3 proxies",
                "3 tries, 1 proxy",
                "3 tries, 2 proxies",
                "3 tries, 3 proxies");
        for (double probability : PROBABILITIES) {
            List<String> row = new ArrayList<>(List.of(Table.percent(probability)));
            for (int tries : new int[] {2, 3}) {
                for (int depth = 1; depth <= 3; depth++) {
                    row.add(Table.number(amplification(depth, tries, probability, Servers.NEVER_OUT)));
                }
            }
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /**
     * Returns the share of clients that get no good answer: one proxy, three tries, 1,000 requests a second for half a
     * minute.
     */
    static double lost(double probability, int maxFails) {
        Chain chain =
                new Chain(1, 3, probability, new PeerSettings.Options(1, 0, maxFails, 10_000, false, false, false));
        int requests = 30_000;
        int lost = 0;
        for (int i = 0; i < requests; i++) {
            chain.clock.set(chain.clock.micros() + 1000);
            lost += chain.request(0) ? 0 : 1;
        }
        return (double) lost / requests;
    }

    static Table takenOut() {
        Table table = Table.of(
                "taken-out",
                "an attempt fails with",
                "`max_fails=0`: clients that get an error",
                "`max_fails=1`, the default",
                "`max_fails=3`",
                "`max_fails=10`");
        for (double probability : new double[] {0.0001, 0.001, 0.01, 0.1, 0.5}) {
            List<String> row = new ArrayList<>(List.of((100 * probability + " %").replace(".0 ", " ")));
            for (int maxFails : new int[] {0, 1, 3, 10}) {
                row.add(Table.percent(lost(probability, maxFails)));
            }
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /**
     * Returns the same by calculation: with probability p and t tries, one proxy makes (1 - p^t) / (1 - p) attempts,
     * and fails with p^t.
     */
    static double calculated(int depth, int tries, double probability) {
        double attempts = 1;
        double fails = probability;
        for (int i = 0; i < depth; i++) {
            attempts *= fails == 1 ? tries : (1 - Math.pow(fails, tries)) / (1 - fails);
            fails = Math.pow(fails, tries);
        }
        return attempts;
    }
}
