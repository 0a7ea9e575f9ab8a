package hopyard.proxy.console.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Directive;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.exchanges.HeaderChanges;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.exchange.RequestLine;
import hopyard.proxy.exchange.Trail;
import hopyard.proxy.exchange.Why;
import hopyard.proxy.record.redaction.Redaction;
import hopyard.proxy.server.Location;
import hopyard.proxy.server.LocationSearch;
import hopyard.proxy.server.VirtualServers;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.trace.Addresses;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** What a request that was only tried has gone through, as JSON; docs/console.md says what the fields mean. */
final class TrailView {

    /** So many locations of one search, and names of servers, are listed. */
    private static final int MAX_CANDIDATES = 300;

    /** What of a content that the proxy makes itself is shown, in bytes. */
    private static final int MAX_BODY = 4 << 10;

    private final InetSocketAddress local;
    private final boolean isRunning;
    private final Trail trail;
    private final Trail again;

    /**
     * @param isRunning whether it is the running configuration, whose names have been looked up
     * @param again of the same request once more: what differs there is different for each request
     */
    TrailView(InetSocketAddress local, boolean isRunning, Trail trail, Trail again) {
        this.local = local;
        this.isRunning = isRunning;
        this.trail = trail;
        this.again = again;
    }

    ObjectNode json() {
        ObjectNode out = Json.object();
        Exchange exchange = trail.exchange();
        ObjectNode request = out.putObject("request");
        request.put("line", Paths.fromBytes(RequestLine.of(exchange)));
        request.put("scheme", exchange.scheme());
        request.put("host", Paths.fromBytes(exchange.host()));
        request.put("client", exchange.client().from()).put("at", Addresses.text(local));
        out.set("server", server(trail.server()));
        whole(out, trail, again);
        return out;
    }

    private static ObjectNode server(VirtualServers.Choice choice) {
        if (choice == null) {
            return null;
        }
        ObjectNode out = place(choice.server().level().directive());
        out.put("name", Paths.fromBytes(choice.server().name()));
        out.put("by", choice.by().name().toLowerCase(Locale.ROOT));
        out.put("why", why(choice));
        if (choice.name() != null) {
            out.set(
                    "match",
                    place(choice.name().directive())
                            .put("name", Paths.fromBytes(choice.name().text())));
        }
        if (choice.listen() != null) {
            out.set(
                    "listen",
                    place(choice.listen().directive())
                            .put("default", choice.listen().isDefault()));
        }
        List<VirtualServers.Candidate> names = choice.candidates();
        out.set(
                "names",
                Json.array(
                        names.subList(0, Math.min(names.size(), MAX_CANDIDATES)),
                        each -> place(each.name().directive())
                                .put("name", Paths.fromBytes(each.name().text()))
                                .put("kind", each.kind().name().toLowerCase(Locale.ROOT))
                                .put("match", each.match().name().toLowerCase(Locale.ROOT))
                                .put("server", each.server().line())));
        out.put("more", Math.max(0, names.size() - MAX_CANDIDATES));
        return out;
    }

    private static String why(VirtualServers.Choice choice) {
        String host = "\"" + Paths.fromBytes(choice.host()) + "\"";
        String name = choice.name() == null
                ? ""
                : "\"" + Paths.fromBytes(choice.name().text()) + "\"";
        return switch (choice.by()) {
            case EXACT ->
                choice.host().isEmpty()
                        ? "the request names no host, and this server has no name either"
                        : host + " is a server_name, and an exact name comes first";
            case LEADING_ASTERISK ->
                host + " is no server_name by itself; of the names that begin with an asterisk, " + name
                        + " is the longest that matches";
            case TRAILING_ASTERISK ->
                host + " matches no name that begins with an asterisk; of those that end with one, " + name
                        + " is the longest that matches";
            case REGEX ->
                "no other name matches " + host + ", and " + name + " is the first regular expression that does";
            case DEFAULT ->
                "no server_name matches " + host + ", so the default server answers: "
                        + (choice.listen() != null && choice.listen().isDefault()
                                ? "its \"listen\" says default_server"
                                : "it is the first one at this address, and none says default_server");
        };
    }

    /** What a request and a subrequest have alike. */
    private void whole(ObjectNode out, Trail trail, Trail again) {
        Exchange exchange = trail.exchange();
        out.set("location", exchange.location() == null ? null : location(exchange.location()));
        out.put("uri", Paths.fromBytes(exchange.uri()));
        out.put("args", Paths.fromBytes(exchange.args()));
        out.set("steps", Json.array(trail.steps(), this::step));
        out.put("moreSteps", trail.omitted());
        out.set("answer", answer(trail.answer(), exchange.ending().why()));
        out.set("upstream", upstream(trail.upstream(), again == null ? null : again.upstream()));
        ArrayNode unknown = out.putArray("unknown");
        if (again != null && !ending(trail).equals(ending(again))) {
            unknown.add("chance decides, or what is of the connection: the same request once more ended with \""
                    + ending(again) + "\"");
        }
        trail.unknown().forEach(each -> unknown.add(Paths.fromBytes(each)));
        ArrayNode log = out.putArray("log");
        trail.log().forEach(each -> log.add(Paths.fromBytes(each)));
    }

    private static String ending(Trail trail) {
        Exchange exchange = trail.exchange();
        return exchange.location().directive().place() + ", "
                + (trail.answer() == null ? "nothing" : trail.answer().text());
    }

    private static ObjectNode location(Location location) {
        return place(location.directive())
                .put("name", Paths.fromBytes(location.name()))
                .put("kind", location.kind().name().toLowerCase(Locale.ROOT));
    }

    private ObjectNode step(Trail.Step step) {
        ObjectNode out = step.directive() == null ? Json.object() : place(step.directive());
        out.put("kind", step.kind().name().toLowerCase(Locale.ROOT));
        out.put("what", Paths.fromBytes(step.text()));
        out.put("holds", step.holds());
        if (step.search() != null) {
            out.set("search", search(step.search()));
        }
        if (step.asked() != null) {
            ObjectNode asked = out.putObject("asked");
            whole(asked, step.asked(), null);
        }
        return out;
    }

    private static ObjectNode search(LocationSearch.Result search) {
        ObjectNode out = Json.object().put("uri", Paths.fromBytes(search.uri())).put("why", search.why());
        List<LocationSearch.Candidate> all = search.candidates();
        out.set(
                "candidates",
                Json.array(
                        all.subList(0, Math.min(all.size(), MAX_CANDIDATES)),
                        each -> location(each.location())
                                .put("match", each.match().name().toLowerCase(Locale.ROOT))
                                .put("depth", each.depth())
                                .put("chosen", each.location() == search.found())));
        return out.put("more", Math.max(0, all.size() - MAX_CANDIDATES));
    }

    private static ObjectNode answer(Trail.Answer answer, Why why) {
        if (answer == null) {
            return Json.object()
                    .put("who", "unknown")
                    .put("text", "what becomes of the request shows only when it is sent");
        }
        ObjectNode out = Json.object().put("who", answer.who().name().toLowerCase(Locale.ROOT));
        if (answer.status() > 0) {
            out.put("status", answer.status());
        }
        if (why != null && (answer.who() == Trail.Who.PROXY || answer.who() == Trail.Who.FILE)) {
            out.put("why", why.toString());
        }
        out.put("text", Paths.fromBytes(answer.text()));
        if (answer.file() != null) {
            out.put("file", Paths.fromBytes(answer.file()));
        }
        if (answer.location() != null) {
            out.put("location", Paths.fromBytes(answer.location()));
        }
        if (answer.body() != null) {
            int shown = Math.min(answer.body().length, MAX_BODY);
            out.put("body", new String(answer.body(), 0, shown, StandardCharsets.UTF_8));
            out.put("bodyLength", answer.body().length);
        }
        return out;
    }

    private ObjectNode upstream(Trail.Upstream upstream, Trail.Upstream again) {
        if (upstream == null) {
            return null;
        }
        ObjectNode out = place(upstream.pass());
        out.put("scheme", upstream.scheme()).put("name", Paths.fromBytes(upstream.name()));
        if (upstream.tlsName() != null) {
            out.put("tlsName", Paths.fromBytes(upstream.tlsName()));
        }
        out.put("balancing", upstream.group().balancing().name().toLowerCase(Locale.ROOT));
        out.set("peers", Json.array(upstream.group().settings(), this::peer));
        ArrayNode head = out.putArray("head");
        for (int i = 0; i < upstream.lines().size(); i++) {
            Trail.Line line = upstream.lines().get(i);
            boolean varies = again != null
                    && (i >= again.lines().size()
                            || !again.lines().get(i).text().equals(line.text()));
            head.add(line(line, i == 0, varies));
        }
        return out.put("body", upstream.body());
    }

    private static ObjectNode line(Trail.Line line, boolean isFirst, boolean varies) {
        ObjectNode out = line.directive() == null ? Json.object() : place(line.directive());
        int colon = isFirst ? -1 : line.text().indexOf(": ");
        if (colon < 0) {
            out.put("header", Paths.fromBytes(line.text()));
        } else {
            String name = line.text().substring(0, colon);
            String value = line.text().substring(colon + 2);
            // a secret of nginx.conf's own is shown nowhere else, either
            String shown = line.directive() == null ? value : Redaction.field(name, value);
            out.put("header", Paths.fromBytes(name + ": " + shown));
        }
        if (line.why() != null) {
            out.put("why", line.why());
        }
        return out.put("varies", varies).put("known", line.isKnown());
    }

    private ObjectNode peer(PeerSettings peer) {
        return place(peer.directive())
                .put("server", Paths.fromBytes(peer.server()))
                .put("address", isRunning || isLiteral(peer) ? peer.name() : Paths.fromBytes(peer.server()))
                .put("weight", peer.options().weight())
                .put("backup", peer.backup())
                .put("down", peer.down());
    }

    /** Whether the line names an address; a name has none in a configuration that is only tried. */
    private static boolean isLiteral(PeerSettings peer) {
        return peer.server().startsWith("unix:")
                || Addresses.literal(peer.server().replaceFirst(":[0-9]*$", "").replaceAll("[\\[\\]]", "")) != null;
    }

    /** A line of nginx.conf: its text, file and line. */
    private static ObjectNode place(Directive directive) {
        return Json.object()
                .put("text", HeaderChanges.text(directive))
                .put("file", Paths.fromBytes(directive.file()))
                .put("line", directive.line());
    }
}
