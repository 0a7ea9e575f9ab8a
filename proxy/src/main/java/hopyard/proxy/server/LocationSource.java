package hopyard.proxy.server;

import hopyard.proxy.conf.Directive;
import io.undertow.util.HttpString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a location comes from. It may be kept to explain the location's requests later, when the configuration and its
 * open files are long gone.
 */
public final class LocationSource {

    /** The virtual server that a location belongs to: its first name, and its block. */
    public record Server(String name, Directive directive) {}

    private final String name;
    private final Directive directive;
    private final Map<HttpString, Directive> requestHeaders = new HashMap<>();
    private final Map<HttpString, Directive> responseHeaders = new HashMap<>();
    private List<Directive> directives = List.of();
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

    /** Returns the virtual server around the location. */
    public Server server() {
        return server;
    }

    /** Sets the virtual server around the location. */
    public void server(Server around) {
        server = around;
    }

    /** Returns, by field, the directives that write fields of forwarded requests. */
    public Map<HttpString, Directive> requestHeaders() {
        return requestHeaders;
    }

    /** Returns, by field, the directives that write fields of responses. */
    public Map<HttpString, Directive> responseHeaders() {
        return responseHeaders;
    }

    /** Returns the lines of the configuration that are in force for a request in the location. */
    public List<Directive> directives() {
        return directives;
    }

    /** Returns the first of {@link #directives()} with that name; {@code null} if there is none. */
    public Directive line(String directive) {
        for (Directive each : directives) {
            if (each.name().equals(directive)) {
                return each;
            }
        }
        return null;
    }

    /** Sets the lines that are in force. */
    public void directives(List<Directive> effective) {
        directives = effective;
    }
}
