package hopyard.proxy.console.exchanges;

import static hopyard.proxy.console.endpoint.Text.line;

import hopyard.proxy.console.endpoint.Text;
import hopyard.trace.Hop;
import hopyard.trace.HopDatabase;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The databases behind an app, drawn for a terminal as lines of {@link HopDiagram}. */
record DatabaseLines(int count, String there, String back) {

    static DatabaseLines of(List<Hop> hops) {
        StringBuilder there = new StringBuilder();
        StringBuilder back = new StringBuilder();
        // who is first was asked by the client, and is none
        int[] databases = IntStream.range(1, hops.size())
                .filter(i -> hops.get(i).database() != null)
                .toArray();
        for (int i : databases) {
            there(there, hops.get(i - 1).name(), hops.get(i));
            back(back, hops.get(i - 1).name(), hops.get(i));
        }
        return new DatabaseLines(databases.length, there.toString(), back.toString());
    }

    private static void there(StringBuilder out, String app, Hop hop) {
        if (hop.at() == null) {
            line(
                    out,
                    "%-7s %-21s ──✗  %-21s no connection to it%s%n",
                    app,
                    "",
                    hop.name(),
                    waited(hop.database(), ", after "));
            return;
        }
        line(
                out,
                "%-7s %-21s ──►  %-21s %s   connection %d of the pool, use %d of it, process %d%s%n",
                app,
                hop.from(),
                hop.at(),
                hop.name(),
                hop.conn(),
                hop.req(),
                hop.database().pid(),
                waited(hop.database(), "; "));
    }

    private static String waited(HopDatabase database, String before) {
        return database.poolWait() < 0
                ? ""
                : String.format(Locale.ROOT, "%s%.2f ms in the pool's queue", before, database.poolWait());
    }

    private static void back(StringBuilder out, String app, Hop hop) {
        HopDatabase did = hop.database();
        if (hop.at() == null) {
            line(out, "%-7s %-21s ✗──  %-21s %s%n", app, "", hop.name(), did.error() == null ? "nothing" : did.error());
            return;
        }
        line(
                out,
                "%-7s %-21s %s  %-21s %s   %s, %s in %.2f ms%s%n",
                app,
                "",
                did.error() == null ? "◄──" : "◄─✗",
                hop.at(),
                hop.name(),
                did.queries() == 1 ? "1 query" : Math.max(0, did.queries()) + " queries",
                Text.counted(Math.max(0, did.rows()), "row"),
                Math.max(0, hop.dur()),
                did.error() == null ? "" : ": " + did.error());
    }
}
