package hopyard.database;

import hopyard.backend.database.Caller;
import hopyard.backend.database.Failure;
import hopyard.trace.Durations;
import hopyard.trace.Hop;
import hopyard.trace.HopDatabase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the database has done for a request until now. One thread writes it, others may read it meanwhile. */
final class RequestRecord {

    /** The name of this hop in Hop-Trace. */
    private static final String HOP = "postgres";

    /** How many statements are kept; of more only the number is known. */
    private static final int MAX_QUERIES = 100;

    /** A statement: times are in ms, and {@code took} is negative while it is under way. */
    private static final class Query {
        private final String sql;
        private final double started;
        private double took = -1;
        private int rows;
        private Failure failure;

        Query(String sql, double started) {
            this.sql = sql;
            this.started = started;
        }
    }

    private final Caller caller;
    private final long asked = System.nanoTime();
    private final List<Query> queries = new ArrayList<>();
    private Query current;
    private Wire wire;
    private long use = -1;
    private long connected;
    private double wait = -1;
    private double took = -1;
    private int count;
    private int rows;
    private Failure failure;

    RequestRecord(Caller caller) {
        this.caller = caller;
    }

    private double sinceHead(long nanoTime) {
        return Durations.millisBetween(caller.since(), nanoTime);
    }

    /** Notes that the request has a connection. */
    synchronized void connected(Wire of) {
        connected = System.nanoTime();
        wait = Durations.millisBetween(asked, connected);
        wire = of;
        use = of.uses().incrementAndGet();
    }

    /** Notes that a statement begins. */
    synchronized void begin(String sql) {
        current = new Query(sql, sinceHead(System.nanoTime()));
        count++;
        if (queries.size() < MAX_QUERIES) {
            queries.add(current);
        }
    }

    /** Notes that it has ended. */
    synchronized void end(int itsRows, Failure why) {
        current.took = sinceHead(System.nanoTime()) - current.started;
        current.rows = itsRows;
        current.failure = why;
        rows += itsRows;
    }

    /** Notes that the request gives its connection back, or gives up. */
    synchronized void over(Failure why) {
        long now = System.nanoTime();
        failure = why;
        if (wire == null) {
            wait = Durations.millisBetween(asked, now);
        } else {
            took = Durations.millisBetween(connected, now);
        }
    }

    /** Returns it as a member of Hop-Trace. */
    synchronized Hop hop() {
        String error = failure == null ? null : failure.code().token();
        if (wire == null) {
            return Hop.database(HOP, null, null, -1, -1, -1, new HopDatabase(-1, wait, -1, -1, error));
        }
        HopDatabase done = new HopDatabase(wire.pid(), wait, count, rows, error);
        return Hop.database(HOP, wire.from(), wire.at(), wire.serial(), use, took, done)
                .encrypted(wire.tls(), null);
    }

    /** Returns it as a JSON object. */
    synchronized Map<String, Object> toMap() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("requestId", caller.requestId());
        out.put("connection", wire == null ? null : connection());
        out.put("poolWaitMs", rounded(wait < 0 ? Durations.millisBetween(asked, System.nanoTime()) : wait));
        out.put("queries", queries.stream().map(RequestRecord::query).toList());
        out.put("queryCount", count);
        out.put("error", failure == null ? null : failure.code().token());
        out.put("text", failure == null ? null : failure.getMessage());
        return out;
    }

    private Map<String, Object> connection() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("from", wire.from());
        out.put("at", wire.at());
        out.put("pid", wire.pid());
        out.put("serial", wire.serial());
        out.put("use", use);
        return out;
    }

    private static Map<String, Object> query(Query query) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("sql", query.sql);
        out.put("startMs", rounded(query.started));
        out.put("durMs", query.took < 0 ? null : rounded(query.took));
        out.put("rows", query.rows);
        out.put("error", query.failure == null ? null : query.failure.code().token());
        return out;
    }

    private static double rounded(double millis) {
        return Math.round(millis * 1000) / 1000.0;
    }
}
