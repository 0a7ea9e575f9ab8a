package hopyard.proxy.server;

import hopyard.http.server.http2.Http2Limits;
import hopyard.proxy.io.ErrorLog;

/**
 * A compiled server block.
 *
 * @param name the first name, which is {@code $server_name}; may be empty
 * @param level the server's own level, for requests that no location matches
 * @param locations the locations of the server
 * @param connections what holds on connections whose requests name no other server
 */
public record VirtualServer(String name, Location level, LocationTree locations, Connections connections) {

    /**
     * What holds on a connection before a request names its server: that of the default server is used then.
     *
     * @param headerTimeout how long the client may take for the header of a request, in ms
     * @param largestHeader how much the header of a request may be, in bytes
     * @param keepaliveTimeout how long a connection of HTTP/2 may carry no request, in ms
     * @param sendTimeout how long a client may take nothing of what is sent on such a connection, in ms
     * @param errorLog the error log for what comes ahead of HTTP
     * @param speaksHttp2 whether HTTP/2 is spoken wherever the server listens
     * @param http2 what a client may ask of a connection of HTTP/2
     */
    public record Connections(
            long headerTimeout,
            long largestHeader,
            long keepaliveTimeout,
            long sendTimeout,
            ErrorLog errorLog,
            boolean speaksHttp2,
            Http2Limits http2) {}

    /**
     * Returns the location for a normalized path; the server's own level if none matches.
     *
     * @param request keeps the captures of a regular expression; {@code null} if nobody wants them
     */
    public Location locate(String uri, Request request) {
        Location found = locations.find(uri, request, null);
        return found == null ? level : found;
    }

    /** Does the same, and returns how the location was found. */
    public LocationSearch.Result search(String uri, Request request) {
        return LocationSearch.of(uri, locations, level, request);
    }
}
