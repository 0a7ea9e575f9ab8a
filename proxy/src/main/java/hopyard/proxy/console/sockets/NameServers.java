package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * {@code names}: name servers to play with, each for one name whose addresses can be changed while a {@code resolver}
 * asks it. {@code POST names} opens one on a port of its own, {@code POST names/PORT} gives the name other addresses,
 * {@code DELETE names/PORT} closes it. Few at a time, and closed after a while.
 */
public final class NameServers {

    private static final int MAX_SERVERS = 4;
    private static final int MAX_ADDRESSES = 8;
    private static final int MAX_SECONDS = 300;
    private static final String NAME = "(?=.{1,200}$)[a-zA-Z0-9_-]{1,63}(\\.[a-zA-Z0-9_-]{1,63})*";

    private final Ticker ticker;
    private final List<NameServer> servers = new CopyOnWriteArrayList<>();

    public NameServers(Ticker ticker) {
        this.ticker = ticker;
    }

    public synchronized Answer answer(ConsoleRequest request) throws Refusal {
        String port = request.rest();
        ObjectNode body = request.json();
        switch (request.method() + (port.isEmpty() ? "" : " PORT")) {
            case "GET", "HEAD":
                return Answer.json(200, Json.object().set("servers", Json.array(servers, NameServers::json)));
            case "POST":
                return Answer.json(201, json(open(request, body)));
            case "POST PORT":
                NameServer changed = find(port);
                changed.setAddresses(addresses(body));
                return Answer.json(200, json(changed));
            case "DELETE PORT":
                NameServer closed = find(port);
                close(closed);
                return Answer.json(200, json(closed));
            default:
                throw new Refusal(
                        405,
                        "GET names, POST names with {\"name\": …, \"addresses\": […], \"seconds\": …}, POST names/PORT"
                                + " with {\"addresses\": […]}, or DELETE names/PORT");
        }
    }

    private NameServer open(ConsoleRequest request, ObjectNode body) throws Refusal {
        String name = request.parameter(body, "name", "");
        if (!name.matches(NAME)) {
            throw new Refusal(400, "name must be a host name such as shop.internal, not \"" + name + "\"");
        }
        List<InetAddress> addresses = addresses(body);
        int seconds = request.integer(body, "seconds", 60, 1, MAX_SECONDS);
        if (servers.size() >= MAX_SERVERS) {
            throw new Refusal(409, MAX_SERVERS + " name servers are open; close one first");
        }
        try {
            NameServer server = new NameServer(name, addresses, seconds);
            servers.add(server);
            ticker.schedule(() -> close(server), seconds, TimeUnit.SECONDS);
            return server;
        } catch (IOException e) {
            throw new Refusal(409, "no port is to be had for a name server: " + e.getMessage());
        }
    }

    /** IPv4 alone; none at all is an answer, too. */
    private static List<InetAddress> addresses(ObjectNode body) throws Refusal {
        JsonNode list = body.path("addresses");
        if (!list.isArray() || list.size() > MAX_ADDRESSES) {
            throw new Refusal(400, "addresses must be a list of up to " + MAX_ADDRESSES + " IPv4 addresses");
        }
        List<InetAddress> out = new ArrayList<>();
        for (JsonNode each : list) {
            InetAddress address = Addresses.literal(each.asText());
            if (!(address instanceof Inet4Address)) {
                throw new Refusal(400, "addresses must be IPv4 addresses such as 127.0.0.2, not " + each);
            }
            out.add(address);
        }
        return out;
    }

    private NameServer find(String port) throws Refusal {
        return servers.stream()
                .filter(server -> Integer.toString(server.port()).equals(port))
                .findFirst()
                .orElseThrow(
                        () -> new Refusal(404, "no name server is open at \"" + port + "\": POST names opens one"));
    }

    private void close(NameServer server) {
        servers.remove(server);
        server.close();
    }

    private static ObjectNode json(NameServer server) {
        ObjectNode out = Json.object().put("port", server.port()).put("name", server.name());
        out.set(
                "addresses",
                Json.array(
                        server.addresses(), each -> Json.MAPPER.getNodeFactory().textNode(each.getHostAddress())));
        return out.put("questions", server.questions()).put("closesInMs", server.closesInMillis());
    }
}
