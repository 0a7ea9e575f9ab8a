package hopyard.backend;

import hopyard.backend.django.Setting;
import hopyard.backend.django.Setting.Invalid;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How the app treats connections: in its own way, or as one of the servers does that Django is run by.
 *
 * @param connections how many connections are taken from the system at a time; others wait in the backlog
 * @param requests how many requests are served at a time; those that have been taken wait for their turn
 * @param backlog how many connections may wait in the system to be taken
 * @param keepsConnections whether a connection may have a further request
 * @param idleNanos how long a connection may be open without a whole request
 * @param firstNanos the same before its first request
 * @param workerNanos how long a connection may be open at all; then it ends without an answer
 * @see <a href="https://docs.gunicorn.org/en/stable/design.html">gunicorn: design</a>
 */
record Serving(
        int connections,
        int requests,
        int backlog,
        boolean keepsConnections,
        long idleNanos,
        long firstNanos,
        long workerNanos) {

    /** The servers as which the app may behave. */
    private enum Server {
        UNDERTOW,
        RUNSERVER,
        GUNICORN
    }

    private static final long SECOND = 1_000_000_000L;

    /** Longer than proxies keep idle connections (nginx: 60 s). */
    private static final long OWN_IDLE = 75 * SECOND;

    /** Longer than a process lives, and short enough to be added to a moment. */
    private static final long FOR_EVER = Long.MAX_VALUE / 4;

    private static final int MANY = Integer.MAX_VALUE;

    /** What XNIO has by default. */
    private static final int OWN_BACKLOG = 128;

    /** {@code request_queue_size} of Django's WSGIServer. */
    private static final int BACKLOG_OF_RUNSERVER = 10;

    /** How long gunicorn has a thread wait for a connection's first bytes, before that waits among the idle ones. */
    private static final long FIRST_BYTES = 5 * SECOND;

    private static final Setting<Server> SERVER = Setting.of(
            "APP_SERVER",
            "undertow",
            "as which server it treats connections: runserver, gunicorn, or undertow for its own way",
            Serving::server);
    private static final Setting<Integer> WORKERS =
            positive("GUNICORN_WORKERS", "1", "as gunicorn: how many workers, each with its own threads");
    private static final Setting<Integer> THREADS = positive(
            "GUNICORN_THREADS", "1", "as gunicorn: threads of a worker; with one, it serves a connection at a time");
    private static final Setting<Integer> KEEP_ALIVE =
            number("GUNICORN_KEEP_ALIVE", "2", "as gunicorn with threads: for how long a connection may be idle, in s");
    private static final Setting<Integer> TIMEOUT = number(
            "GUNICORN_TIMEOUT",
            "30",
            "as gunicorn without threads: when a worker is killed that is at one connection, in s; 0 is never");
    private static final Setting<Integer> BACKLOG =
            positive("GUNICORN_BACKLOG", "2048", "as gunicorn: how many connections may wait for a worker");

    private static final List<Setting<?>> ALL = List.of(SERVER, WORKERS, THREADS, KEEP_ALIVE, TIMEOUT, BACKLOG);

    static Serving from(Map<String, String> environment) throws Invalid {
        // what makes no sense is said, whichever server it is about
        int workers = WORKERS.read(environment);
        int threads = THREADS.read(environment);
        long keepAlive = KEEP_ALIVE.read(environment) * SECOND;
        long timeout = TIMEOUT.read(environment) * SECOND;
        int backlog = BACKLOG.read(environment);
        return switch (SERVER.read(environment)) {
            case UNDERTOW -> new Serving(MANY, MANY, OWN_BACKLOG, true, OWN_IDLE, OWN_IDLE, FOR_EVER);
            case RUNSERVER -> new Serving(MANY, MANY, BACKLOG_OF_RUNSERVER, true, FOR_EVER, FOR_EVER, FOR_EVER);
            case GUNICORN ->
                threads == 1
                        ? new Serving(
                                workers, MANY, backlog, false, FOR_EVER, FOR_EVER, timeout == 0 ? FOR_EVER : timeout)
                        : new Serving(
                                MANY,
                                workers * threads,
                                backlog,
                                keepAlive > 0,
                                keepAlive,
                                FIRST_BYTES + keepAlive,
                                FOR_EVER);
        };
    }

    /** Returns its settings, in an order for readers. */
    static List<Setting<?>> all() {
        return ALL;
    }

    /** Whether there is a number of connections or requests that it does not serve more of. */
    boolean isLimited() {
        return connections < MANY || requests < MANY;
    }

    private static Server server(String name, String text) throws Invalid {
        for (Server each : Server.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
                return each;
            }
        }
        throw new Invalid(name + " is \"" + text + "\", but must be undertow, runserver or gunicorn");
    }

    private static Setting<Integer> positive(String name, String byDefault, String meaning) {
        return Setting.of(name, byDefault, meaning, (setting, text) -> number(setting, text, 1));
    }

    private static Setting<Integer> number(String name, String byDefault, String meaning) {
        return Setting.of(name, byDefault, meaning, (setting, text) -> number(setting, text, 0));
    }

    private static int number(String name, String text, int min) throws Invalid {
        if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) < min) {
            throw new Invalid(name + " is \"" + text + "\", but must be a number from " + min + " to 9999");
        }
        return Integer.parseInt(text);
    }
}
