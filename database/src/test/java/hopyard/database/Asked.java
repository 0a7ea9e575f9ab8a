package hopyard.database;

import hopyard.backend.database.Caller;
import hopyard.backend.database.Database;
import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Outcome;
import hopyard.backend.database.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A database as the app has it, with a client that waits for answers. */
final class Asked implements AutoCloseable {

    static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /** How long an answer may take, in s: longer than any timeout in these tests. */
    private static final int PATIENCE = 30;

    final AtomicInteger preparations = new AtomicInteger();
    private final Database database;

    Asked(DatabaseSettings settings) {
        database = new PostgresProvider().open(settings, session -> {
            preparations.incrementAndGet();
            return null;
        });
    }

    <T> CompletableFuture<Outcome<T>> begin(String id, Database.Job<T> job) {
        CompletableFuture<Outcome<T>> answer = new CompletableFuture<>();
        database.run(new Caller(id, TRACE, System.nanoTime()), job, answer::complete);
        return answer;
    }

    /** Asks for a request whose statements are told of. */
    <T> Outcome<T> ask(Consumer<Statement> statements, Database.Job<T> job) throws Exception {
        CompletableFuture<Outcome<T>> answer = new CompletableFuture<>();
        database.run(new Caller("some", TRACE, System.nanoTime(), statements), job, answer::complete);
        return answer.get(PATIENCE, TimeUnit.SECONDS);
    }

    <T> Outcome<T> ask(Database.Job<T> job) throws Exception {
        return begin("some", job).get(PATIENCE, TimeUnit.SECONDS);
    }

    /** Returns the first column of the first row. */
    Object one(String sql, Object... values) throws Exception {
        Outcome<Object> outcome = ask(session -> session.query(sql, values).get(0)[0]);
        if (outcome.failure() != null) {
            throw outcome.failure();
        }
        return outcome.value();
    }

    /** Returns why a statement fails. */
    Failure failure(String sql, Object... values) throws Exception {
        return ask(session -> session.query(sql, values)).failure();
    }

    Map<String, Object> state() throws Exception {
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        database.state(answer::complete);
        return answer.get(PATIENCE, TimeUnit.SECONDS);
    }

    Map<String, Object> tls(String mode) throws Exception {
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        database.tryTls(mode, answer::complete);
        return answer.get(PATIENCE, TimeUnit.SECONDS);
    }

    Map<String, Object> fill(long millis) throws Exception {
        CompletableFuture<Map<String, Object>> answer = new CompletableFuture<>();
        database.fill(millis, answer::complete);
        return answer.get(PATIENCE, TimeUnit.SECONDS);
    }

    Map<String, Object> request(String id) {
        return database.request(id);
    }

    @Override
    public void close() {
        database.close();
    }
}
