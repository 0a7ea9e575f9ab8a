package hopyard.proxy.http;

/**
 * A server block, compiled.
 *
 * @param name its first name, which {@code $server_name} gives; may be empty
 * @param level its own settings, for requests that no location matches
 * @param rewrites what it does before a location is chosen
 * @param locations its locations
 */
public record VirtualServer(String name, Location level, PhaseHandler[] rewrites, LocationTree locations) {

    /** The location for a normalized path, or the server's own level if none matches. */
    public Location locate(String uri, Exchange exchange) {
        Location found = locations.find(uri, exchange);
        if (exchange != null && exchange.trail() != null) {
            exchange.trail().located(uri, locations, found, level);
        }
        return found == null ? level : found;
    }
}
