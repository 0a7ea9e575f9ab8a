package hopyard.truth;

import hopyard.truth.TruthRow.Truth;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What an exchange can come to. In the lines of configuration, {@code APP} and {@code OTHER} stand for two apps'
 * addresses, {@code CLOSED} for one where nobody listens, {@code DEAF} for one where nobody answers, {@code SILENT} for
 * one that takes connections and no more, {@code DNS} for a name server that knows nothing, {@code PATH} for the row's
 * own path.
 */
public final class TruthTable {

    /** More than the kernel takes for a client that does not read. */
    static final int LARGE = 14 << 20;

    static final ToDoubleFunction<Truth> APP_PAUSE = t -> t.app().pausedMillis();
    static final ToDoubleFunction<Truth> APP_UNTIL_END = t -> t.app().untilEndMillis();
    static final ToDoubleFunction<Truth> CLIENT_PAUSE = t -> t.client().pausedMillis();
    static final ToDoubleFunction<Truth> CLIENT_TOTAL = t -> t.client().totalMillis();

    static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234";
    static final String CHUNK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n";

    private final List<TruthRow> rows = new ArrayList<>();

    private TruthTable() {}

    public static List<TruthRow> rows() {
        TruthTable table = new TruthTable();
        BodyRows bodies = new BodyRows(table);
        UploadRows uploads = new UploadRows(table);
        for (String buffering : List.of("on", "off")) {
            bodies.bodies(buffering);
            bodies.slowClients(buffering);
            uploads.uploads(buffering);
        }
        uploads.earlyAnswers();
        AttemptRows attempts = new AttemptRows(table);
        attempts.beforeTheHead();
        attempts.nextUpstream();
        bodies.clients();
        RuleRows rules = new RuleRows(table);
        rules.rules();
        rules.ownResponses();
        new CacheRows(table).cache();
        new TunnelRows(table).tunnels();
        return table.rows;
    }

    TruthRow row(String name) {
        TruthRow row = new TruthRow(name);
        rows.add(row);
        return row;
    }
}
