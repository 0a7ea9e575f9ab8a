package hopyard.proxy.console;

import static hopyard.proxy.console.Text.line;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.record.Attempt;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.Phases;
import hopyard.trace.Hop;
import java.util.List;
import java.util.Locale;

/** One exchange, drawn for a terminal: who connected to whom, there and back, and where the time went. */
final class HopDiagram {

    private HopDiagram() {}

    static String of(ExchangeRecord record) {
        List<Hop> hops = ExchangeView.hops(record);
        String self = hops.isEmpty() ? "proxy" : hops.get(0).name();
        String app = hops.size() > 1 ? hops.get(1).name() : "app";
        Attempt last = record.lastTry();
        StringBuilder out = new StringBuilder();
        line(
                out,
                "%s %s %s   #%d  %s%n%n",
                record.method(),
                Paths.fromBytes(record.target()),
                record.protocol(),
                record.id(),
                record.requestId());
        line(
                out,
                "client  %-21s ──►  %-21s %s   connection %d, request %d on it%n",
                record.from(),
                record.at(),
                self,
                record.connection(),
                record.request());
        line(
                out,
                "%-8s%s%n",
                "",
                HeaderChanges.text(record.location().directive()) + " … }  line "
                        + record.location().directive().line());
        for (Attempt attempt : record.attempts()) {
            if (attempt.to() == null) {
                line(out, "%-7s %-21s ──✗  %-21s not connected%n", self, "", attempt.server());
            } else {
                line(
                        out,
                        "%-7s %-21s ──►  %-21s %s   %s%n",
                        self,
                        attempt.from(),
                        attempt.to(),
                        app,
                        attempt.reused()
                                ? "kept-alive connection"
                                : String.format(
                                        Locale.ROOT, "new connection in %.2f ms", attempt.connectNanos() / 1e6));
            }
        }
        out.append('\n');
        if (last != null && last.headerNanos() >= 0) {
            double behind = hops.size() > 1 ? hops.get(1).dur() : -1;
            line(
                    out,
                    "%-7s %-21s ◄──  %-21s %s   %d after %.2f ms%s%n",
                    self,
                    "",
                    last.to(),
                    app,
                    last.status(),
                    record.phases().await() / 1e6,
                    behind < 0 ? "" : String.format(Locale.ROOT, ", %.2f of them in the app", behind));
        }
        line(
                out,
                "client  %-21s ◄──  %-21s %s   %d after %.2f ms%s, %d bytes%n%n",
                "",
                "",
                self,
                record.status(),
                record.totalMillis(),
                record.proxyError() == null ? "" : " (" + record.proxyError() + ")",
                record.bytesSent());
        phases(out, record);
        if (record.isCut()) {
            out.append("\nThere was more in the heads than one exchange may take of hop_exchanges: it is cut.\n");
        }
        return out.toString();
    }

    /** A bar for each phase, as wide as its share. */
    private static void phases(StringBuilder out, ExchangeRecord record) {
        double total = Math.max(record.totalMillis(), 0.001);
        String[] names = {"read request", "failed tries", "connect", "wait for app", "send response"};
        Phases phases = record.phases();
        double[] millis = {
            phases.receive() / 1e6,
            phases.retry() / 1e6,
            phases.connect() / 1e6,
            phases.await() / 1e6,
            phases.send() / 1e6
        };
        double before = 0;
        for (int i = 0; i < names.length; i++) {
            if (millis[i] > 0) {
                int start = (int) Math.round(before / total * 40);
                int width = Math.max(1, (int) Math.round(millis[i] / total * 40));
                line(out, "%-14s %9.2f ms  %s%s%n", names[i], millis[i], " ".repeat(start), "█".repeat(width));
            }
            before += millis[i];
        }
        line(out, "%-14s %9.2f ms%n", "total", record.totalMillis());
    }
}
