package hopyard.backend.database;

/**
 * A statement that is over, with nothing of the values that stood for its question marks. Times are by
 * {@link System#nanoTime()}.
 *
 * @param spanId the id in the traceparent of its comment, 16 hex digits
 * @param from the app's end of the connection that it was run on
 * @param at the database's end of it
 * @param rows how many rows it gave
 * @param failure why it failed; {@code null} if it did not
 * @param sqlState the database's code for that; {@code null} if it said none
 */
public record Statement(
        String spanId,
        String sql,
        long began,
        long ended,
        String from,
        String at,
        int rows,
        Failure failure,
        String sqlState) {}
