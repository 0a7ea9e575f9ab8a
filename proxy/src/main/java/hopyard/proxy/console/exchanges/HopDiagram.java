package hopyard.proxy.console.exchanges;

import static hopyard.proxy.console.endpoint.Text.line;

import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Text;
import hopyard.proxy.exchange.Stage;
import hopyard.proxy.exchange.Who;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.record.Attempt;
import hopyard.proxy.record.AuthRequest;
import hopyard.proxy.record.ExchangeRecord;
import hopyard.proxy.record.TlsUse;
import hopyard.trace.Hop;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One exchange, drawn for a terminal: who connected to whom, there and back, who answered, and where the time went. */
final class HopDiagram {

    /** How wide the total's bar is, in characters. */
    private static final int WIDTH = 40;

    private static final Map<Stage, String> NAMES = new EnumMap<>(Map.ofEntries(
            Map.entry(Stage.RECEIVE, "read request"),
            Map.entry(Stage.QUEUE, "held back"),
            Map.entry(Stage.AUTH, "auth request"),
            Map.entry(Stage.RESOLVE, "resolve name"),
            Map.entry(Stage.RETRY, "failed tries"),
            Map.entry(Stage.CONNECT, "connect"),
            Map.entry(Stage.SEND, "send request"),
            Map.entry(Stage.WAIT, "wait for app"),
            Map.entry(Stage.READ, "read from app"),
            Map.entry(Stage.WRITE, "write to client"),
            Map.entry(Stage.TUNNEL, "tunnel"),
            Map.entry(Stage.OWN, "proxy itself")));

    /** Something came, and it is no answer. */
    private static final Set<Why> BAD_ANSWERS = EnumSet.of(
            Why.GARBAGE, Why.INVALID_HEADER, Why.TOO_BIG_HEADER, Why.TLS_FAILED, Why.TLS_TIMEOUT, Why.TLS_CERTIFICATE);

    /** There was a connection, and it was no use. */
    private static final Set<Why> TLS = EnumSet.of(Why.TLS_FAILED, Why.TLS_TIMEOUT, Why.TLS_CERTIFICATE);

    private final StringBuilder out = new StringBuilder();
    private final ExchangeRecord record;
    private final List<Hop> hops;
    private final String self;
    private final String app;
    private final DatabaseLines database;

    private HopDiagram(ExchangeRecord record) {
        this.record = record;
        hops = ExchangeView.hops(record);
        self = hops.isEmpty() ? "proxy" : hops.get(0).name();
        app = hops.size() > 1 ? hops.get(1).name() : role();
        database = DatabaseLines.of(hops);
    }

    private String role() {
        return record.lastTry() == null
                ? "app"
                : UpstreamRole.of(record.lastTry()).toString();
    }

    static String of(ExchangeRecord record) {
        return new HopDiagram(record).draw();
    }

    private String draw() {
        line(
                out,
                "%s %s %s   #%d  %s%n%n",
                record.method(),
                Paths.fromBytes(record.target()),
                record.protocol(),
                record.id(),
                record.requestId() == null ? "" : record.requestId());
        line(
                out,
                "client  %-21s ──►  %-21s %s   connection %d, request %d on it%n",
                record.from(),
                record.at(),
                self,
                record.connection(),
                record.request());
        tls(record.tls());
        line(
                out,
                "%-8s%s%n",
                "",
                HeaderChanges.text(record.location().directive()) + " … }  line "
                        + record.location().directive().line());
        authRequest();
        record.attempts().forEach(this::there);
        out.append(database.there());
        out.append('\n');
        out.append(database.back());
        record.attempts().forEach(this::back);
        toClient();
        line(out, "%nanswered by %s (%s): %s%n%n", record.who(), record.outcome(), OutcomeText.answer(record));
        phases();
        if (!record.errorLog().isEmpty()) {
            line(out, "%nerror log:%n");
            record.errorLog().forEach(each -> line(out, "  %s%n", Paths.fromBytes(each)));
        }
        if (record.isCut()) {
            out.append("\nThere was more in the heads than one exchange may take of hop_exchanges: it is cut.\n");
        }
        return out.toString();
    }

    /** What TLS is spoken on a connection, below the line that draws it. */
    private void tls(TlsUse tls) {
        TlsView.lines(tls).forEach(each -> line(out, "%-8s  %s%n", "", each));
    }

    /** Whom auth_request has asked, and what came of it. */
    private void authRequest() {
        if (record.authRequest() == null) {
            return;
        }
        AuthRequest asked = record.authRequest();
        for (Attempt each : asked.attempts()) {
            line(
                    out,
                    "%-7s %-21s %s  %-21s auth_request   %s after %.2f ms%n",
                    self,
                    each.from() == null ? "" : each.from(),
                    each.isAnswered() ? "◄─►" : "──✗",
                    each.to() == null ? each.server() : each.to(),
                    each.isAnswered() ? each.status() : each.failure() == null ? "no answer" : each.failure(),
                    record.nanosOf(each) / 1e6);
        }
        if (asked.attempts().isEmpty()) {
            line(out, "%-7s auth_request %s   %d%n", self, Paths.fromBytes(asked.uri()), asked.status());
        }
    }

    private void there(Attempt attempt) {
        if (attempt.to() == null) {
            line(
                    out,
                    "%-7s %-21s ──✗  %-21s not connected after %.2f ms%n",
                    self,
                    "",
                    attempt.server(),
                    attempt.connectNanos() / 1e6);
        } else {
            String how = attempt.reused()
                    ? "kept-alive connection"
                    : String.format(
                            Locale.ROOT,
                            TLS.contains(attempt.failure())
                                    ? "new connection, but no TLS after %.2f ms"
                                    : "new connection in %.2f ms",
                            attempt.connectNanos() / 1e6);
            line(out, "%-7s %-21s ──►  %-21s %s   %s%n", self, attempt.from(), attempt.to(), app, how);
            tls(attempt.tls());
        }
    }

    private void back(Attempt attempt) {
        if (attempt.to() == null) {
            return;
        }
        if (!attempt.isAnswered()) {
            line(
                    out,
                    "%-7s %-21s ✗──  %-21s %s   %s after %.2f ms%n",
                    self,
                    "",
                    attempt.to(),
                    app,
                    BAD_ANSWERS.contains(attempt.failure())
                            ? attempt.failure()
                            : attempt.received() > 0 ? "no whole answer" : "no answer",
                    record.nanosOf(attempt) / 1e6);
            return;
        }
        boolean isLast = attempt == record.lastTry();
        double behind = isLast && hops.size() > 1 ? hops.get(1).dur() : -1;
        line(
                out,
                "%-7s %-21s %s  %-21s %s   %d after %.2f ms%s%s%n",
                self,
                "",
                attempt.failure() == null ? "◄──" : "◄─✗",
                attempt.to(),
                app,
                attempt.status(),
                attempt.waitNanos() / 1e6,
                behind < 0 ? "" : ", " + part(behind, attempt.waitNanos() / 1e6),
                attempt.failure() == null ? "" : ": " + attempt.failure());
    }

    /** What the next hop says it took, which begins before its answer is waited for and may be the longer time. */
    private String part(double behind, double waited) {
        boolean isFurther = hops.size() > 2 + database.count() || hops.get(1).to() != null;
        String part = behind < waited ? String.format(Locale.ROOT, "%.2f", behind) : "all";
        return part + " of them in "
                + (isFurther ? "it and behind it" : hops.get(1).name().equals("app") ? "the app" : "it");
    }

    private void toClient() {
        String error = record.proxyError() == null ? "" : " (" + record.proxyError() + ")";
        if (record.who() == Who.NOBODY) {
            line(
                    out,
                    "client  %-21s ✗──  %-21s %s   nothing (%d in the log) after %.2f ms%n",
                    "",
                    "",
                    self,
                    record.status(),
                    record.totalMillis());
        } else {
            line(
                    out,
                    "client  %-21s %s  %-21s %s   %d after %.2f ms%s, %s%s%n",
                    "",
                    record.isComplete() ? "◄──" : "◄─✗",
                    "",
                    self,
                    record.status(),
                    record.totalMillis(),
                    error,
                    Text.counted(record.bytesSent(), "byte"),
                    record.isComplete() ? "" : ", not complete");
        }
    }

    /** A bar for each phase, as wide as its share. */
    private void phases() {
        if (record.handshakeNanos() > 0) {
            line(out, "%-15s %9.2f ms  before the request%n", "TLS handshake", record.handshakeNanos() / 1e6);
        }
        double total = Math.max(record.totalMillis(), 0.001);
        double before = 0;
        for (Stage stage : Stage.values()) {
            double millis = record.phases().millis(stage);
            if (millis > 0) {
                int start = (int) Math.round(before / total * WIDTH);
                int width = Math.max(1, (int) Math.round(millis / total * WIDTH));
                line(out, "%-15s %9.2f ms  %s%s%n", NAMES.get(stage), millis, " ".repeat(start), "█".repeat(width));
            }
            before += millis;
        }
        line(out, "%-15s %9.2f ms%n", "total", record.totalMillis());
    }
}
