package hopyard.proxy.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The servers that share one listening address, and the choice between them by the request's host: an exact name, the
 * longest name with a leading asterisk, the longest with a trailing one, the first regular expression, the default.
 *
 * @see <a href="https://nginx.org/en/docs/http/server_names.html">Server names</a>
 */
public final class VirtualServers {

    private record Named(Regex pattern, VirtualServer server) {}

    private final VirtualServer byDefault;
    private final Map<String, VirtualServer> exact = new HashMap<>();
    private final Map<String, VirtualServer> leading = new HashMap<>();
    private final Map<String, VirtualServer> trailing = new HashMap<>();
    private final List<Named> named = new ArrayList<>();

    VirtualServers(VirtualServer byDefault) {
        this.byDefault = byDefault;
    }

    /** Adds a name; false if another server has it already. */
    boolean add(ServerSettings.Name name, VirtualServer server) {
        String text = name.text();
        if (name.pattern() != null) {
            named.add(new Named(name.pattern(), server));
            return true;
        }
        if (text.startsWith("*.")) {
            return leading.putIfAbsent(text.substring(1), server) == null;
        }
        if (text.startsWith(".")) {
            return leading.putIfAbsent(text, server) == null & exact.putIfAbsent(text.substring(1), server) == null;
        }
        if (text.endsWith(".*")) {
            return trailing.putIfAbsent(text.substring(0, text.length() - 1), server) == null;
        }
        return exact.putIfAbsent(text, server) == null;
    }

    /** All of them; those with several names several times. */
    public Stream<VirtualServer> all() {
        return Stream.of(
                        Stream.of(byDefault),
                        exact.values().stream(),
                        leading.values().stream(),
                        trailing.values().stream(),
                        named.stream().map(Named::server))
                .flatMap(servers -> servers);
    }

    /** The most that the header of a request may have for any of them ({@code large_client_header_buffers}), in bytes. */
    long largestHeader() {
        return all().map(server -> server.level().core())
                .mapToLong(core -> core.largestHeaderLine * core.largestHeaderCount)
                .max()
                .getAsLong();
    }

    /** The server that is used when no name matches. */
    public VirtualServer byDefault() {
        return byDefault;
    }

    /** The server for a host name in lower case without its port. */
    VirtualServer find(String host, Exchange exchange) {
        VirtualServer found = findPlain(host);
        for (int i = 0; found == null && i < named.size(); i++) {
            if (named.get(i).pattern.find(exchange, host)) {
                found = named.get(i).server;
            }
        }
        return found == null ? byDefault : found;
    }

    /** The same where there is no exchange yet that could keep what an expression captures. */
    public VirtualServer named(String host) {
        VirtualServer found = findPlain(host);
        for (int i = 0; found == null && i < named.size(); i++) {
            if (named.get(i).pattern.find(host)) {
                found = named.get(i).server;
            }
        }
        return found == null ? byDefault : found;
    }

    private VirtualServer findPlain(String host) {
        VirtualServer found = exact.get(host);
        for (int dot = host.indexOf('.');
                found == null && !leading.isEmpty() && dot >= 0;
                dot = host.indexOf('.', dot + 1)) {
            found = leading.get(host.substring(dot));
        }
        for (int dot = host.lastIndexOf('.');
                found == null && !trailing.isEmpty() && dot > 0;
                dot = host.lastIndexOf('.', dot - 1)) {
            found = trailing.get(host.substring(0, dot + 1));
        }
        return found;
    }
}
