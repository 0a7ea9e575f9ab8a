package hopyard.database;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.Failure;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at the database by a connection of its own, so that it sees something when the pool has none left. */
final class Monitor {

    private static final String CONNECTIONS = "SELECT pid, client_port, state,"
            + " wait_event_type || ':' || wait_event, extract(epoch FROM clock_timestamp() - state_change) * 1000, query"
            + " FROM pg_stat_activity WHERE application_name = ? AND datname = current_database()"
            + " ORDER BY backend_start, pid";

    private static final Pattern COMMENT = Pattern.compile("\\s*/\\*traceparent='([^']*)'\\*/\\s*$");

    private final DatabaseSettings settings;
    private final Failures failures;
    private final Connector connector;
    private final Supplier<Map<String, Object>> pool;
    private final Questions looks;

    /**
     * Of a kind of their own: each may wait for a server that says nothing, and nobody who looks is to wait for that.
     */
    private final Questions tries;

    private Connection connection;

    /**
     * @param pool tells of the pool
     */
    Monitor(
            DatabaseSettings settings,
            Failures failures,
            Connector connector,
            Supplier<Map<String, Object>> pool,
            ThreadFactory threads) {
        this.settings = settings;
        this.failures = failures;
        this.connector = connector;
        this.pool = pool;
        looks = new Questions(threads);
        tries = new Questions(threads);
    }

    void state(Consumer<Map<String, Object>> then) {
        looks.ask("state", this::look, then);
    }

    private Map<String, Object> look() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("configured", true);
        List<Map<String, Object>> connections = null;
        Failure failure = null;
        Wire wire = null;
        try {
            if (connection == null || !connection.isValid(1)) {
                disconnect();
                connection = connector.monitor(Map.of());
            }
            wire = connector.monitored(connection);
            connections = connections();
        } catch (SQLException e) {
            failure = wire == null ? failures.connecting(e) : failures.asking(e);
            disconnect();
        }
        out.put("reachable", failure == null);
        if (failure != null) {
            out.put("error", error(failure));
        }
        out.put("server", server(wire == null ? connector.last() : wire));
        out.put("pool", pool.get());
        out.put("statementTimeoutMs", settings.statementTimeout());
        out.put("lockTimeoutMs", settings.lockTimeout());
        out.put("connections", connections == null ? List.of() : connections);
        return out;
    }

    private void disconnect() {
        if (connection != null) {
            close(connection);
            connection = null;
        }
    }

    static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // it is broken, and so as good as closed
        }
    }

    static Map<String, Object> error(Failure failure) {
        return Map.of("code", failure.code().token(), "text", failure.getMessage());
    }

    private Map<String, Object> server(Wire wire) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("host", settings.url().host());
        out.put("port", settings.url().port());
        out.put("database", settings.url().name());
        out.put("address", wire == null ? null : wire.at());
        out.put("version", wire == null ? null : wire.version());
        out.put("tls", wire == null || wire.tls() == null ? null : wire.tls().protocol());
        return out;
    }

    private List<Map<String, Object>> connections() throws SQLException {
        List<Map<String, Object>> out = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(CONNECTIONS)) {
            statement.setString(1, Connector.POOL);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    out.add(connection(rows));
                }
            }
        }
        return out;
    }

    private static Map<String, Object> connection(ResultSet row) throws SQLException {
        Map<String, Object> out = new LinkedHashMap<>();
        String query = row.getString(6);
        Matcher comment = COMMENT.matcher(query);
        boolean isTraced = comment.find();
        out.put("pid", row.getLong(1));
        out.put("clientPort", row.getInt(2));
        out.put("state", row.getString(3));
        out.put("waitEvent", row.getString(4));
        out.put("stateMs", Math.round(row.getDouble(5)));
        out.put("query", isTraced ? query.substring(0, comment.start()) : query);
        out.put("traceparent", isTraced ? comment.group(1) : null);
        return out;
    }

    void tryTls(String mode, Consumer<Map<String, Object>> then) {
        tries.ask(mode, () -> tried(mode), then);
    }

    private Map<String, Object> tried(String mode) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("mode", mode);
        Failure failure = null;
        Wire wire = null;
        try (Connection made = connector.monitor(Map.of("sslmode", mode))) {
            wire = connector.monitored(made);
        } catch (SQLException e) {
            failure = failures.connecting(e);
        }
        boolean isEncrypted = wire != null && wire.tls() != null;
        out.put("encrypted", isEncrypted);
        out.put("protocol", isEncrypted ? wire.tls().protocol() : null);
        out.put("cipher", isEncrypted ? wire.tls().cipher() : null);
        out.put("error", failure == null ? null : error(failure));
        return out;
    }

    /** Ends its threads, and its connection. */
    void close() {
        looks.close(this::disconnect);
        tries.close(() -> {});
    }
}
