package hopyard.proxy.scale;

import hopyard.proxy.upstream.SimulatedClock;
import java.util.ArrayList;
import java.util.List;

/** What needs no simulation of balancers: fronts of several proxies, limits, caches. */
final class Calculations {

    /** What one proxy carries, from docs/performance.md: one thread, 200 bytes, 64 connections. */
    private static final int ONE = 40_000;

    private static final int OBJECTS = 100_000;
    private static final double PER_SECOND = 1000;

    private static final int[] PROXIES = {1, 2, 3, 5, 10, 30, 100};

    private Calculations() {}

    /** Who comes to which proxy is a matter of chance: names are looked up, connections are hashed. */
    static double fullest(int proxies, int choosers) {
        SimulatedClock clock = new SimulatedClock(9);
        Spread spread = Spread.over(proxies);
        for (int i = 0; i < choosers; i++) {
            spread.add(Long.toString(clock.draw(proxies)));
        }
        return spread.max();
    }

    static Table fronts() {
        Table table = Table.of(
                "fronts",
                "proxies",
                "even",
                "100 choosers: fullest",
                "carries",
                "1,000: fullest",
                "carries",
                "100,000: fullest",
                "carries",
                "of that with one proxy less");
        for (int proxies : PROXIES) {
            List<String> row = new ArrayList<>(List.of(Table.whole(proxies), Table.whole((long) proxies * ONE)));
            double last = 0;
            for (int choosers : new int[] {100, 1000, 100_000}) {
                double fullest = fullest(proxies, choosers);
                last = proxies * ONE / fullest;
                row.add(Table.number(fullest));
                row.add(thousands(last));
            }
            row.add(thousands(last * (proxies - 1) / proxies));
            table.add(row.toArray(String[]::new));
        }
        return table;
    }

    private static String thousands(double value) {
        return Table.whole(Math.round(value / 1000) * 1000);
    }

    /** A limit of 10 requests a second for each client's address. */
    static Table limits() {
        Table table = Table.of(
                "limits",
                "proxies",
                "`rate=10r/s`: a client that comes to one proxy",
                "one that comes to all",
                "`rate=` so that all together allow 10",
                "then a client that comes to one proxy");
        for (int proxies : new int[] {1, 2, 5, 10, 100}) {
            table.add(
                    Table.whole(proxies),
                    "10 r/s",
                    Table.whole(10L * proxies) + " r/s",
                    // nginx's unit below one a second
                    proxies <= 10 ? Table.whole(10 / proxies) + "r/s" : Table.whole(600 / proxies) + "r/m",
                    Table.number(10.0 / proxies) + " r/s");
        }
        return table;
    }

    /**
     * 100,000 objects whose popularity is as 1/rank, 1,000 requests a second, and answers that are good for a minute.
     * An object that is asked for at a rate r is in the cache with probability rT / (1 + rT).
     */
    static double hitRatio(int proxies) {
        double seconds = 60;
        double sum = 0;
        for (int rank = 1; rank <= OBJECTS; rank++) {
            sum += 1.0 / rank;
        }
        double hits = 0;
        for (int rank = 1; rank <= OBJECTS; rank++) {
            double share = 1.0 / rank / sum;
            double expected = PER_SECOND * share / proxies * seconds;
            hits += share * expected / (1 + expected);
        }
        return hits;
    }

    /** Returns how many of 1,000 requests a second for 100,000 objects come for the first while it is fetched once. */
    private static double meanwhile(double fetchSeconds) {
        double sum = 0;
        for (int rank = 1; rank <= OBJECTS; rank++) {
            sum += 1.0 / rank;
        }
        return PER_SECOND * fetchSeconds / sum;
    }

    static Table caches() {
        Table table = Table.of(
                "caches",
                "proxies",
                "hits",
                "requests to the app, of 1,000 a second",
                "fetches of one popular object after a restart: without `proxy_cache_lock`",
                "with it");
        for (int proxies : PROXIES) {
            double hits = hitRatio(proxies);
            table.add(
                    Table.whole(proxies),
                    Table.percent(hits),
                    Table.whole(Math.round(PER_SECOND * (1 - hits))),
                    Table.whole(Math.round(proxies + meanwhile(0.5))),
                    Table.whole(proxies));
        }
        return table;
    }
}
