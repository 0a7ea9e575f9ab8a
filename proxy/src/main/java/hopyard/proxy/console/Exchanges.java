package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.record.ExchangeRecord;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** {@code exchanges}, {@code exchanges/ID}, {@code exchanges/ID.har}, {@code exchanges.har} and {@code last}. */
final class Exchanges {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    private static final int MOST_WAIT_MILLIS = 3000;

    private final Console console;

    Exchanges(Console console) {
        this.console = console;
    }

    Answer answer(Request request) throws Refusal {
        String id = request.rest();
        if (id.isEmpty()) {
            List<ExchangeRecord> found = filtered(request);
            return Answer.of(request, () -> list(found), () -> table(found));
        }
        if (id.endsWith(".har")) {
            ExchangeRecord record = find(request, id.substring(0, id.length() - 4));
            return Answer.json(200, Har.of(List.of(record)));
        }
        ExchangeRecord record = find(request, id);
        return Answer.of(request, () -> ExchangeView.full(record), () -> HopDiagram.of(record));
    }

    Answer har(Request request) throws Refusal {
        return Answer.json(200, Har.of(filtered(request)));
    }

    Answer last(Request request) throws Refusal {
        List<ExchangeRecord> all = console.log().newest(0, 1);
        if (all.isEmpty()) {
            throw new Refusal(404, "no exchange has ended yet: send a request through the proxy first");
        }
        return Answer.of(request, () -> ExchangeView.full(all.get(0)), () -> HopDiagram.of(all.get(0)));
    }

    /** With {@code ?wait=MILLISECONDS}, one that has not ended yet may do so meanwhile. */
    private ExchangeRecord find(Request request, String id) throws Refusal {
        int millis = request.integer("wait", 0, 0, MOST_WAIT_MILLIS);
        ExchangeRecord record =
                console.log().await(0, millis, r -> Long.toString(r.id()).equals(id) || id.equals(r.requestId()));
        if (record == null) {
            throw new Refusal(
                    404,
                    "there is no exchange \"" + id + "\" (any more): the last "
                            + console.log().capacity() + " are kept");
        }
        return record;
    }

    private List<ExchangeRecord> filtered(Request request) throws Refusal {
        int limit = request.integer("limit", 100, 1, console.log().capacity());
        int since = request.integer("since", 0, 0, Integer.MAX_VALUE);
        String method = request.query().getOrDefault("method", "").toUpperCase(Locale.ROOT);
        String path = request.query().getOrDefault("path", "");
        String status = request.query().getOrDefault("status", "");
        if (!status.matches("|[1-9]xx|[1-9][0-9][0-9]")) {
            throw new Refusal(400, "status must be a code or a class: 502, 5xx");
        }
        return console.log().since(since).stream()
                .filter(r -> method.isEmpty() || r.method().equals(method))
                .filter(r -> Paths.fromBytes(r.target()).contains(path))
                .filter(r -> status.isEmpty() || Integer.toString(r.status()).matches(status.replace('x', '.')))
                .limit(limit)
                .toList();
    }

    private ObjectNode list(List<ExchangeRecord> records) {
        ObjectNode out = Json.object()
                .put("newest", console.log().newestId())
                .put("kept", console.log().capacity());
        out.set("exchanges", Json.array(records, ExchangeView::summary));
        return out;
    }

    private static String table(List<ExchangeRecord> records) {
        StringBuilder out = new StringBuilder(String.format(
                "%6s  %-12s  %-21s  %3s  %9s  %9s  %s%n",
                "id", "ended", "client", "", "total ms", "app ms", "request"));
        for (ExchangeRecord r : records) {
            out.append(String.format(
                    Locale.ROOT,
                    "%6d  %-12s  %-21s  %3d  %9.2f  %9.2f  %s %s%s%n",
                    r.id(),
                    TIME.format(Instant.ofEpochMilli(r.endedAt())),
                    r.from(),
                    r.status(),
                    r.totalMillis(),
                    r.phases().await() / 1e6,
                    r.method(),
                    Paths.fromBytes(r.target()),
                    r.proxyError() == null ? "" : "  (" + r.proxyError() + ")"));
        }
        return out.toString();
    }
}
