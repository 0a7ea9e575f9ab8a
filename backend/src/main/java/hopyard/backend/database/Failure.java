package hopyard.backend.database;

import java.util.Locale;

/** Why a request got nothing from the database. The message is one sentence that names who is to blame. */
public final class Failure extends Exception {

    /** The kinds that are told apart. */
    public enum Code {
        /** All connections of the app's pool were in use for too long. */
        POOL_TIMEOUT,
        /** No connection could be made: nobody listens, there is no such host, or the database is still starting. */
        CONNECTION_REFUSED,
        /** A connection ended, or fell silent, while a statement was under way. */
        CONNECTION_LOST,
        /** PostgreSQL's statement_timeout has ended a statement. */
        STATEMENT_TIMEOUT,
        /** PostgreSQL's lock_timeout has ended the wait for a lock. */
        LOCK_TIMEOUT,
        /** PostgreSQL has as many connections as its max_connections allows. */
        TOO_MANY_CONNECTIONS,
        /** PostgreSQL does not let the user in. */
        AUTH_FAILED,
        /** TLS with the database could not be agreed on, or its certificate is not to be trusted. */
        TLS_FAILED,
        /** PostgreSQL has refused a statement for another reason. */
        SQL_ERROR;

        /** Returns the code as Hop-Trace and JSON have it. */
        public String token() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Code code;

    /**
     * @param sentence who is to blame, without values of the request and without the password
     */
    public Failure(Code code, String sentence) {
        super(sentence);
        this.code = code;
    }

    /** Returns the kind. */
    public Code code() {
        return code;
    }
}
