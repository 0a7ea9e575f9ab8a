package hopyard.trace;

/**
 * What a hop that is a database did for a request, as the client of that database saw it: it says nothing in
 * {@code Hop-Trace} itself, so the app before it adds its member.
 *
 * @param pid the process that served the connection, as the database numbers it; negative if there was no connection
 * @param poolWait how long the request waited for a connection, in ms; negative if it is not told
 * @param queries how many statements were sent; negative if it is not told
 * @param rows how many rows they gave or changed; negative if it is not told
 * @param error why it failed, an RFC 9651 token such as {@code pool_timeout}; {@code null} if it did not
 */
public record HopDatabase(long pid, double poolWait, int queries, int rows, String error) {}
