package hopyard.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Failure.Code;
import hopyard.backend.database.Outcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is to blame when the database is slow, busy, dead, or has come back. */
class FailuresTest {

    @TempDir
    private Path directory;

    private RealPostgres postgres;

    @BeforeEach
    void start() throws Exception {
        postgres = new RealPostgres(directory).start();
    }

    @AfterEach
    void stop() throws Exception {
        postgres.close();
    }

    private static void awaitConnection(Asked asked) throws Exception {
        RealPostgres.until("a connection", () -> asked.failure("SELECT 1") == null);
    }

    @Test
    void whoFindsNoConnectionInTimeIsToldThatThePoolIsExhausted() throws Exception {
        DatabaseSettings settings = postgres.settings("DB_POOL_SIZE", "2", "DB_POOL_TIMEOUT", "0.5");
        try (Asked asked = new Asked(settings)) {
            awaitConnection(asked);
            CountDownLatch begun = new CountDownLatch(2);
            CountDownLatch end = new CountDownLatch(1);
            List<CompletableFuture<?>> busy = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                busy.add(asked.begin("busy" + i, session -> {
                    begun.countDown();
                    end.await();
                    return null;
                }));
            }
            begun.await();
            Outcome<?> third = asked.ask(session -> session.query("SELECT 1"));
            assertEquals(Code.POOL_TIMEOUT, third.failure().code());
            assertTrue(third.failure().getMessage().contains("all of its 2 connections"), third.failure()::getMessage);
            assertNull(third.hop().from());
            assertTrue(third.hop().database().poolWait() >= 500, third.hop()::toString);
            assertEquals("pool_timeout", third.hop().database().error());
            end.countDown();
            for (CompletableFuture<?> each : busy) {
                each.get();
            }
            assertNull(asked.failure("SELECT 1"));
        }
    }

    @Test
    void aStatementThatTakesTooLongIsEndedByPostgres() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_STATEMENT_TIMEOUT", "0.3"))) {
            awaitConnection(asked);
            Failure failure = asked.failure("SELECT pg_sleep(?)", 20.0);
            assertEquals(Code.STATEMENT_TIMEOUT, failure.code());
            assertTrue(failure.getMessage().contains("longer than 0.3 s"), failure::getMessage);
            assertNull(asked.failure("SELECT 1"));
            assertTrue(postgres.log().contains(Asked.TRACE), postgres.log());
        }
    }

    @Test
    void whoWaitsTooLongForALockIsToldThatAnotherHoldsIt() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_LOCK_TIMEOUT", "0.3"))) {
            awaitConnection(asked);
            asked.ask(session -> session.query("CREATE TABLE locked AS SELECT 1 AS id"));
            CountDownLatch isLocked = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            CompletableFuture<?> holder = asked.begin("holder", session -> {
                session.begin();
                session.query("SELECT * FROM locked FOR UPDATE");
                isLocked.countDown();
                end.await();
                session.commit();
                return null;
            });
            isLocked.await();
            Failure failure = asked.failure("UPDATE locked SET id = 2");
            assertEquals(Code.LOCK_TIMEOUT, failure.code());
            end.countDown();
            holder.get();
            assertNull(asked.failure("UPDATE locked SET id = 2"));
        }
    }

    @Test
    void aStatementUnderWayIsLostWithThePostgresThatDies() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            awaitConnection(asked);
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Outcome<List<Object[]>>> asleep = asked.begin("asleep", session -> {
                begun.countDown();
                return session.query("SELECT pg_sleep(5)");
            });
            begun.await();
            postgres.kill();
            Outcome<?> outcome = asleep.get();
            assertEquals(Code.CONNECTION_LOST, outcome.failure().code(), outcome.failure()::getMessage);
            assertEquals("connection_lost", outcome.hop().database().error());
        }
    }

    @Test
    void aPostgresThatWasKilledAndIsBackIsFoundAgain() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_POOL_TIMEOUT", "1"))) {
            awaitConnection(asked);
            assertEquals(1, asked.preparations.get());
            postgres.kill();
            RealPostgres.until("it to be missed", () -> {
                Failure failure = asked.failure("SELECT 1");
                return failure != null && failure.code() == Code.CONNECTION_REFUSED;
            });
            // nobody waits for what is known not to be there
            Outcome<?> quick = asked.ask(session -> session.query("SELECT 1"));
            assertTrue(quick.hop().database().poolWait() < 1000, quick.hop()::toString);
            assertTrue(
                    quick.failure().getMessage().contains("127.0.0.1:" + postgres.port())
                            && quick.failure().getMessage().contains("connection refused"),
                    quick.failure()::getMessage);
            Map<String, Object> state = asked.state();
            assertEquals(false, state.get("reachable"));
            postgres.start();
            awaitConnection(asked);
            assertEquals(2, asked.preparations.get());
            assertEquals(true, asked.state().get("reachable"));
        }
    }

    @Test
    void whatHasToBeThereIsLookedAfterAgainOnANewConnection() throws Exception {
        try (Asked asked = new Asked(postgres.settings("DB_POOL_SIZE", "2"))) {
            awaitConnection(asked);
            assertEquals(1, asked.preparations.get());
            CountDownLatch begun = new CountDownLatch(2);
            List<CompletableFuture<Outcome<Object>>> both = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                both.add(asked.begin("both" + i, session -> {
                    begun.countDown();
                    begun.await();
                    return session.query("SELECT pg_backend_pid()").get(0)[0];
                }));
            }
            assertNotEquals(both.get(0).get().value(), both.get(1).get().value());
            assertEquals(2, asked.preparations.get());
        }
    }

    @Test
    void aPostgresThatComesLaterThanTheAppIsFound() throws Exception {
        postgres.close();
        try (Asked asked = new Asked(postgres.settings("DB_POOL_TIMEOUT", "1"))) {
            assertEquals(Code.CONNECTION_REFUSED, asked.failure("SELECT 1").code());
            postgres.start();
            awaitConnection(asked);
        }
    }

    @Test
    void aWrongPasswordIsToldAndNotSaid() throws Exception {
        String url = "postgres://hopyard:planted-secret@127.0.0.1:" + postgres.port() + "/hopyard";
        try (Asked asked = new Asked(postgres.settings("DATABASE_URL", url, "DB_POOL_TIMEOUT", "1"))) {
            Failure failure = asked.failure("SELECT 1");
            assertEquals(Code.AUTH_FAILED, failure.code());
            assertTrue(failure.getMessage().contains("password authentication failed"), failure::getMessage);
            String all = failure.getMessage() + asked.state() + asked.request("some");
            assertFalse(all.contains("planted-secret"), all);
        }
    }

    @Test
    void aPasswordOrADatabaseThatIsMissingIsMissed() throws Exception {
        // the role may not connect to the second one, which is looked at first
        for (String url : List.of("hopyard@127.0.0.1:%d/hopyard", "hopyard:hopyard@127.0.0.1:%d/none")) {
            String at = "postgres://" + String.format(url, postgres.port());
            try (Asked asked = new Asked(postgres.settings("DATABASE_URL", at, "DB_POOL_TIMEOUT", "1"))) {
                Failure failure = asked.failure("SELECT 1");
                assertEquals(Code.AUTH_FAILED, failure.code(), failure::getMessage);
            }
        }
    }

    @Test
    void aTransactionThatPostgresHasEndedIsALostConnection() throws Exception {
        try (Asked asked = new Asked(postgres.settings())) {
            awaitConnection(asked);
            CountDownLatch isEnded = new CountDownLatch(1);
            CompletableFuture<Outcome<List<Object[]>>> idle = asked.begin("idle", session -> {
                session.begin();
                session.query("SET LOCAL idle_in_transaction_session_timeout = 50");
                isEnded.await();
                return session.query("SELECT 1");
            });
            RealPostgres.until("it to be ended", () -> postgres.log().contains("idle-in-transaction"));
            isEnded.countDown();
            Failure failure = idle.get().failure();
            assertEquals(Code.CONNECTION_LOST, failure.code(), failure::getMessage);
            assertNull(asked.failure("SELECT 1"));
        }
    }

    @Test
    void aHostThatThereIsNotIsNamed() throws Exception {
        String url = "postgres://hopyard@no-such-host.invalid/hopyard";
        try (Asked asked = new Asked(postgres.settings("DATABASE_URL", url, "DB_POOL_TIMEOUT", "1"))) {
            Failure failure = asked.failure("SELECT 1");
            assertEquals(Code.CONNECTION_REFUSED, failure.code());
            assertTrue(failure.getMessage().contains("there is no host of that name"), failure::getMessage);
        }
    }

    @Test
    void aPostgresWithoutRoomSaysSo() throws Exception {
        DatabaseSettings settings = postgres.settings("DB_POOL_TIMEOUT", "1");
        try (Asked first = new Asked(settings)) {
            awaitConnection(first);
            assertNull(first.failure("ALTER DATABASE hopyard CONNECTION LIMIT 1"));
            try (Asked second = new Asked(settings)) {
                Failure failure = second.failure("SELECT 1");
                assertEquals(Code.TOO_MANY_CONNECTIONS, failure.code(), failure::getMessage);
                assertNull(first.failure("ALTER DATABASE hopyard CONNECTION LIMIT -1"));
                awaitConnection(second);
            }
        }
    }
}
