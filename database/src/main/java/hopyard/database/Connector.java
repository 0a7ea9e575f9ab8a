package hopyard.database;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.DatabaseUrl;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Failure.Code;
import hopyard.trace.Addresses;
import hopyard.trace.HopTls;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.Driver;
import org.postgresql.PGConnection;

/**
 * Makes connections to PostgreSQL. The pool has one thread that does so, and it waits ever longer after each failure,
 * up to seconds. So it is not told of failures: its thread is kept here, and tries again quickly until it has what the
 * pool wants. Meanwhile others can see what is wrong, and have it try at once.
 */
final class Connector implements DataSource {

    /** By which PostgreSQL knows the connections of the pool. */
    static final String POOL = "hopyard-app";

    /** By which it knows those that look, and take no part. */
    static final String MONITOR = "hopyard-app monitor";

    private static final long RETRY_MILLIS = 250;

    /** When to try again where PostgreSQL has answered and said no, in ms. */
    private static final long RETRY_REFUSED_MILLIS = 1000;

    /** PostgreSQL's cannot_connect_now: it listens already, and will be there in a moment. */
    private static final String STARTING = "57P03";

    private static final long STARTING_MILLIS = 50;
    private static final int MAX_STARTING = 40;

    /**
     * How long PostgreSQL may take for each step of connecting, in s, unless DATABASE_URL says another connect_timeout.
     */
    private static final String CONNECT_SECONDS = "2";

    /** How much longer than for a statement is waited for PostgreSQL, in s. */
    private static final long GRACE_SECONDS = 2;

    private final DatabaseSettings settings;
    private final Failures failures;
    private final Runnable connected;
    private final Driver driver = new Driver();
    private final AtomicLong serials = new AtomicLong();
    private final Map<Connection, Wire> wires = Collections.synchronizedMap(new WeakHashMap<>());
    private final Object turns = new Object();
    private long tries;
    private boolean isWanted;
    private volatile Failure failure;
    private volatile Wire last;

    /**
     * @param connected is run when the pool has a new connection: it may lead to another database than those before,
     *     which has the same address
     */
    Connector(DatabaseSettings settings, Failures failures, Runnable connected) {
        this.settings = settings;
        this.failures = failures;
        this.connected = connected;
    }

    /** Returns why the pool's last try to connect has failed; {@code null} if it has not. */
    Failure failure() {
        return failure;
    }

    /** Returns the connection of the pool that was made last, which may be closed; {@code null} if there was none. */
    Wire last() {
        return last;
    }

    /** Returns what is known of a connection of the pool. */
    Wire wire(Connection connection) throws SQLException {
        return wires.get(connection.unwrap(PGConnection.class));
    }

    /** Makes a connection for the pool, which is told of a failure only when it is closed. */
    @Override
    public Connection getConnection() throws SQLException {
        int starting = 0;
        while (true) {
            try {
                Connection made = connect(POOL, Map.of());
                connected.run();
                failure = null;
                tried();
                return made;
            } catch (SQLException e) {
                try {
                    if (STARTING.equals(e.getSQLState()) && starting < MAX_STARTING) {
                        starting++;
                        Thread.sleep(STARTING_MILLIS);
                        continue;
                    }
                    starting = 0;
                    failure = failures.connecting(e);
                    tried();
                    awaitTurn(failure.code() == Code.CONNECTION_REFUSED ? RETRY_MILLIS : RETRY_REFUSED_MILLIS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }

    private void tried() {
        synchronized (turns) {
            tries++;
            turns.notifyAll();
        }
    }

    private void awaitTurn(long millis) throws InterruptedException {
        synchronized (turns) {
            if (!isWanted) {
                turns.wait(millis);
            }
            isWanted = false;
        }
    }

    /** Has the pool try to connect again at once, where that has failed, and waits for what comes of it. */
    void retry(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (turns) {
            long before = tries;
            isWanted = true;
            turns.notifyAll();
            for (long left = millis; tries == before && left > 0; ) {
                turns.wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        }
    }

    /** Makes a connection apart from the pool. */
    Connection monitor(Map<String, String> options) throws SQLException {
        return connect(MONITOR, options);
    }

    /** Makes a connection of which nothing has to be known. */
    Connection open(String application, Map<String, String> more) throws SQLException {
        DatabaseUrl url = settings.url();
        String name = URLEncoder.encode(url.name(), StandardCharsets.UTF_8);
        Properties properties = properties(application, more);
        return driver.connect("jdbc:postgresql://" + url.host() + ":" + url.port() + "/" + name, properties);
    }

    private Connection connect(String application, Map<String, String> more) throws SQLException {
        Connection made = open(application, more);
        Socket socket = KnownSockets.takeLast();
        try {
            Wire wire = prepared(made, socket, application);
            wires.put(made, wire);
            if (application.equals(POOL)) {
                made.setNetworkTimeout(Runnable::run, patience());
                last = wire;
            }
            return made;
        } catch (SQLException e) {
            made.close();
            throw e;
        }
    }

    private Properties properties(String application, Map<String, String> more) {
        DatabaseUrl url = settings.url();
        Properties out = new Properties();
        out.setProperty("user", url.user());
        if (url.password() != null) {
            out.setProperty("password", url.password());
        }
        out.setProperty("ApplicationName", application);
        out.setProperty("socketFactory", KnownSockets.class.getName());
        String patience = url.options().getOrDefault("connect_timeout", CONNECT_SECONDS);
        out.setProperty("connectTimeout", patience);
        // a server whose port is open may say nothing all the same
        out.setProperty("socketTimeout", patience);
        out.setProperty("tcpKeepAlive", "true");
        // each statement has a comment of its own, so that none would be found again
        out.setProperty("prepareThreshold", "0");
        out.setProperty("preparedStatementCacheQueries", "0");
        url.options().forEach((option, value) -> out.setProperty(driversName(option), value));
        more.forEach((option, value) -> out.setProperty(driversName(option), value));
        return out;
    }

    /** Returns what the driver calls an option of libpq's. */
    private static String driversName(String option) {
        return switch (option) {
            case "channel_binding" -> "channelBinding";
            case "connect_timeout" -> "connectTimeout";
            default -> option;
        };
    }

    /** Returns how long the pool waits for PostgreSQL when a statement is under way, in ms; 0 is for ever. */
    private int patience() {
        long most = settings.statementTimeout();
        return most == 0 ? 0 : (int) (most + TimeUnit.SECONDS.toMillis(GRACE_SECONDS));
    }

    /** Sets PostgreSQL's timeouts, and finds out what the driver does not say. */
    private Wire prepared(Connection made, Socket socket, String application) throws SQLException {
        HopTls tls = null;
        try (Statement statement = made.createStatement()) {
            statement.execute("SET statement_timeout = " + settings.statementTimeout() + "; SET lock_timeout = "
                    + settings.lockTimeout());
            try (ResultSet row = statement.executeQuery(
                    "SELECT version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")) {
                if (row.next()) {
                    tls = HopTls.of(row.getString(1), row.getString(2));
                }
            }
        }
        return new Wire(
                application.equals(POOL) ? serials.incrementAndGet() : 0,
                Addresses.text((InetSocketAddress) socket.getLocalSocketAddress()),
                Addresses.text((InetSocketAddress) socket.getRemoteSocketAddress()),
                made.unwrap(PGConnection.class).getBackendPID(),
                made.getMetaData().getDatabaseProductVersion(),
                tls,
                new AtomicLong());
    }

    /** Returns what is known of a connection apart from the pool. */
    Wire monitored(Connection connection) {
        return wires.get(connection);
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("there is one user, that of DATABASE_URL");
    }

    @Override
    public PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {
        // nothing is logged: what fails is in the answers
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // the time to connect is limited by the driver's connectTimeout
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("this wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
