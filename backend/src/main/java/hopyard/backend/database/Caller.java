package hopyard.backend.database;

/**
 * The request for which the database is asked.
 *
 * @param requestId its X-Request-ID; {@code null} if it has none
 * @param traceparent the trace and the app's part in it, for the comment behind each statement
 * @param since when the app had the request's head, by {@link System#nanoTime()}
 */
public record Caller(String requestId, String traceparent, long since) {}
