package hopyard.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.database.Failure.Code;
import hopyard.backend.database.Outcome;
import hopyard.backend.database.Statement;
import hopyard.trace.Hop;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What jobs do with a connection, and what is told of it. */
class StatementsTest {

    @TempDir
    private static Path directory;

    private static RealPostgres postgres;

    @BeforeAll
    static void start() throws Exception {
        postgres = new RealPostgres(directory).start();
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    @Test
    void theHopHasBothEndsOfTheSocketAndTheProcessAsPostgresKnowsThem() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            Outcome<Object[]> outcome = asked.ask(session ->
                    session.query("SELECT inet_client_port(), pg_backend_pid()").get(0));
            Hop hop = outcome.hop();
            assertEquals("postgres", hop.name());
            assertEquals("127.0.0.1:" + outcome.value()[0], hop.from());
            assertEquals("127.0.0.1:" + postgres.port(), hop.at());
            assertEquals(
                    ((Number) outcome.value()[1]).longValue(), hop.database().pid());
            assertEquals(1, hop.database().queries());
            assertEquals(1, hop.database().rows());
            assertNull(hop.database().error());
            assertNull(hop.tls());
        }
    }

    @Test
    void aConnectionIsLentAgainAndCountsHowOften() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_POOL_SIZE", "1"))) {
            Hop first = asked.ask(session -> session.query("SELECT 1")).hop();
            Hop second = asked.ask(session -> session.query("SELECT 1")).hop();
            assertEquals(first.from(), second.from());
            assertEquals(first.conn(), second.conn());
            assertEquals(first.req() + 1, second.req());
        }
    }

    @Test
    void eachStatementCarriesTheTraceOfItsRequestInAComment() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            assertEquals(
                    "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND 'secret' <> $1"
                            + " /*traceparent='" + Asked.TRACE + "'*/",
                    asked.one(
                            "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() AND 'secret' <> ?",
                            "value"));
        }
    }

    @Test
    void statementsAreToldWithTheirFailureAndWhatWasNeverAskedIsNoStatement() throws Exception {
        List<Statement> told = new CopyOnWriteArrayList<>();
        try (Asked asked = new Asked(postgres.settings())) {
            asked.ask(told::add, session -> session.query("SELECT 1 UNION SELECT 2"));
            asked.ask(told::add, session -> session.query("SELECT 1 / 0"));
            assertEquals(
                    Code.SQL_ERROR,
                    asked.ask(told::add, session -> session.query("SELECT 3", (Object[]) null))
                            .failure()
                            .code());
            List<Statement> own = told.stream()
                    .filter(each -> each.sql().startsWith("SELECT "))
                    .toList();
            assertEquals(
                    List.of("SELECT 1 UNION SELECT 2", "SELECT 1 / 0"),
                    own.stream().map(Statement::sql).toList());
            assertEquals(2, own.get(0).rows());
            assertNull(own.get(0).failure());
            assertEquals("22012", own.get(1).sqlState());
            assertEquals(Code.SQL_ERROR, own.get(1).failure().code());
        }
    }

    @Test
    void statementsAreRecordedWithTheirTimesAndWithoutValues() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            asked.begin("known", session -> {
                        session.query("SELECT ?::text", "planted");
                        return session.query("SELECT * FROM generate_series(1, ?)", 7);
                    })
                    .get();
            Map<String, Object> record = asked.request("known");
            List<?> queries = (List<?>) record.get("queries");
            assertEquals(2, queries.size());
            assertFalse(record.toString().contains("planted"), record::toString);
            Map<?, ?> second = (Map<?, ?>) queries.get(1);
            assertEquals("SELECT * FROM generate_series(1, ?)", second.get("sql"));
            assertEquals(7, second.get("rows"));
            double firstStart = (Double) ((Map<?, ?>) queries.get(0)).get("startMs");
            assertTrue((Double) second.get("startMs") >= firstStart, record::toString);
            assertNull(asked.request("unknown"));
        }
    }

    @Test
    void aStatementUnderWayIsKnownAndHasNoDurationYet() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            CompletableFuture<?> answer = asked.begin("long", session -> session.query("SELECT pg_sleep(1)"));
            RealPostgres.until("the statement to begin", () -> {
                Map<String, Object> record = asked.request("long");
                return !((List<?>) record.get("queries")).isEmpty();
            });
            Map<?, ?> query = (Map<?, ?>) ((List<?>) asked.request("long").get("queries")).get(0);
            assertTrue(answer.isDone() || query.get("durMs") == null, query::toString);
            answer.get();
            query = (Map<?, ?>) ((List<?>) asked.request("long").get("queries")).get(0);
            assertTrue((Double) query.get("durMs") >= 1000, query::toString);
        }
    }

    @Test
    void onlyTheLast200RequestsAreKept() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            for (int i = 0; i <= 200; i++) {
                asked.begin("request " + i, session -> session.query("SELECT 1"))
                        .get();
            }
            assertNull(asked.request("request 0"));
            assertEquals("request 1", asked.request("request 1").get("requestId"));
        }
    }

    @Test
    void whatATransactionHasNotCommittedIsUndone() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_POOL_SIZE", "1"))) {
            asked.ask(session -> session.query("CREATE TABLE kept (n integer)"));
            asked.ask(session -> {
                session.begin();
                return session.query("INSERT INTO kept VALUES (1)");
            });
            assertEquals(0L, asked.one("SELECT count(*) FROM kept"));
            asked.ask(session -> {
                session.begin();
                session.query("INSERT INTO kept VALUES (2)");
                session.commit();
                return session.query("INSERT INTO kept VALUES (3)");
            });
            assertEquals(2L, asked.one("SELECT count(*) FROM kept"));
        }
    }

    @Test
    void aMistakeInAStatementIsToldInPostgresWordsWithoutDetails() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            asked.ask(session -> session.query("CREATE TABLE single (name text PRIMARY KEY)"));
            asked.ask(session -> session.query("INSERT INTO single VALUES (?)", "planted"));
            var failure = asked.failure("INSERT INTO single VALUES (?)", "planted");
            assertEquals(Code.SQL_ERROR, failure.code());
            assertTrue(failure.getMessage().contains("duplicate key value"), failure::getMessage);
            assertFalse(failure.getMessage().contains("planted"), failure::getMessage);
        }
    }

    @Test
    void thePoolAndItsConnectionsAreToldAlsoWhenNoneIsLeft() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_POOL_SIZE", "1"))) {
            CountDownLatch end = new CountDownLatch(1);
            CompletableFuture<?> first = asked.begin("first", session -> {
                session.begin();
                session.query("SELECT 1");
                end.await();
                return null;
            });
            RealPostgres.until("the first to have its answer", () -> {
                List<?> queries = (List<?>) asked.request("first").get("queries");
                return !queries.isEmpty() && ((Map<?, ?>) queries.get(0)).get("durMs") != null;
            });
            CompletableFuture<?> second = asked.begin("second", session -> session.query("SELECT 2"));
            Map<String, Object> state = asked.state();
            Map<?, ?> pool = (Map<?, ?>) state.get("pool");
            assertEquals(
                    "1 0 1 1",
                    pool.get("max") + " " + pool.get("idle") + " " + pool.get("busy") + " " + pool.get("waiting"));
            List<?> connections = (List<?>) state.get("connections");
            assertEquals(1, connections.size(), state::toString);
            Map<?, ?> connection = (Map<?, ?>) connections.get(0);
            assertEquals("idle in transaction", connection.get("state"));
            assertEquals("SELECT 1", connection.get("query"));
            assertEquals(Asked.TRACE, connection.get("traceparent"));
            Map<?, ?> server = (Map<?, ?>) state.get("server");
            assertEquals("127.0.0.1:" + postgres.port(), server.get("address"));
            end.countDown();
            first.get();
            second.get();
        }
    }
}
