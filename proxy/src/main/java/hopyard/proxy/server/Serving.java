package hopyard.proxy.server;

/**
 * What serves the next request on a connection.
 *
 * @param endpoint the endpoint of the configuration that the listener is for
 * @param era an object that stays the same as long as earlier connections may go on: they would be accepted in the same
 *     way
 */
public record Serving(Configuration configuration, Configuration.Endpoint endpoint, Object era) {}
