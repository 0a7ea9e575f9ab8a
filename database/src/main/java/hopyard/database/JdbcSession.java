package hopyard.database;

import hopyard.backend.database.Caller;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Session;
import hopyard.backend.database.Statement;
import hopyard.trace.TraceParent;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A connection of the pool, for as long as a job has it. Each statement carries the request's trace in a comment, so
 * that PostgreSQL's log and its {@code pg_stat_activity} tell for whom it works.
 *
 * @see <a href="https://google.github.io/sqlcommenter/spec/">sqlcommenter: the form of the comment</a>
 */
final class JdbcSession implements Session {

    private final Connection connection;
    private final Wire wire;
    private final Failures failures;
    private final Caller caller;
    private final RequestRecord record;
    private final String comment;

    /**
     * @param wire what is known of the connection
     * @param caller whose trace goes behind each statement
     * @param record notes what is done; {@code null} if nobody wants to know
     */
    JdbcSession(Connection connection, Wire wire, Failures failures, Caller caller, RequestRecord record) {
        this.connection = connection;
        this.wire = wire;
        this.failures = failures;
        this.caller = caller;
        this.record = record;
        this.comment = comment(caller.traceparent());
    }

    /** Something that is done with the connection; is given the comment, returns how many rows came of it. */
    private interface Step {
        int run(String comment) throws SQLException;
    }

    private static String comment(String traceparent) {
        return " /*traceparent='" + URLEncoder.encode(traceparent, StandardCharsets.UTF_8) + "'*/";
    }

    private void noted(String sql, Step step) throws Failure {
        if (record != null) {
            record.begin(sql);
        }
        int rows = 0;
        Failure failure = null;
        try {
            rows = caller.statements() == null ? untraced(step) : traced(sql, step);
        } catch (Failure e) {
            failure = e;
            throw e;
        } finally {
            if (record != null) {
                record.end(rows, failure);
            }
        }
    }

    private int untraced(Step step) throws Failure {
        try {
            return step.run(comment);
        } catch (SQLException e) {
            throw failures.asking(e);
        }
    }

    /** Runs a step as a part of the trace of its own. What the database was not asked is no statement, and not told. */
    private int traced(String sql, Step step) throws Failure {
        TraceParent own = TraceParent.parse(caller.traceparent()).orElseThrow().next();
        long began = System.nanoTime();
        int rows;
        try {
            rows = step.run(comment(own.toString()));
        } catch (SQLException e) {
            Failure failure = failures.asking(e);
            tell(own, sql, began, 0, failure, Failures.codeOf(e));
            throw failure;
        }
        tell(own, sql, began, rows, null, null);
        return rows;
    }

    private void tell(TraceParent own, String sql, long began, int rows, Failure failure, String state) {
        caller.statements()
                .accept(new Statement(
                        own.parentId(), sql, began, System.nanoTime(), wire.from(), wire.at(), rows, failure, state));
    }

    @Override
    public List<Object[]> query(String sql, Object... values) throws Failure {
        List<Object[]> rows = new ArrayList<>();
        noted(sql, itsComment -> {
            try (PreparedStatement statement = connection.prepareStatement(sql + itsComment)) {
                for (int i = 0; i < values.length; i++) {
                    statement.setObject(i + 1, values[i]);
                }
                if (statement.execute()) {
                    read(statement.getResultSet(), rows);
                }
                return rows.size();
            }
        });
        return rows;
    }

    private static void read(ResultSet results, List<Object[]> rows) throws SQLException {
        int columns = results.getMetaData().getColumnCount();
        while (results.next()) {
            Object[] row = new Object[columns];
            for (int i = 0; i < columns; i++) {
                row[i] = results.getObject(i + 1);
            }
            rows.add(row);
        }
    }

    @Override
    public void begin() throws Failure {
        try {
            // PostgreSQL is told with the next statement
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            throw failures.asking(e);
        }
    }

    @Override
    public void commit() throws Failure {
        noted("COMMIT", itsComment -> {
            connection.commit();
            connection.setAutoCommit(true);
            return 0;
        });
    }
}
