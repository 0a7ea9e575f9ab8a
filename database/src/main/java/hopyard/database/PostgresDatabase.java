package hopyard.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import hopyard.backend.database.Caller;
import hopyard.backend.database.Database;
import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Failure.Code;
import hopyard.backend.database.Outcome;
import hopyard.threads.LastResort;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** PostgreSQL through a pool of connections. */
final class PostgresDatabase implements Database, Task.Worker {

    private static final long IDLE_SECONDS = 60;
    private static final long MAX_LIFETIME_MINUTES = 30;

    /** How long an idle connection is given to show that it lives, in ms. */
    private static final long VALIDATION_MILLIS = 1000;

    /** A thread that waits for a connection for longer than this waits for PostgreSQL, in ms. */
    private static final long SILENT_MILLIS = 1000;

    private final DatabaseSettings settings;
    private final Failures failures;
    private final Connector connector;
    private final HikariDataSource pool;
    private final Preparation preparation;
    private final RecentRequests recent = new RecentRequests();
    private final Monitor monitor;
    private final Leftovers leftovers;
    private final ThreadPoolExecutor workers;
    private final ScheduledThreadPoolExecutor timers;

    /** Since when those threads have waited that wait for a connection, by {@link System#nanoTime()}. */
    private final Map<Thread, Long> borrowers = new ConcurrentHashMap<>();

    PostgresDatabase(DatabaseSettings settings, Job<Void> preparation) {
        this.settings = settings;
        failures = new Failures(settings);
        this.preparation = new Preparation(preparation);
        connector = new Connector(settings, failures, this.preparation::repeat);
        ThreadFactory threads = threads();
        workers = new ThreadPoolExecutor(
                settings.poolSize(),
                settings.poolSize(),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads);
        workers.allowCoreThreadTimeOut(true);
        timers = new ScheduledThreadPoolExecutor(1, threads);
        timers.setRemoveOnCancelPolicy(true);
        pool = new HikariDataSource(configuration());
        monitor = new Monitor(settings, failures, connector, this::pool, threads);
        leftovers = new Leftovers(connector, failures, timers, threads);
    }

    private static ThreadFactory threads() {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "database-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private HikariConfig configuration() {
        HikariConfig out = new HikariConfig();
        out.setPoolName("hopyard");
        out.setDataSource(connector);
        out.setMaximumPoolSize(settings.poolSize());
        out.setMinimumIdle(1);
        out.setConnectionTimeout(settings.poolTimeout());
        out.setValidationTimeout(Math.min(VALIDATION_MILLIS, settings.poolTimeout()));
        // the app does not wait for the database
        out.setInitializationFailTimeout(-1);
        out.setIdleTimeout(TimeUnit.SECONDS.toMillis(IDLE_SECONDS));
        out.setMaxLifetime(TimeUnit.MINUTES.toMillis(MAX_LIFETIME_MINUTES));
        return out;
    }

    @Override
    public <T> void run(Caller caller, Job<T> job, Consumer<Outcome<T>> then) {
        Task<T> task = new Task<>(caller, job, recent.begin(caller), this, then);
        task.expiry(timers.schedule(() -> expire(task), settings.poolTimeout(), TimeUnit.MILLISECONDS));
        workers.execute(task);
    }

    private void expire(Task<?> task) {
        if (task.expire(reason())) {
            workers.remove(task);
        }
    }

    /** Returns why there is no connection. */
    private Failure reason() {
        Failure down = connector.failure();
        if (down != null) {
            return down;
        }
        return isSilent() ? failures.silent() : failures.exhausted();
    }

    /**
     * Whether PostgreSQL lets somebody wait: there are as many threads as connections, so no thread waits for another.
     */
    private boolean isSilent() {
        long now = System.nanoTime();
        long most = TimeUnit.MILLISECONDS.toNanos(Math.min(SILENT_MILLIS, settings.poolTimeout() / 2));
        return borrowers.values().stream().anyMatch(since -> now - since > most);
    }

    @Override
    public <T> T work(Connection connection, Caller caller, Job<T> job, RequestRecord record) throws Failure {
        try (connection) {
            Wire wire = connector.wire(connection);
            record.connected(wire);
            preparation.prepare(new JdbcSession(connection, wire, failures, caller, null));
            return job.run(new JdbcSession(connection, wire, failures, caller, record));
        } catch (SQLException e) {
            throw failures.asking(e);
        } catch (Failure e) {
            failed(e);
            throw e;
        } catch (InterruptedException e) {
            throw ending();
        } catch (RuntimeException | Error e) {
            LastResort.consider(e);
            e.printStackTrace();
            throw new Failure(Code.SQL_ERROR, "The app has made a mistake when it asked the database: " + e + ".");
        }
    }

    /** Borrows one. Where there is none, nobody waits for a database that is known to be away: it is tried once. */
    @Override
    public Connection connect() throws Failure {
        borrowers.put(Thread.currentThread(), System.nanoTime());
        try {
            if (isAway()) {
                connector.retry(settings.poolTimeout());
                Failure away = connector.failure();
                if (away != null && isAway()) {
                    throw away;
                }
            }
            return pool.getConnection();
        } catch (SQLException e) {
            throw reason();
        } catch (InterruptedException e) {
            throw ending();
        } finally {
            borrowers.remove(Thread.currentThread());
        }
    }

    @Override
    public void giveBack(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // the pool has thrown it away
        }
    }

    private boolean isAway() {
        return connector.failure() != null && pool.getHikariPoolMXBean().getTotalConnections() == 0;
    }

    private static Failure ending() {
        Thread.currentThread().interrupt();
        return new Failure(Code.CONNECTION_LOST, "The app is ending, and has closed its connection to the database.");
    }

    private void failed(Failure failure) {
        if (failure.code() == Code.CONNECTION_LOST) {
            // those that are idle have gone, too, and are not to be found out one by one
            pool.getHikariPoolMXBean().softEvictConnections();
        } else if (failure.code() == Code.SQL_ERROR) {
            // somebody may have removed the tables
            preparation.repeat();
        }
    }

    @Override
    public void state(Consumer<Map<String, Object>> then) {
        monitor.state(then);
    }

    /** Returns the pool, for a JSON object. */
    private Map<String, Object> pool() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("max", settings.poolSize());
        out.put("idle", pool.getHikariPoolMXBean().getIdleConnections());
        out.put("busy", pool.getHikariPoolMXBean().getActiveConnections());
        out.put(
                "waiting",
                workers.getQueue().size() + pool.getHikariPoolMXBean().getThreadsAwaitingConnection());
        out.put("acquireTimeoutMs", settings.poolTimeout());
        return out;
    }

    @Override
    public void tryTls(String mode, Consumer<Map<String, Object>> then) {
        monitor.tryTls(mode, then);
    }

    @Override
    public void fill(long millis, Consumer<Map<String, Object>> then) {
        // so that the pool has few, and needs another one sooner
        leftovers.open(millis, pool.getHikariPoolMXBean()::softEvictConnections, then);
    }

    @Override
    public Map<String, Object> request(String requestId) {
        RequestRecord record = recent.get(requestId);
        return record == null ? null : record.toMap();
    }

    @Override
    public void close() {
        timers.shutdownNow();
        workers.shutdownNow();
        monitor.close();
        leftovers.close();
        pool.close();
    }
}
