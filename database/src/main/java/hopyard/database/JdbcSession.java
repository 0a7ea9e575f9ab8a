package hopyard.database;

import hopyard.backend.database.Failure;
import hopyard.backend.database.Session;
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
    private final Failures failures;
    private final RequestRecord record;
    private final String comment;

    /**
     * @param traceparent goes behind each statement
     * @param record notes what is done; {@code null} if nobody wants to know
     */
    JdbcSession(Connection connection, Failures failures, String traceparent, RequestRecord record) {
        this.connection = connection;
        this.failures = failures;
        this.record = record;
        this.comment = "/*traceparent='" + URLEncoder.encode(traceparent, StandardCharsets.UTF_8) + "'*/";
    }

    /** Something that is done with the connection; returns how many rows came of it. */
    private interface Step {
        int run() throws SQLException;
    }

    private void noted(String sql, Step step) throws Failure {
        if (record != null) {
            record.begin(sql);
        }
        int rows = 0;
        Failure failure = null;
        try {
            rows = step.run();
        } catch (SQLException e) {
            failure = failures.asking(e);
            throw failure;
        } finally {
            if (record != null) {
                record.end(rows, failure);
            }
        }
    }

    @Override
    public List<Object[]> query(String sql, Object... values) throws Failure {
        List<Object[]> rows = new ArrayList<>();
        noted(sql, () -> {
            try (PreparedStatement statement = connection.prepareStatement(sql + " " + comment)) {
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
        noted("COMMIT", () -> {
            connection.commit();
            connection.setAutoCommit(true);
            return 0;
        });
    }
}
