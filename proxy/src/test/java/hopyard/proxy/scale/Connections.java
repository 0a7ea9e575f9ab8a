package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import java.util.ArrayList;
import java.util.List;

/** How many connections proxies open to servers, and keep. */
final class Connections {

    private static final int[] KEEPALIVE = {8, 16, 32, 64, 128, 256, 1024};

    private Connections() {}

    /** One thread, 1,000 requests a second, 20 of them under way on average. */
    static Table reuse() {
        List<String> columns = new ArrayList<>(List.of("servers"));
        for (int keepalive : KEEPALIVE) {
            columns.add("`keepalive " + keepalive + "`");
        }
        Table table = Table.of("reuse", columns.toArray(String[]::new));
        for (int servers : Spread.sizes()) {
            List<String> row = new ArrayList<>(List.of(Table.whole(servers)));
            for (int keepalive : KEEPALIVE) {
                row.add(Table.percent(shareOfNew(servers, keepalive)));
            }
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    /** Returns the share of requests that open a connection, once the pool is warm. */
    static double shareOfNew(int servers, int keepalive) {
        Cluster cluster = new Cluster(
                Balancing.ROUND_ROBIN,
                1,
                1,
                servers,
                Servers.USUAL,
                keepalive,
                (server, clock) -> new Cluster.Answer(clock.duration(20_000), false));
        cluster.ask(1000);
        cluster.runUntil(5);
        long opened = cluster.opened();
        long requests = cluster.requests();
        cluster.runUntil(10);
        return (double) (cluster.opened() - opened) / (cluster.requests() - requests);
    }

    /** All proxies start at once, with empty pools, and have 20,000 requests a second all together. */
    static Table afterARestart() {
        Table table = Table.of(
                "restart",
                "proxies × threads",
                "opened in the first 100 ms",
                "in the first second",
                "in the third second",
                "one server's share of the first 10 ms");
        for (int proxies : new int[] {1, 10, 100}) {
            Cluster cluster = new Cluster(
                    Balancing.ROUND_ROBIN,
                    proxies,
                    4,
                    10,
                    Servers.USUAL,
                    32,
                    (server, clock) -> new Cluster.Answer(clock.duration(20_000), false));
            cluster.ask(20_000);
            long[] first = new long[2];
            cluster.watch((server, answer) -> first[server.equals(Servers.name(0)) ? 0 : 1]++);
            cluster.runUntil(0.01);
            double share = (double) first[0] / (first[0] + first[1]);
            cluster.runUntil(0.1);
            long soon = cluster.opened();
            cluster.runUntil(1);
            long second = cluster.opened();
            cluster.runUntil(2);
            long before = cluster.opened();
            cluster.runUntil(3);
            table.add(
                    proxies + " × 4",
                    Table.whole(soon),
                    Table.whole(second),
                    Table.whole(cluster.opened() - before),
                    Table.percent(share));
        }
        return table;
    }

    /** What {@code keepalive} comes to: each thread of each proxy may keep so many, all of them to one server. */
    static Table kept() {
        Table table = Table.of(
                "kept",
                "proxies × threads × `keepalive`",
                "in all, at most",
                "to each of 10 servers, if even",
                "to each of 100",
                "to one server, at most");
        for (int proxies : new int[] {1, 3, 10, 100}) {
            for (int keepalive : new int[] {32, 256}) {
                long all = proxies * 4L * keepalive;
                table.add(
                        proxies + " × 4 × " + keepalive,
                        Table.whole(all),
                        Table.whole(Math.round(all / 10.0)),
                        Table.whole(Math.round(all / 100.0)),
                        Table.whole(all));
            }
        }
        return table;
    }
}
