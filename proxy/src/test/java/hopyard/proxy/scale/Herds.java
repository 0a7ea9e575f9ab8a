package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.PeerSettings;
import java.util.ArrayList;
import java.util.List;

/** What many proxies do to one server that is new, that fails quickly, or that is gone. */
final class Herds {

    private static final int SERVERS = 10;
    private static final int THREADS = 2;
    private static final int PER_SECOND = 4000;
    private static final long MEAN = 100_000;
    private static final int KEEPALIVE = 64;

    private static final List<Balancing> METHODS =
            List.of(Balancing.ROUND_ROBIN, Balancing.LEAST_CONN, Balancing.RANDOM_TWO, Balancing.RANDOM);

    private static final int[] PROXIES = {1, 3, 10, 30, 100};

    private Herds() {}

    /** One of ten servers answers 500 within 1 ms, which by default is an answer like another. */
    static Table failsQuickly() {
        Table table = byMethod("quick-failures");
        for (int proxies : PROXIES) {
            List<String> row = new ArrayList<>(List.of(proxies + " × " + THREADS));
            METHODS.forEach(method -> row.add(Table.percent(shareOfQuickFailures(method, proxies))));
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    private static Table byMethod(String name) {
        return Table.of(name, "proxies × threads", "round robin", "`least_conn`", "`random two`", "`random`");
    }

    /** Returns the share of requests that one of ten servers takes by failing quickly. */
    static double shareOfQuickFailures(Balancing method, int proxies) {
        String failing = Servers.name(4);
        Cluster cluster = new Cluster(
                method,
                proxies,
                THREADS,
                SERVERS,
                Servers.USUAL,
                KEEPALIVE,
                (server, clock) -> new Cluster.Answer(server.equals(failing) ? 1000 : clock.duration(MEAN), false));
        long[] attempts = new long[2];
        cluster.ask(PER_SECOND);
        cluster.runUntil(1);
        cluster.watch((server, answer) -> attempts[server.equals(failing) ? 1 : 0]++);
        cluster.runUntil(5);
        return (double) attempts[1] / (attempts[0] + attempts[1]);
    }

    /** An eleventh server comes, whose first answers take ten times as long. */
    static Table newcomer() {
        Table table = Table.of(
                "newcomer",
                "proxies × threads",
                "round robin: requests in the first 10 ms",
                "under way at most",
                "`least_conn`: requests",
                "under way",
                "`random two`: requests",
                "under way");
        for (int proxies : PROXIES) {
            List<String> row = new ArrayList<>(List.of(proxies + " × " + THREADS));
            for (Balancing method : List.of(Balancing.ROUND_ROBIN, Balancing.LEAST_CONN, Balancing.RANDOM_TWO)) {
                double[] herd = atNewcomer(method, proxies);
                row.add(Table.number(herd[0]));
                row.add(Table.number(herd[1]));
            }
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /** Returns requests in the first 10 ms, and requests under way at most, both in units of a fair share. */
    static double[] atNewcomer(Balancing method, int proxies) {
        String newcomer = Servers.name(SERVERS);
        Cluster cluster = new Cluster(
                method,
                proxies,
                THREADS,
                SERVERS,
                Servers.USUAL,
                KEEPALIVE,
                (server, clock) ->
                        new Cluster.Answer(clock.duration(server.equals(newcomer) ? 10 * MEAN : MEAN), false));
        cluster.ask(PER_SECOND);
        cluster.runUntil(2);
        long[] seen = new long[2];
        cluster.watch((server, answer) -> {
            if (server.equals(newcomer)) {
                seen[0]++;
                seen[1] = Math.max(seen[1], cluster.underWay(newcomer));
            }
        });
        cluster.add(SERVERS, Servers.USUAL);
        cluster.runUntil(2.01);
        double requests = seen[0] / (PER_SECOND * 0.01 / (SERVERS + 1));
        cluster.runUntil(5);
        return new double[] {requests, seen[1] / (PER_SECOND * MEAN / 1e6 / (SERVERS + 1))};
    }

    /** One of ten servers refuses connections for a minute. */
    static Table dead() {
        Table table = Table.of(
                "dead",
                "proxies × threads",
                "failed attempts in 60 s, without `zone`",
                "with `zone`",
                "`max_fails=3`, without",
                "with",
                "`max_fails=0`",
                "requests lost");
        PeerSettings.Options three = new PeerSettings.Options(1, 0, 3, 10_000, false, false, false);
        for (int proxies : new int[] {1, 10, 100}) {
            List<String> row = new ArrayList<>(List.of(proxies + " × 4"));
            long lost = 0;
            for (PeerSettings.Options options :
                    List.of(Servers.USUAL, Servers.USUAL.sharing(), three, three.sharing(), Servers.NEVER_OUT)) {
                long[] found = failures(proxies, options);
                row.add(Table.whole(found[0]));
                lost += found[1];
            }
            row.add(Table.whole(lost));
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /** Returns how many attempts failed within a minute, and how many requests for that reason. */
    static long[] failures(int proxies, PeerSettings.Options options) {
        String dead = Servers.name(4);
        Cluster cluster = new Cluster(
                Balancing.ROUND_ROBIN,
                proxies,
                4,
                SERVERS,
                options,
                KEEPALIVE,
                (server, clock) -> server.equals(dead)
                        ? new Cluster.Answer(500, true)
                        : new Cluster.Answer(clock.duration(MEAN / 5), false));
        long[] failed = new long[1];
        cluster.watch((server, answer) -> failed[0] += answer.isTriedAgain() ? 1 : 0);
        cluster.ask(PER_SECOND / 4.0);
        cluster.runUntil(60);
        return new long[] {failed[0], cluster.unanswered()};
    }
}
