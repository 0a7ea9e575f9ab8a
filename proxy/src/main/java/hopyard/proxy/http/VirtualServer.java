package hopyard.proxy.http;

/**
 * A compiled server block.
 *
 * @param name the first name, which is {@code $server_name}; may be empty
 * @param level the server's own level, for requests that no location matches
 * @param rewrites the handlers that run before a location is chosen
 * @param locations the locations of the server
 */
public record VirtualServer(String name, Location level, PhaseHandler[] rewrites, LocationTree locations) {

    /** Returns the location for a normalized path; the server's own level if none matches. */
    public Location locate(String uri, Exchange exchange) {
        Location found = locations.find(uri, exchange);
        if (exchange != null && exchange.trail() != null) {
            exchange.trail().located(uri, locations, found, level);
        }
        return found == null ? level : found;
    }
}
