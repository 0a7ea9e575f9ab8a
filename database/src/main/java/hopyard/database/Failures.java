package hopyard.database;

import hopyard.backend.database.DatabaseSettings;
import hopyard.backend.database.Failure;
import hopyard.backend.database.Failure.Code;
import hopyard.trace.Durations;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.postgresql.util.PSQLException;

/**
 * Says what a failure of the driver's means.
 *
 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL: error codes</a>
 */
final class Failures {

    private static final Pattern TLS_WORDS = Pattern.compile("\\bSSL\\b|hostnameverifier");

    private static final String SILENT = "it does not answer";

    /** For the driver: the server has asked for what is not there, such as a password. */
    private static final String REJECTED = "08004";

    private static final String NO_DATABASE = "3D000";

    private static final String NOT_ITS_PROTOCOL = "08P01";

    /** PostgreSQL has ended a connection that was idle in a transaction, or the transaction, for too long. */
    private static final Set<String> ENDED_IN_TRANSACTION = Set.of("25P03", "25P04");

    private final DatabaseSettings settings;
    private final String server;

    Failures(DatabaseSettings settings) {
        this.settings = settings;
        this.server = settings.url().host() + ":" + settings.url().port();
    }

    /** Says why no connection could be made. */
    Failure connecting(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (state.equals("53300")) {
            return new Failure(
                    Code.TOO_MANY_CONNECTIONS,
                    "The database at " + server + " takes no more connections: " + told(e)
                            + " (PostgreSQL's max_connections, or the limit of a role or a database).");
        }
        if (state.equals(NOT_ITS_PROTOCOL) && cause(e, SSLException.class) == null) {
            return new Failure(
                    Code.CONNECTION_REFUSED,
                    "What listens at " + server + " is no PostgreSQL: it does not speak its protocol.");
        }
        if (state.startsWith("28") || state.equals(NO_DATABASE) || state.equals(REJECTED) && !isAboutTls(e)) {
            return new Failure(
                    Code.AUTH_FAILED,
                    "The database at " + server + " does not let this app in: " + told(e) + " (see DATABASE_URL).");
        }
        if (state.startsWith("57P")) {
            return new Failure(
                    Code.CONNECTION_REFUSED, "The database at " + server + " is not ready: " + told(e) + ".");
        }
        if (isAboutTls(e)) {
            return new Failure(
                    Code.TLS_FAILED, "TLS with the database at " + server + " failed: " + innermost(e) + ".");
        }
        if (!state.startsWith("08")) {
            return new Failure(Code.SQL_ERROR, "The database at " + server + " refuses: " + told(e) + ".");
        }
        return new Failure(
                Code.CONNECTION_REFUSED, "The database at " + server + " cannot be reached: " + unreachable(e) + ".");
    }

    /** Says that a connection was waited for, and not for other requests. */
    Failure silent() {
        return new Failure(
                Code.CONNECTION_REFUSED, "The database at " + server + " cannot be reached: " + SILENT + ".");
    }

    /** The driver has no code for it: its words tell, and what they were made of. */
    private static boolean isAboutTls(SQLException e) {
        String says = String.valueOf(e.getMessage());
        return cause(e, SSLException.class) != null || TLS_WORDS.matcher(says).find();
    }

    private String unreachable(SQLException e) {
        if (cause(e, UnknownHostException.class) != null) {
            return "there is no host of that name";
        }
        if (cause(e, SocketTimeoutException.class) != null) {
            return SILENT;
        }
        if (cause(e, EOFException.class) != null) {
            return "it has closed the connection without a word";
        }
        ConnectException refused = cause(e, ConnectException.class);
        return refused != null && String.valueOf(refused.getMessage()).contains("refused")
                ? "nothing listens there (connection refused)"
                : innermost(e);
    }

    /** Says why a statement has failed. */
    Failure asking(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (cause(e, SocketTimeoutException.class) != null) {
            return new Failure(
                    Code.CONNECTION_LOST,
                    "The database at " + server
                            + " has fallen silent: nothing came for longer than a statement may take.");
        }
        if (state.startsWith("08") || state.startsWith("57P") || ENDED_IN_TRANSACTION.contains(state)) {
            return new Failure(
                    Code.CONNECTION_LOST,
                    "The connection to the database at " + server + " was lost while a statement was under way: "
                            + innermost(e) + ".");
        }
        if (state.equals("57014") && !told(e).contains("user request")) {
            return new Failure(
                    Code.STATEMENT_TIMEOUT,
                    "The database has given up on a statement that took longer than "
                            + seconds(settings.statementTimeout()) + " s (statement_timeout).");
        }
        if (state.equals("55P03")) {
            return new Failure(
                    Code.LOCK_TIMEOUT,
                    "The database has given up on a statement that waited longer than "
                            + seconds(settings.lockTimeout())
                            + " s for a lock, which another transaction holds (lock_timeout).");
        }
        return new Failure(Code.SQL_ERROR, "The database has refused a statement: " + told(e) + ".");
    }

    /** Returns PostgreSQL's own code for a failure; {@code null} if it is the driver that says so. */
    static String codeOf(SQLException e) {
        return e instanceof PSQLException postgres && postgres.getServerErrorMessage() != null ? e.getSQLState() : null;
    }

    /** Says that no connection of the pool has become free. */
    Failure exhausted() {
        return new Failure(
                Code.POOL_TIMEOUT,
                "The app's pool is exhausted: all of its " + settings.poolSize()
                        + " connections to the database are in use, and none has become free within "
                        + seconds(settings.poolTimeout()) + " s (DB_POOL_TIMEOUT).");
    }

    private static String seconds(long millis) {
        StringBuilder out = new StringBuilder();
        Durations.appendMillis(out, millis / 1e3);
        return out.toString();
    }

    /** Returns what PostgreSQL says without details, in which there are values; what the driver says otherwise. */
    private static String told(SQLException e) {
        boolean isServers = e instanceof PSQLException postgres && postgres.getServerErrorMessage() != null;
        return isServers
                ? ((PSQLException) e).getServerErrorMessage().getMessage()
                : String.valueOf(e.getMessage()).replaceFirst("\\.$", "");
    }

    private static String innermost(SQLException e) {
        Throwable last = e;
        while (last.getCause() != null && last.getCause() != last) {
            last = last.getCause();
        }
        boolean says =
                last != e && last.getMessage() != null && !last.getMessage().isBlank();
        return says ? last.getMessage().replaceFirst("\\.$", "") : told(e);
    }

    private static <T extends Throwable> T cause(Throwable e, Class<T> type) {
        for (Throwable each = e; each != null; each = each.getCause()) {
            if (type.isInstance(each)) {
                return type.cast(each);
            }
        }
        return null;
    }
}
