package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.Paths;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.sockets.Passthrough.Passed;
import hopyard.proxy.console.sockets.Passthrough.SeenRecords;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * {@code passthrough}: small proxies that pass TLS through to a port of this one, and tell what they could see.
 * {@code POST passthrough} opens one at a port of its own, {@code GET passthrough/PORT} says what has passed, and
 * whether a {@code text} could be read in it, {@code DELETE passthrough/PORT} closes it. Few at a time, and closed
 * after a while.
 */
public final class Passthroughs {

    private static final int MAX_OPEN = 2;
    private static final int MAX_SECONDS = 300;

    private final ConsoleContext context;
    private final List<Passthrough> open = new CopyOnWriteArrayList<>();

    public Passthroughs(ConsoleContext context) {
        this.context = context;
    }

    /** Whether one listens at a port of the loopback. */
    public boolean isOpen(int port) {
        return open.stream().anyMatch(each -> each.port() == port);
    }

    public synchronized Answer answer(ConsoleRequest request) throws Refusal {
        String port = request.rest();
        switch (request.method() + (port.isEmpty() ? "" : " PORT")) {
            case "GET", "HEAD":
                return Answer.json(200, Json.object().set("open", Json.array(open, each -> json(each, ""))));
            case "GET PORT", "HEAD PORT":
                return Answer.json(200, json(find(port), request.query().getOrDefault("text", "")));
            case "POST":
                return Answer.json(201, json(open(request, request.json()), ""));
            case "DELETE PORT":
                Passthrough closed = find(port);
                close(closed);
                return Answer.json(200, json(closed, ""));
            default:
                throw new Refusal(
                        405,
                        "GET passthrough, POST passthrough with {\"to\": PORT, \"seconds\": …}, GET passthrough/PORT, or"
                                + " DELETE passthrough/PORT");
        }
    }

    private Passthrough open(ConsoleRequest request, ObjectNode body) throws Refusal {
        if (!request.mayEdit()) {
            throw new Refusal(403, "a port of its own takes \"hop_console edit;\"");
        }
        int to = request.integer(body, "to", 0, 1, 65535);
        int seconds = request.integer(body, "seconds", 60, 1, MAX_SECONDS);
        InetSocketAddress at = context.configuration().endpoints().stream()
                .filter(each -> each.tls() != null)
                .map(each -> each.address())
                .filter(each -> each instanceof InetSocketAddress inet && inet.getPort() == to)
                .map(InetSocketAddress.class::cast)
                .findFirst()
                .orElseThrow(() -> new Refusal(422, "this proxy speaks no TLS at port " + to));
        if (open.size() >= MAX_OPEN) {
            throw new Refusal(409, MAX_OPEN + " of them are open; close one first");
        }
        try {
            InetAddress host = at.getAddress().isAnyLocalAddress()
                    ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
                    : at.getAddress();
            Passthrough made = new Passthrough(new InetSocketAddress(host, to), seconds);
            open.add(made);
            context.ticker().schedule(() -> close(made), seconds, TimeUnit.SECONDS);
            return made;
        } catch (IOException e) {
            throw new Refusal(409, "no port is to be had: " + e.getMessage());
        }
    }

    private Passthrough find(String port) throws Refusal {
        return open.stream()
                .filter(each -> Integer.toString(each.port()).equals(port))
                .findFirst()
                .orElseThrow(() -> new Refusal(404, "none is open at \"" + port + "\": POST passthrough opens one"));
    }

    private void close(Passthrough one) {
        open.remove(one);
        one.close();
    }

    private static ObjectNode json(Passthrough one, String text) {
        ObjectNode out = Json.object().put("port", one.port()).put("to", Addresses.text(one.to()));
        out.set("connections", Json.array(one.passed(), each -> json(each, text)));
        return out.put("closesInMs", one.closesInMillis());
    }

    private static ObjectNode json(Passed passed, String text) {
        ObjectNode out = Json.object().put("from", passed.from()).put("via", passed.via());
        String name = passed.up().serverName();
        out.put("serverName", name == null ? null : Paths.fromBytes(name));
        out.set("up", json(passed.up()));
        out.set("down", json(passed.down()));
        if (!text.isEmpty()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.put("hasText", passed.up().has(bytes) || passed.down().has(bytes));
        }
        return out;
    }

    private static ObjectNode json(SeenRecords seen) {
        ObjectNode out = Json.object().put("bytes", seen.bytes());
        return out.set(
                "records",
                Json.array(
                        seen.records(),
                        each -> Json.object().put("type", type(each.type())).put("length", each.length())));
    }

    /** What a record's header says that it is (RFC 8446 §5.1). */
    private static String type(int number) {
        return switch (number) {
            case 20 -> "change_cipher_spec";
            case 21 -> "alert";
            case 22 -> "handshake";
            case 23 -> "application_data";
            default -> Integer.toString(number);
        };
    }
}
