package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.SystemErrors;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * {@code doors}: sockets to play with, one system call at a time. {@code POST doors/socket} makes one, {@code POST
 * doors/ID/bind}, {@code listen}, {@code connect}, {@code accept} and {@code close} do what they say; each answer has the
 * kernel's word for it, and its view before and after. {@code POST doors} makes socket, bind and listen in one. Few at a
 * time, and closed after a while.
 */
final class Doors {

    private static final int MAX_DOORS = 4;
    private static final int MAX_BACKLOG = 16;
    private static final int OPEN_MINUTES = 5;

    /** The bit of CAP_NET_BIND_SERVICE in a process's set of capabilities (capabilities(7)). */
    private static final int CAP_NET_BIND_SERVICE = 10;

    /** The errors that these system calls meet, by the names that their manuals give them. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("1", "EPERM"),
            Map.entry("13", "EACCES"),
            Map.entry("22", "EINVAL"),
            Map.entry("24", "EMFILE"),
            Map.entry("97", "EAFNOSUPPORT"),
            Map.entry("98", "EADDRINUSE"),
            Map.entry("99", "EADDRNOTAVAIL"),
            Map.entry("101", "ENETUNREACH"),
            Map.entry("104", "ECONNRESET"),
            Map.entry("110", "ETIMEDOUT"),
            Map.entry("111", "ECONNREFUSED"),
            Map.entry("113", "EHOSTUNREACH"));

    private final Console console;
    private final List<Door> doors = new CopyOnWriteArrayList<>();
    private int made;

    /** A system call. */
    private interface SystemCall {
        /** Makes it, and says in words what is so now. */
        String make() throws IOException, Refusal;
    }

    /** Says what may be behind an error of the kernel's, as far as that can be seen; else nothing. */
    private interface Reason {
        String of(IOException e) throws Refusal;
    }

    Doors(Console console) {
        this.console = console;
    }

    synchronized Answer answer(Request request) throws Refusal {
        String[] path = request.rest().split("/", -1);
        if (path[0].isEmpty() || path[0].equals("socket")) {
            return switch (request.method() + " " + path[0]) {
                case "GET ", "HEAD " -> Answer.json(200, json(now()));
                case "POST " -> open(request);
                case "POST socket" -> Answer.json(201, socket(request));
                default -> throw new Refusal(405, "GET doors, POST doors/socket, or POST doors with {\"port\": …}");
            };
        }
        Door door = find(path[0]);
        String step = request.method().equals("DELETE") && path.length == 1
                ? "close"
                : request.method().equals("POST") && path.length == 2 ? path[1] : "";
        ObjectNode body = request.json();
        return Answer.json(
                200,
                switch (step) {
                    case "bind" -> bind(door, request, body);
                    case "listen" -> listen(door, backlog(request, body));
                    case "connect" -> connect(door, request, body);
                    case "accept" -> accept(door);
                    case "close" -> close(door, request.parameter(body, "first", "server"));
                    default ->
                        throw new Refusal(
                                405,
                                "POST doors/ID/bind, listen, connect, accept or close; DELETE doors/ID closes, too");
                });
    }

    /** By its id or, where only one has it, by its port. */
    private Door find(String name) throws Refusal {
        List<Door> found = doors.stream()
                .filter(d -> d.id().equals(name)
                        || d.port() != 0 && Integer.toString(d.port()).equals(name))
                .toList();
        if (found.size() == 1) {
            return found.get(0);
        }
        throw found.isEmpty()
                ? new Refusal(404, "no door is open at \"" + name + "\": POST doors/socket makes one")
                : new Refusal(
                        409,
                        "several doors share port " + name + "; say which: "
                                + found.stream().map(Door::id).collect(Collectors.joining(", ")));
    }

    private ObjectNode socket(Request request) throws Refusal {
        ObjectNode body = request.json();
        String family = request.parameter(body, "family", "ipv4");
        if (!family.equals("ipv4") && !family.equals("ipv6")) {
            throw new Refusal(400, "family must be ipv4 or ipv6");
        }
        Door door = make(request, body, family.equals("ipv6"));
        String said = "socket() made file descriptor " + door.number() + ": a house's door that has no number yet";
        return answer(door, "socket", "", said, null, null);
    }

    private Door make(Request request, ObjectNode body, boolean v6) throws Refusal {
        if (doors.size() >= MAX_DOORS) {
            throw new Refusal(409, MAX_DOORS + " doors are open; close one first");
        }
        try {
            // without SO_REUSEADDR a port in TIME_WAIT is in use, too: that is what servers set it for
            Door door = new Door(
                    "d" + (made + 1),
                    v6,
                    flag(request, body, "reuseAddress", true),
                    flag(request, body, "reusePort", false),
                    d -> console.ticker().schedule(() -> expire(d), OPEN_MINUTES, TimeUnit.MINUTES));
            made++;
            doors.add(door);
            return door;
        } catch (IOException e) {
            throw new Refusal(409, "socket() failed (" + SystemErrors.text(e) + ")");
        }
    }

    private static boolean flag(Request request, ObjectNode body, String name, boolean byDefault) throws Refusal {
        String value = request.parameter(body, name, Boolean.toString(byDefault));
        if (!value.equals("true") && !value.equals("false")) {
            throw new Refusal(400, name + " must be true or false");
        }
        return value.equals("true");
    }

    private static int backlog(Request request, ObjectNode body) throws Refusal {
        return request.integer(body, "backlog", 2, 0, MAX_BACKLOG);
    }

    /** Only addresses, so that nothing is looked up; whether this machine has them, the kernel says. */
    private static InetSocketAddress address(Request request, ObjectNode body) throws Refusal {
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
    private Answer open(Request request) throws Refusal {
        ObjectNode body = request.json();
        InetSocketAddress address = address(request, body);
        int backlog = backlog(request, body);
        Door door = make(request, body, address.getAddress() instanceof Inet6Address);
        ObjectNode bound = bind(door, address);
        ObjectNode answer = bound.at("/call/ok").asBoolean() ? listen(door, backlog) : bound;
        if (answer.at("/call/ok").asBoolean()) {
            String said =
                    "bind() to " + door.address() + " and listen(" + backlog + ") done: the socket is in state LISTEN";
            return Answer.json(201, answer.put("said", said));
        }
        doors.remove(door);
        closeAll(door, false);
        ObjectNode details = Json.object().put("errno", answer.at("/call/errno").asText());
        details.set("call", answer.get("call"));
        throw new Refusal(409, answer.get("said").asText(), details);
    }

    private ObjectNode bind(Door door, Request request, ObjectNode body) throws Refusal {
        return bind(door, address(request, body));
    }

    private ObjectNode bind(Door door, InetSocketAddress address) throws Refusal {
        if (address.getAddress() instanceof Inet6Address && !door.isV6()) {
            throw new Refusal(
                    400, "this socket is one for IPv4: POST doors/socket with {\"family\": \"ipv6\"} makes the other");
        }
        return step(
                door,
                "bind",
                text(address),
                () -> {
                    door.bind(address);
                    return "bind() gave it the name " + door.address()
                            + ", but nobody listens there yet: who connects now is refused" + privilege(door.port());
                },
                e -> unbound(e, address));
    }

    /** What one has to know about a port below 1024 that could be bound. */
    private static String privilege(int port) {
        if (port >= 1024) {
            return "";
        }
        return port >= Sockets.firstUnprivilegedPort()
                ? ". Port " + port + " is below 1024, but on this machine everybody may bind from port "
                        + Sockets.firstUnprivilegedPort() + " on (net.ipv4.ip_unprivileged_port_start)"
                : ". Port " + port + " is one for the privileged; this process has CAP_NET_BIND_SERVICE" + user();
    }

    private static String user() {
        return status("Uid:").startsWith("0") ? ", as root has" : "";
    }

    private static boolean mayBindAll() {
        return (Long.parseUnsignedLong(status("CapEff:"), 16) >> CAP_NET_BIND_SERVICE & 1) == 1;
    }

    /** A line of what the kernel says about this process. */
    private static String status(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(name.length()).strip())
                    .findFirst()
                    .orElse("0");
        } catch (IOException e) {
            throw new IllegalStateException("/proc/self/status cannot be read", e);
        }
    }

    private static String unbound(IOException e, InetSocketAddress address) throws Refusal {
        int limit = Sockets.firstUnprivilegedPort();
        return switch (error(e).path("errno").asText()) {
            case "EACCES" ->
                address.getPort() < limit && !mayBindAll()
                        ? "ports below " + limit
                                + " are for processes with CAP_NET_BIND_SERVICE, as root's, and this one has it not"
                        : "";
            case "EADDRINUSE" -> holder(address.getPort());
            case "EADDRNOTAVAIL" ->
                "no interface of this machine has the address " + KernelSockets.host(address.getAddress());
            case "EINVAL" -> "a socket gets its name once";
            default -> "";
        };
    }

    private static String holder(int port) throws Refusal {
        DoorSockets now = DoorSockets.of(Set.of(port));
        List<KernelSockets.Entry> here =
                now.entries().stream().filter(e -> e.local().getPort() == port).toList();
        if (here.isEmpty()) {
            return "another socket is bound to it, but does not listen, so that it is in no table";
        }
        // who listens comes first
        KernelSockets.Entry first = here.get(0);
        if (!first.listens()) {
            return "there are still connections of it, " + first.state()
                    + " (SO_REUSEADDR lets a server bind again where they are in TIME_WAIT)";
        }
        KernelSockets.Program program = now.owners().get(first.inode());
        return (program == null ? "another user's program" : program.toString()) + " listens at " + first.localText()
                + "; two sockets may share a port only if both have set SO_REUSEPORT and belong to the same user";
    }

    private ObjectNode listen(Door door, int backlog) throws Refusal {
        return step(
                door,
                "listen",
                Integer.toString(backlog),
                () -> {
                    boolean named = door.port() != 0;
                    door.listen(backlog);
                    int capacity = Sockets.capacity(backlog);
                    return "listen(" + backlog + ") done: the socket is in state LISTEN at " + door.address()
                            + (named ? "" : ", a port that the kernel chose, since there was no bind()")
                            + "; " + (capacity == 1 ? "one connection" : capacity + " connections")
                            + " may wait for accept(): the backlog and one more";
                },
                e -> "");
    }

    private ObjectNode connect(Door door, Request request, ObjectNode body) throws Refusal {
        if (door.port() == 0) {
            throw new Refusal(409, "there is nothing to connect to yet: bind() gives the socket an address");
        }
        InetAddress to = target(door, request.parameter(body, "to", door.isV6() ? "::1" : "127.0.0.1"));
        return step(
                door,
                "connect",
                text(new InetSocketAddress(to, door.port())),
                () -> {
                    InetSocketAddress client = door.connect(to);
                    return client == null
                            ? "no answer to our SYN yet (SYN_SENT): the queue is full, so the kernel lets it drop, and the client's"
                                    + " kernel tries again after 1 s, 3 s, 7 s …; accept() makes room"
                            : "connected from " + text(client)
                                    + ", an ephemeral port: ESTABLISHED, though nobody has called accept()"
                                    + " yet; the kernel keeps it in the queue";
                },
                e -> door.backlog() == null ? "the socket has a name, but does not listen" : "");
    }

    /** Where a client of ours may connect to: this machine. */
    private static InetAddress target(Door door, String text) throws Refusal {
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

    private ObjectNode accept(Door door) throws Refusal {
        return step(
                door,
                "accept",
                "",
                () -> {
                    InetSocketAddress from = door.accept();
                    return from == null
                            ? "accept() would wait: no connection is in the queue"
                            : "accept() took the connection from port " + from.getPort() + " out of the queue";
                },
                e -> door.backlog() == null ? "only a socket that listens has a queue" : "");
    }

    private ObjectNode close(Door door, String first) throws Refusal {
        if (!first.equals("server") && !first.equals("client")) {
            throw new Refusal(400, "first must be server or client: whose end of the connections is closed first");
        }
        ObjectNode before = door.view(now());
        int port = door.port();
        doors.remove(door);
        closeAll(door, first.equals("client"));
        ArrayNode left =
                port == 0 ? Json.array() : Json.array(Sockets.of(Set.of(port)), e -> Sockets.connection(e, Map.of()));
        Set<String> states = new TreeSet<>();
        left.forEach(row -> states.add(row.get("state").asText()));
        String said = "closed " + (port == 0 ? "the socket" : "port " + port) + "; "
                + (left.isEmpty()
                        ? "nothing is left of it"
                        : "what is left in the kernel's table: " + String.join(", ", states)
                                + " (TIME_WAIT stays for a minute at the end that closed first, to take in stray packets)");
        ObjectNode out = answer(door, "close", "", said, null, before);
        out.putObject("after").putNull("fd").putNull("inode").putNull("name").set("sockets", left);
        return out;
    }

    private static void closeAll(Door door, boolean clientsFirst) throws Refusal {
        try {
            door.close(clientsFirst);
        } catch (IOException e) {
            throw new Refusal(500, "close() failed (" + SystemErrors.text(e) + ")");
        }
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

    /** Makes a call, and looks at the kernel before and after. What the kernel refuses is an answer, too. */
    private ObjectNode step(Door door, String name, String arguments, SystemCall call, Reason reason) throws Refusal {
        ObjectNode before = door.view(now());
        String said;
        ObjectNode error = null;
        try {
            said = call.make();
        } catch (IOException e) {
            String why = reason.of(e);
            said = name + "()" + (name.equals("bind") ? " to " + arguments : "") + " failed (" + SystemErrors.text(e)
                    + ")" + (why.isEmpty() ? "" : ": " + why);
            error = error(e);
        }
        return answer(door, name, arguments, said, error, before);
    }

    private ObjectNode answer(
            Door door, String name, String arguments, String said, ObjectNode error, ObjectNode before) throws Refusal {
        DoorSockets now = now();
        ObjectNode out = json(now);
        out.put("said", said).put("door", door.id());
        ObjectNode call = out.putObject("call");
        call.put("name", name).put("text", name + "(" + arguments + ")").put("ok", error == null);
        if (error != null) {
            call.set("number", error.get("number"));
            call.set("errno", error.get("errno"));
            call.set("message", error.get("message"));
        }
        out.set("before", before);
        out.set("after", door.view(now));
        return out;
    }

    /** What the kernel shows of all doors. */
    private DoorSockets now() throws Refusal {
        return DoorSockets.of(
                doors.stream().map(Door::port).filter(port -> port != 0).collect(Collectors.toSet()));
    }

    /** The kernel's error by number, name and text; without a number where Java has said it in words of its own. */
    private static ObjectNode error(IOException e) {
        String text = SystemErrors.text(e);
        int colon = text.indexOf(": ");
        String number = colon < 0 ? "" : text.substring(0, colon);
        ObjectNode out = Json.object().put("errno", NAMES.getOrDefault(number, number));
        if (number.matches("[0-9]+")) {
            out.put("number", Integer.parseInt(number));
        }
        return out.put("message", colon < 0 ? text : text.substring(colon + 2));
    }

    private static String text(InetSocketAddress address) {
        String host = KernelSockets.host(address.getAddress());
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** The backlog of the door that is this socket; {@code null} if none is. */
    Integer backlog(long inode) {
        return doors.stream()
                .filter(d -> d.inode() == inode)
                .map(Door::backlog)
                .findFirst()
                .orElse(null);
    }

    private ObjectNode json(DoorSockets now) {
        ObjectNode out = Json.object();
        out.put("minutes", OPEN_MINUTES).put("firstUnprivilegedPort", Sockets.firstUnprivilegedPort());
        out.put("mayBindPrivileged", mayBindAll());
        out.set("doors", Json.array(doors, door -> door.json(now)));
        return out;
    }
}
