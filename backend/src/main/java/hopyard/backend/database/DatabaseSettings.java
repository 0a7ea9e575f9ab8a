package hopyard.backend.database;

import hopyard.backend.django.Setting;
import hopyard.backend.django.Setting.Invalid;
import java.util.List;
import java.util.Map;

/**
 * What the environment says of the database. Times are in ms; 0 is no limit.
 *
 * @param poolSize how many connections the pool has at most
 * @param poolTimeout how long a request waits for one of them
 * @param statementTimeout how long a statement may take
 * @param lockTimeout how long a statement may wait for a lock
 */
public record DatabaseSettings(
        DatabaseUrl url, int poolSize, long poolTimeout, long statementTimeout, long lockTimeout) {

    private static final Setting<DatabaseUrl> URL = Setting.of(
            "DATABASE_URL",
            "",
            "the database, postgres://user:password@host:port/name?sslmode=…; none if empty",
            (name, text) -> text.isEmpty() ? null : DatabaseUrl.parse(name, text));
    private static final Setting<Integer> POOL_SIZE = Setting.of(
            "DB_POOL_SIZE", "5", "how many connections to the database the pool has at most", DatabaseSettings::size);
    private static final Setting<Long> POOL_TIMEOUT =
            time("DB_POOL_TIMEOUT", "3", "how long a request waits for one of them, in s", 0.25);
    private static final Setting<Long> STATEMENT_TIMEOUT =
            time("DB_STATEMENT_TIMEOUT", "10", "PostgreSQL's statement_timeout, in s; 0 is none", 0);
    private static final Setting<Long> LOCK_TIMEOUT =
            time("DB_LOCK_TIMEOUT", "5", "PostgreSQL's lock_timeout, in s; 0 is none", 0);

    private static final int MAX_SIZE = 50;
    private static final double MAX_SECONDS = 3600;

    private static Setting<Long> time(String name, String byDefault, String meaning, double min) {
        return Setting.of(name, byDefault, meaning, (setting, text) -> millis(setting, text, min));
    }

    /** Returns all that there are, in an order for readers. */
    public static List<Setting<?>> all() {
        return List.of(URL, POOL_SIZE, POOL_TIMEOUT, STATEMENT_TIMEOUT, LOCK_TIMEOUT);
    }

    /**
     * Reads them.
     *
     * @return {@code null} if there is to be no database
     */
    public static DatabaseSettings from(Map<String, String> environment) throws Invalid {
        DatabaseUrl url = URL.read(environment);
        DatabaseSettings settings = new DatabaseSettings(
                url,
                POOL_SIZE.read(environment),
                POOL_TIMEOUT.read(environment),
                STATEMENT_TIMEOUT.read(environment),
                LOCK_TIMEOUT.read(environment));
        return url == null ? null : settings;
    }

    private static Integer size(String name, String text) throws Invalid {
        if (!text.matches("[0-9]{1,3}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MAX_SIZE) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number from 1 to " + MAX_SIZE);
        }
        return Integer.valueOf(text);
    }

    private static Long millis(String name, String text, double min) throws Invalid {
        boolean isNumber = text.matches("[0-9]{1,6}(\\.[0-9]{1,6})?");
        double seconds = isNumber ? Double.parseDouble(text) : -1;
        if (seconds < min || seconds > MAX_SECONDS) {
            throw new Invalid(
                    name + " is \"" + text + "\", but must be a number of seconds from " + min + " to " + MAX_SECONDS);
        }
        return Math.round(seconds * 1000);
    }
}
