package hopyard.proxy.http;

import hopyard.proxy.conf.Directive;
import io.undertow.util.HttpString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Where a location comes from: what may be kept, to explain its requests later, when its configuration and the open
 * files of that are long gone.
 */
public final class LocationSource {

    /** The virtual server that a location belongs to: its first name, and its block. */
    public record Server(String name, Directive directive) {}

    private final String name;
    private final Directive directive;
    private final Map<HttpString, Directive> requestHeaders = new HashMap<>();
    private final Map<HttpString, Directive> responseHeaders = new HashMap<>();
    private List<Directive> directives = List.of();
    private Predicate<Exchange> denies = exchange -> false;
    private Server server;

    LocationSource(String name, Directive directive) {
        this.name = name;
        this.directive = directive;
    }

    /** See {@link Location#name()}. */
    public String name() {
        return name;
    }

    /** See {@link Location#directive()}. */
    public Directive directive() {
        return directive;
    }

    /** Whether the addresses that may get here leave out the client of a request, wherever that request has got. */
    public boolean denies(Exchange exchange) {
        return denies.test(exchange);
    }

    /** Says which clients are denied by their address. */
    public void denies(Predicate<Exchange> whom) {
        denies = whom;
    }

    /** The virtual server around it. */
    public Server server() {
        return server;
    }

    void server(Server around) {
        server = around;
    }

    /** The directives that write header fields of forwarded requests. */
    public Map<HttpString, Directive> requestHeaders() {
        return requestHeaders;
    }

    /** The directives that write header fields of responses. */
    public Map<HttpString, Directive> responseHeaders() {
        return responseHeaders;
    }

    /** The lines of the configuration that a request that ends up in the location obeys. */
    public List<Directive> directives() {
        return directives;
    }

    /** The first of {@link #directives()} of that name; {@code null} if there is none. */
    public Directive line(String directive) {
        for (Directive each : directives) {
            if (each.name().equals(directive)) {
                return each;
            }
        }
        return null;
    }

    void directives(List<Directive> effective) {
        directives = effective;
    }
}
