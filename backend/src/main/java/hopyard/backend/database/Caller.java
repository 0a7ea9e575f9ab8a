package hopyard.backend.database;

import java.util.function.Consumer;

/**
 * The request for which the database is asked.
 *
 * @param requestId its X-Request-ID; {@code null} if it has none
 * @param traceparent the trace and the app's part in it, for the comment behind each statement
 * @param since when the app had the request's head, by {@link System#nanoTime()}
 * @param statements is told of each statement, which has a part of the trace of its own then; {@code null} if nobody
 *     wants to know
 */
public record Caller(String requestId, String traceparent, long since, Consumer<Statement> statements) {

    /** A request of whose statements nobody wants to know. */
    public Caller(String requestId, String traceparent, long since) {
        this(requestId, traceparent, since, null);
    }
}
