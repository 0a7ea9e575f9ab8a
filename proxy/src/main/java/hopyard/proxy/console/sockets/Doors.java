package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.console.endpoint.Ticker;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.concurrent.TimeUnit;

/**
 * {@code doors}: sockets to play with, one system call at a time. {@code POST doors/socket} makes one,
 * {@code POST doors/ID/bind}, {@code listen}, {@code connect}, {@code accept} and {@code close} do what they say; each
 * answer has the kernel's word for it, and its view before and after. {@code POST doors} makes socket, bind and listen
 * in one. Few at a time, and closed after a while.
 */
public final class Doors {

    private static final int MAX_BACKLOG = 16;

    private final Ticker ticker;
    private final OpenDoors doors;
    private final DoorCalls calls;
    private int made;

    public Doors(Ticker ticker, OpenDoors doors) {
        this.ticker = ticker;
        this.doors = doors;
        calls = new DoorCalls(doors);
    }

    public synchronized Answer answer(ConsoleRequest request) throws Refusal {
        String[] path = request.rest().split("/", -1);
        if (path[0].isEmpty() || path[0].equals("socket")) {
            return switch (request.method() + " " + path[0]) {
                case "GET ", "HEAD " -> Answer.json(200, doors.json(doors.now()));
                case "POST " -> open(request);
                case "POST socket" -> Answer.json(201, socket(request));
                default -> throw new Refusal(405, "GET doors, POST doors/socket, or POST doors with {\"port\": …}");
            };
        }
        Door door = doors.find(path[0]);
        String step = request.method().equals("DELETE") && path.length == 1
                ? "close"
                : request.method().equals("POST") && path.length == 2 ? path[1] : "";
        ObjectNode body = request.json();
        return Answer.json(
                200,
                switch (step) {
                    case "bind" -> calls.bind(door, address(request, body));
                    case "listen" -> calls.listen(door, backlog(request, body));
                    case "connect" -> calls.connect(door, target(door, request, body));
                    case "accept" -> calls.accept(door);
                    case "close" -> calls.close(door, isClientFirst(request, body));
                    default ->
                        throw new Refusal(
                                405,
                                "POST doors/ID/bind, listen, connect, accept or close; DELETE doors/ID closes, too");
                });
    }

    private ObjectNode socket(ConsoleRequest request) throws Refusal {
        ObjectNode body = request.json();
        String family = request.parameter(body, "family", "ipv4");
        if (!family.equals("ipv4") && !family.equals("ipv6")) {
            throw new Refusal(400, "family must be ipv4 or ipv6");
        }
        Door door = make(request, body, family.equals("ipv6"));
        return calls.made(door);
    }

    private Door make(ConsoleRequest request, ObjectNode body, boolean v6) throws Refusal {
        doors.checkRoom();
        try {
            // without SO_REUSEADDR a port in TIME_WAIT is in use, too: that is what servers set it for
            Door door = new Door(
                    "d" + (made + 1),
                    v6,
                    flag(request, body, "reuseAddress", true),
                    flag(request, body, "reusePort", false),
                    d -> ticker.schedule(() -> expire(d), Door.OPEN_MINUTES, TimeUnit.MINUTES));
            made++;
            doors.add(door);
            return door;
        } catch (IOException e) {
            throw new Refusal(409, "socket() failed (" + SystemErrors.text(e) + ")");
        }
    }

    private static boolean flag(ConsoleRequest request, ObjectNode body, String name, boolean byDefault)
            throws Refusal {
        String value = request.parameter(body, name, Boolean.toString(byDefault));
        if (!value.equals("true") && !value.equals("false")) {
            throw new Refusal(400, name + " must be true or false");
        }
        return value.equals("true");
    }

    private static int backlog(ConsoleRequest request, ObjectNode body) throws Refusal {
        return request.integer(body, "backlog", 2, 0, MAX_BACKLOG);
    }

    /** Only addresses, so that nothing is looked up; whether this machine has them, the kernel says. */
    private static InetSocketAddress address(ConsoleRequest request, ObjectNode body) throws Refusal {
        String text = request.parameter(body, "address", "127.0.0.1");
        InetAddress address = Addresses.literal(text);
        if (address == null) {
            throw new Refusal(
                    400,
                    "address must be an IP address such as 127.0.0.1 (this machine only) or 0.0.0.0 (every address of"
                            + " it), not \"" + text + "\"");
        }
        return new InetSocketAddress(address, request.integer(body, "port", 9000, 0, 65535));
    }

    /** All three steps at once; what cannot be done leaves nothing behind. */
    private Answer open(ConsoleRequest request) throws Refusal {
        ObjectNode body = request.json();
        InetSocketAddress address = address(request, body);
        int backlog = backlog(request, body);
        Door door = make(request, body, address.getAddress() instanceof Inet6Address);
        ObjectNode bound = calls.bind(door, address);
        ObjectNode answer = bound.at("/call/ok").asBoolean() ? calls.listen(door, backlog) : bound;
        if (answer.at("/call/ok").asBoolean()) {
            String said =
                    "bind() to " + door.address() + " and listen(" + backlog + ") done: the socket is in state LISTEN";
            return Answer.json(201, answer.put("said", said));
        }
        doors.remove(door);
        DoorCalls.shut(door, false);
        ObjectNode details = Json.object().put("errno", answer.at("/call/errno").asText());
        details.set("call", answer.get("call"));
        throw new Refusal(409, answer.get("said").asText(), details);
    }

    private static boolean isClientFirst(ConsoleRequest request, ObjectNode body) throws Refusal {
        String first = request.parameter(body, "first", "server");
        if (!first.equals("server") && !first.equals("client")) {
            throw new Refusal(400, "first must be server or client: whose end of the connections is closed first");
        }
        return first.equals("client");
    }

    /** Where a client of ours may connect to: this machine. */
    private static InetAddress target(Door door, ConsoleRequest request, ObjectNode body) throws Refusal {
        if (door.port() == 0) {
            throw new Refusal(409, "there is nothing to connect to yet: bind() gives the socket an address");
        }
        String text = request.parameter(body, "to", door.isV6() ? "::1" : "127.0.0.1");
        InetAddress to = Addresses.literal(text);
        try {
            if (to != null
                    && to instanceof Inet6Address == door.isV6()
                    && (to.isLoopbackAddress() || NetworkInterface.getByInetAddress(to) != null)) {
                return to;
            }
        } catch (IOException e) {
            throw new Refusal(500, "the interfaces cannot be listed: " + SystemErrors.text(e));
        }
        throw new Refusal(
                400,
                "to must be an address of this machine such as " + (door.isV6() ? "::1" : "127.0.0.2") + ", not \""
                        + text + "\"");
    }

    private synchronized void expire(Door door) {
        if (doors.remove(door)) {
            try {
                door.close(false);
            } catch (IOException e) {
                throw new IllegalStateException("the door " + door.id() + " does not close", e);
            }
        }
    }
}
