package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.SystemErrors;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The system calls that are made for a door. Each answer has the kernel's word for it, and its view before and after.
 * What the kernel refuses is an answer, too.
 */
final class DoorCalls {

    private final OpenDoors doors;

    /** A system call. */
    private interface SystemCall {
        /** Makes it, and says in words what is so now. */
        String make() throws IOException, Refusal;
    }

    /** Says what may be behind an error of the kernel's, as far as that can be seen; else nothing. */
    private interface Reason {
        String of(IOException e) throws Refusal;
    }

    DoorCalls(OpenDoors doors) {
        this.doors = doors;
    }

    /** What socket() has made. */
    ObjectNode made(Door door) throws Refusal {
        String said = "socket() made file descriptor " + door.number() + ": a house's door that has no number yet";
        return answer(door, "socket", "", said, null, null);
    }

    ObjectNode bind(Door door, InetSocketAddress address) throws Refusal {
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
                            + ", but nobody listens there yet: who connects now is refused"
                            + PortPrivilege.of(door.port());
                },
                e -> unbound(e, address));
    }

    private static String unbound(IOException e, InetSocketAddress address) throws Refusal {
        int limit = NetworkSettings.firstUnprivilegedPort();
        return switch (KernelError.of(e).name()) {
            case "EACCES" ->
                address.getPort() < limit && !PortPrivilege.isHeld()
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
        SocketsAtPorts now = SocketsAtPorts.of(Set.of(port));
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

    ObjectNode listen(Door door, int backlog) throws Refusal {
        return step(
                door,
                "listen",
                Integer.toString(backlog),
                () -> {
                    boolean named = door.port() != 0;
                    door.listen(backlog);
                    int capacity = NetworkSettings.capacity(backlog);
                    return "listen(" + backlog + ") done: the socket is in state LISTEN at " + door.address()
                            + (named ? "" : ", a port that the kernel chose, since there was no bind()")
                            + "; " + (capacity == 1 ? "one connection" : capacity + " connections")
                            + " may wait for accept(): the backlog and one more";
                },
                e -> "");
    }

    ObjectNode connect(Door door, InetAddress to) throws Refusal {
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

    ObjectNode accept(Door door) throws Refusal {
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

    /** Closes one, and shows what is left of it. */
    ObjectNode close(Door door, boolean clientsFirst) throws Refusal {
        ObjectNode before = door.view(doors.now());
        int port = door.port();
        doors.remove(door);
        shut(door, clientsFirst);
        ArrayNode left = port == 0
                ? Json.array()
                : Json.array(SocketRows.of(Set.of(port)), e -> SocketRows.connection(e, Map.of()));
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

    /** Closes all that is open of a door. */
    static void shut(Door door, boolean clientsFirst) throws Refusal {
        try {
            door.close(clientsFirst);
        } catch (IOException e) {
            throw new Refusal(500, "close() failed (" + SystemErrors.text(e) + ")");
        }
    }

    /** Makes a call, and looks at the kernel before and after. What the kernel refuses is an answer, too. */
    private ObjectNode step(Door door, String name, String arguments, SystemCall call, Reason reason) throws Refusal {
        ObjectNode before = door.view(doors.now());
        String said;
        KernelError error = null;
        try {
            said = call.make();
        } catch (IOException e) {
            String why = reason.of(e);
            said = name + "()" + (name.equals("bind") ? " to " + arguments : "") + " failed (" + SystemErrors.text(e)
                    + ")" + (why.isEmpty() ? "" : ": " + why);
            error = KernelError.of(e);
        }
        return answer(door, name, arguments, said, error, before);
    }

    private ObjectNode answer(
            Door door, String name, String arguments, String said, KernelError error, ObjectNode before)
            throws Refusal {
        SocketsAtPorts now = doors.now();
        ObjectNode out = doors.json(now);
        out.put("said", said).put("door", door.id());
        ObjectNode call = out.putObject("call");
        call.put("name", name).put("text", name + "(" + arguments + ")").put("ok", error == null);
        if (error != null) {
            error.addTo(call);
        }
        out.set("before", before);
        out.set("after", door.view(now));
        return out;
    }

    private static String text(InetSocketAddress address) {
        String host = KernelSockets.host(address.getAddress());
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
