package hopyard.database;

import hopyard.backend.database.Failure;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Connections apart from the pool that are left open, as by programs that forget theirs, until PostgreSQL takes no
 * more. They are closed after a while. Where that would keep anybody else out, none is opened.
 */
final class Leftovers {

    /** By which PostgreSQL knows them. */
    static final String NAME = "hopyard-app left open";

    /** How many a PostgreSQL may take that is to be filled. */
    private static final int MAX = 200;

    /** Clients are known by what everybody may see of them: the kind of another role's backend is hidden. */
    private static final String LIMIT = "SELECT current_setting('max_connections')::integer, (SELECT count(*)"
            + " FROM pg_stat_activity WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND application_name NOT LIKE 'hopyard-app%')";

    private final Connector connector;
    private final Failures failures;
    private final ScheduledExecutorService timers;
    private final Questions thread;

    Leftovers(Connector connector, Failures failures, ScheduledExecutorService timers, ThreadFactory threads) {
        this.connector = connector;
        this.failures = failures;
        this.timers = timers;
        thread = new Questions(threads);
    }

    /**
     * Leaves connections open.
     *
     * @param millis for how long, from when there are no more
     * @param before is run when it is known that they may be opened
     */
    void open(long millis, Runnable before, Consumer<Map<String, Object>> then) {
        thread.ask("open", () -> open(millis, before), then);
    }

    private Map<String, Object> open(long millis, Runnable before) {
        Map<String, Object> out = new LinkedHashMap<>();
        List<Connection> opened = new ArrayList<>();
        Failure failure = null;
        try {
            String declined = limit(out);
            out.put("declined", declined);
            if (declined == null) {
                before.run();
                while (opened.size() < MAX) {
                    opened.add(connector.open(NAME, Map.of()));
                }
            }
        } catch (SQLException e) {
            failure = failures.connecting(e);
        }
        timers.schedule(() -> opened.forEach(Monitor::close), millis, TimeUnit.MILLISECONDS);
        out.put("opened", opened.size());
        out.put("heldMs", millis);
        out.put("error", failure == null ? null : Monitor.error(failure));
        return out;
    }

    /** Notes how many connections there may be; returns why none is opened, {@code null} if that may be done. */
    private String limit(Map<String, Object> out) throws SQLException {
        try (Connection looking = connector.monitor(Map.of());
                Statement statement = looking.createStatement();
                ResultSet row = statement.executeQuery(LIMIT)) {
            row.next();
            int max = row.getInt(1);
            int others = row.getInt(2);
            out.put("maxConnections", max);
            if (others > 0) {
                return "others are connected to this PostgreSQL (" + others + "), and would be kept out";
            }
            return max > MAX ? "max_connections is " + max + ", and no more than " + MAX + " are opened here" : null;
        }
    }

    /** Ends its thread. What is still open ends with the process. */
    void close() {
        thread.close(() -> {});
    }
}
