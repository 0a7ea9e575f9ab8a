package hopyard.backend.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hopyard.backend.django.Setting.Invalid;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

    private static DatabaseSettings read(String... pairs) throws Invalid {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            environment.put(pairs[i], pairs[i + 1]);
        }
        return DatabaseSettings.from(environment);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            postgres://ann:p%40ss@db:5433/notes,            ann, p@ss, db, 5433, notes
            postgresql://ann:p+a@db/notes,                  ann, p+a,  db, 5432, notes
            psql://ann@my_db,                               ann, ,     my_db, 5432, ann
            pgsql://ann:@[::1]:5432/notes?sslmode=require,  ann, ,     [::1], 5432, notes
            """)
    void isReadAsLibpqReadsIt(String url, String user, String password, String host, int port, String name)
            throws Invalid {
        DatabaseUrl read = read("DATABASE_URL", url).url();
        assertEquals(user, read.user());
        assertEquals(password, read.password());
        assertEquals(host, read.host());
        assertEquals(port, read.port());
        assertEquals(name, read.name());
    }

    @Test
    void hasOptionsByLibpqsNames() throws Invalid {
        DatabaseUrl read = read(
                        "DATABASE_URL", "postgres://ann@db/notes?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.crt")
                .url();
        assertEquals(Map.of("sslmode", "verify-full", "sslrootcert", "/etc/ca.crt"), read.options());
    }

    @Test
    void doesNotShowThePassword() throws Invalid {
        assertFalse(read("DATABASE_URL", "postgres://ann:planted@db/notes")
                .toString()
                .contains("planted"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://ann:planted@db/notes",
                "postgres:/ann:planted@db/notes",
                "postgres://ann:planted@pla@db/notes",
                "postgres://ann:plan/ted@db/notes",
                "postgres://ann:planted%4@db/notes",
                "postgres://ann:planted@db:99999/notes",
                "postgres://ann:planted@db:port/notes",
                "postgres://ann:planted@/notes",
                "postgres://ann:planted@%2Fvar%2Frun/notes",
                "postgres://ann:planted@db/notes?sslmode=maybe",
                "postgres://ann:planted@db/notes?pool=5",
                "postgres://ann:planted@db/a/b",
                "postgres://ann:1/planted@db",
                "postgres://ann:1?planted@db/notes",
                "postgres://ann:1?sslmode=planted@db/notes",
                "postgres://ann:1#planted@db/notes",
                "postgres://ann:planted@db/notes?connect_timeout=soon",
            })
    void isRefusedWithoutItsPasswordIfItIsNone(String url) {
        Invalid refused = assertThrows(Invalid.class, () -> read("DATABASE_URL", url));
        assertTrue(refused.getMessage().startsWith("DATABASE_URL "), refused::getMessage);
        assertFalse(refused.getMessage().contains("plan"), refused::getMessage);
    }

    @Test
    void withoutOneThereIsNoDatabase() throws Invalid {
        assertNull(read());
        assertNull(read("DATABASE_URL", ""));
    }

    @Test
    void timesAreInSeconds() throws Invalid {
        DatabaseSettings settings = read("DATABASE_URL", "postgres://db", "DB_POOL_TIMEOUT", "2.5");
        assertEquals(2500, settings.poolTimeout());
        assertEquals(10_000, settings.statementTimeout());
    }

    @ParameterizedTest
    @CsvSource({
        "DB_POOL_SIZE, 0",
        "DB_POOL_SIZE, many",
        "DB_POOL_TIMEOUT, 0",
        "DB_STATEMENT_TIMEOUT, 5s",
        "DB_LOCK_TIMEOUT, -1"
    })
    void whatMakesNoSenseIsSaidAlsoWithoutADatabase(String name, String value) {
        Invalid refused = assertThrows(Invalid.class, () -> read(name, value));
        assertTrue(refused.getMessage().startsWith(name + " is \"" + value + "\""), refused::getMessage);
    }
}
