package hopyard.backend.database;

import java.util.Map;
import java.util.function.Consumer;

/**
 * A database, as the app asks it. No method waits for it: who asks is answered later, on a thread of the database's
 * own.
 */
public interface Database extends AutoCloseable {

    /** Makes the database. It is found by {@link java.util.ServiceLoader}. */
    interface Provider {
        /**
         * Returns the database, which connects by itself, and again whenever it has to.
         *
         * @param preparation runs before the first job, and again before the first one after connections were lost
         */
        Database open(DatabaseSettings settings, Job<Void> preparation);
    }

    /** What is done with a connection. It may wait: it has a thread for as long as it has the connection. */
    interface Job<T> {
        /**
         * Does it.
         *
         * @throws Failure if the database fails
         * @throws InterruptedException if the app ends
         */
        T run(Session session) throws Failure, InterruptedException;
    }

    /** Waits for a connection of the pool, does the job with it, and says what has become of it. */
    <T> void run(Caller caller, Job<T> job, Consumer<Outcome<T>> then);

    /** Tells of the server, the pool and its connections as PostgreSQL sees them, for a JSON object. */
    void state(Consumer<Map<String, Object>> then);

    /**
     * Makes a connection apart from the pool, tells what came of it, for a JSON object, and closes it.
     *
     * @param mode one of {@link DatabaseUrl#SSL_MODES}
     */
    void tryTls(String mode, Consumer<Map<String, Object>> then);

    /**
     * Opens connections apart from the pool until PostgreSQL takes no more, tells how many that were, for a JSON
     * object, and closes them after a while. Where others are connected, or very many would be needed, it tells that
     * and opens none.
     *
     * @param millis for how long they stay open
     */
    void fill(long millis, Consumer<Map<String, Object>> then);

    /**
     * Returns what the database has done for one of the last requests, or does, for a JSON object; {@code null} if
     * nothing is known of it.
     */
    Map<String, Object> request(String requestId);

    /** Closes all connections. */
    @Override
    void close();
}
