package hopyard.proxy.server;

import hopyard.proxy.conf.Directive;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The servers at one listening address, and the choice between them by the request's host: an exact name, the longest
 * name with a leading asterisk, the longest with a trailing one, the first regular expression, the default server.
 *
 * @see <a href="https://nginx.org/en/docs/http/server_names.html">Server names</a>
 */
public final class VirtualServers {

    private record Named(Regex pattern, VirtualServer server) {}

    /** A name as it was given to {@link #add}. */
    private record Declared(ServerSettings.Name name, VirtualServer server) {}

    /** The kind of name that a server is chosen by. */
    public enum By {
        EXACT,
        LEADING_ASTERISK,
        TRAILING_ASTERISK,
        REGEX,
        DEFAULT
    }

    /**
     * A name that the request's host was compared with, or would have been compared with if no earlier one had matched.
     *
     * @param server the {@code server} block
     */
    public record Candidate(ServerSettings.Name name, By kind, Directive server, Match match) {}

    /**
     * The choice of a server for a request, with the reason.
     *
     * @param name the name that matches; {@code null} for the default server
     * @param listen the server's {@code listen} for the address
     * @param candidates the names of all servers at the address
     */
    public record Choice(
            String host,
            VirtualServer server,
            By by,
            ServerSettings.Name name,
            ServerSettings.Listen listen,
            List<Candidate> candidates) {}

    private final VirtualServer byDefault;
    private final Map<String, VirtualServer> exact = new HashMap<>();
    private final Map<String, VirtualServer> leading = new HashMap<>();
    private final Map<String, VirtualServer> trailing = new HashMap<>();
    private final List<Named> named = new ArrayList<>();
    private final List<Declared> declared = new ArrayList<>();
    private final Map<VirtualServer, ServerSettings.Listen> listens = new IdentityHashMap<>();

    VirtualServers(VirtualServer byDefault) {
        this.byDefault = byDefault;
    }

    /** Keeps the {@code listen} of a server for this address. */
    void listens(VirtualServer server, ServerSettings.Listen listen) {
        listens.put(server, listen);
    }

    /** Adds a name. Returns false if another server has it already. */
    boolean add(ServerSettings.Name name, VirtualServer server) {
        declared.add(new Declared(name, server));
        return put(name, server);
    }

    private boolean put(ServerSettings.Name name, VirtualServer server) {
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

    /** Returns all servers; one with several names may come several times. */
    public Stream<VirtualServer> all() {
        return Stream.of(
                        Stream.of(byDefault),
                        exact.values().stream(),
                        leading.values().stream(),
                        trailing.values().stream(),
                        named.stream().map(Named::server))
                .flatMap(servers -> servers);
    }

    /** Returns the largest header that one of the servers accepts ({@code large_client_header_buffers}), in bytes. */
    public long largestHeader() {
        return all().mapToLong(server -> server.connections().largestHeader())
                .max()
                .getAsLong();
    }

    /** Returns the default server, which is used if no name matches. */
    public VirtualServer byDefault() {
        return byDefault;
    }

    /**
     * Returns the server for a host name, which is in lower case and has no port.
     *
     * @param request keeps the captures of a regular expression; {@code null} if nobody wants them
     */
    public VirtualServer find(String host, Request request) {
        VirtualServer found = findAny(host, request);
        return found == null ? byDefault : found;
    }

    private VirtualServer findAny(String host, Request request) {
        VirtualServer found = findPlain(host);
        for (int i = 0; found == null && i < named.size(); i++) {
            if (named.get(i).pattern.find(request, host)) {
                found = named.get(i).server;
            }
        }
        return found;
    }

    /** Does the same as {@link #find}, and returns by which name the server was found. */
    public Choice choose(String host, Request request) {
        VirtualServer found = findAny(host, request);
        List<Candidate> candidates = new ArrayList<>();
        Candidate best = null;
        for (By kind : By.values()) {
            for (Declared each : declared) {
                if (!isOf(each.name, kind)) {
                    continue;
                }
                // names of the next kind are tried only if none of this kind matches, and so is the next expression
                boolean isTried = best == null || best.kind == kind && kind != By.REGEX;
                boolean matches = isTried && matches(each.name, kind, host);
                Candidate candidate = new Candidate(
                        each.name,
                        kind,
                        each.server.level().directive(),
                        matches ? Match.YES : isTried ? Match.NO : Match.NOT_TRIED);
                candidates.add(candidate);
                boolean isLonger = best == null
                        || each.name.text().length() > best.name.text().length();
                // if two servers have the name, it belongs to the first
                best = matches && isLonger && each.server == found ? candidate : best;
            }
        }
        VirtualServer chosen = found == null ? byDefault : found;
        return new Choice(
                host,
                chosen,
                best == null ? By.DEFAULT : best.kind,
                best == null ? null : best.name,
                listens.get(chosen),
                candidates);
    }

    /** Whether a name is of a kind; a name that begins with a dot is of two kinds. */
    private static boolean isOf(ServerSettings.Name name, By kind) {
        String text = name.text();
        return switch (kind) {
            case EXACT -> name.pattern() == null && !text.startsWith("*.") && !text.endsWith(".*");
            case LEADING_ASTERISK -> name.pattern() == null && (text.startsWith("*.") || text.startsWith("."));
            case TRAILING_ASTERISK -> name.pattern() == null && text.endsWith(".*");
            case REGEX -> name.pattern() != null;
            case DEFAULT -> false;
        };
    }

    private static boolean matches(ServerSettings.Name name, By kind, String host) {
        String text = name.text();
        return switch (kind) {
            case EXACT -> host.equals(text.startsWith(".") ? text.substring(1) : text);
            case LEADING_ASTERISK -> host.endsWith(text.substring(text.indexOf('.')));
            case TRAILING_ASTERISK -> host.startsWith(text.substring(0, text.length() - 1));
            case REGEX -> name.pattern().find(host);
            case DEFAULT -> false;
        };
    }

    /** Returns the server for a host name when there is no request yet to keep the captures of an expression. */
    public VirtualServer named(String host) {
        return find(host, null);
    }

    /**
     * Returns the server that has a host name; {@code null} if none has it, or there is only one server, which has no
     * need of names.
     */
    public VirtualServer foundByName(String host) {
        VirtualServer found = findPlain(host);
        for (int i = 0; found == null && i < named.size(); i++) {
            if (named.get(i).pattern.find(host)) {
                found = named.get(i).server;
            }
        }
        return listens.size() == 1 && named.isEmpty() ? null : found;
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
