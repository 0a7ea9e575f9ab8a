package hopyard.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.database.Failure.Code;
import hopyard.backend.database.Outcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.Driver;

/** A PostgreSQL that is made to have no room, on purpose and for a while. */
class LeftoversTest {

    private static final String COUNT =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + Leftovers.NAME + "'";

    @TempDir
    private Path directory;

    @Test
    void aPostgresIsFullForAWhileAndThenHasRoomAgain() throws Exception {
        RealPostgres postgres = new RealPostgres(directory).start();
        try (postgres;
                Asked asked = new Asked(postgres.settings("DB_POOL_TIMEOUT", "1"))) {
            assertNull(asked.failure("SELECT 1"));
            Map<String, Object> full = asked.fill(5000);
            assertNull(full.get("declined"), full::toString);
            assertTrue((Integer) full.get("opened") > 50, full::toString);
            assertEquals("too_many_connections", ((Map<?, ?>) full.get("error")).get("code"), full::toString);
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            CompletableFuture<Outcome<Object>> kept = asked.begin("kept", session -> {
                begun.countDown();
                end.await();
                return null;
            });
            begun.await();
            assertEquals(Code.TOO_MANY_CONNECTIONS, asked.failure("SELECT 1").code());
            RealPostgres.until("room", () -> asked.failure("SELECT 1") == null);
            end.countDown();
            assertNull(kept.get().failure());
            RealPostgres.until("all to be closed", () -> asked.one(COUNT).equals(0L));
        }
    }

    @Test
    void nobodyElseIsKeptOut() throws Exception {
        RealPostgres postgres = new RealPostgres(directory).start();
        Properties other = new Properties();
        other.setProperty("user", "hopyard");
        other.setProperty("password", "hopyard");
        other.setProperty("ApplicationName", "psql");
        try (postgres;
                Asked asked = new Asked(postgres.settings());
                Connection psql =
                        new Driver().connect("jdbc:postgresql://127.0.0.1:" + postgres.port() + "/hopyard", other)) {
            assertTrue(psql.isValid(5));
            Map<String, Object> declined = asked.fill(100);
            assertEquals(0, declined.get("opened"));
            assertTrue(declined.get("declined").toString().contains("others are connected"), declined::toString);
            assertEquals(0L, asked.one(COUNT));
        }
    }
}
