package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** The doors that are open. */
public final class OpenDoors {

    private static final int MAX_DOORS = 4;

    private final List<Door> doors = new CopyOnWriteArrayList<>();

    /**
     * Makes sure that one more may be opened.
     *
     * @throws Refusal if there are too many
     */
    void checkRoom() throws Refusal {
        if (doors.size() >= MAX_DOORS) {
            throw new Refusal(409, MAX_DOORS + " doors are open; close one first");
        }
    }

    void add(Door door) {
        doors.add(door);
    }

    /** Takes one out; false if it was not there any more. */
    boolean remove(Door door) {
        return doors.remove(door);
    }

    /** By its id or, where only one has it, by its port. */
    Door find(String name) throws Refusal {
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

    /** What the kernel shows of all doors. */
    SocketsAtPorts now() throws Refusal {
        return SocketsAtPorts.of(
                doors.stream().map(Door::port).filter(port -> port != 0).collect(Collectors.toSet()));
    }

    /** The backlog of the door that is this socket; {@code null} if none is. */
    Integer backlog(long inode) {
        return doors.stream()
                .filter(d -> d.inode() == inode)
                .map(Door::backlog)
                .findFirst()
                .orElse(null);
    }

    /** All of them, as the kernel shows them at a moment. */
    ObjectNode json(SocketsAtPorts now) {
        ObjectNode out = Json.object();
        out.put("minutes", Door.OPEN_MINUTES).put("firstUnprivilegedPort", NetworkSettings.firstUnprivilegedPort());
        out.put("mayBindPrivileged", PortPrivilege.isHeld());
        out.set("doors", Json.array(doors, door -> door.json(now)));
        return out;
    }
}
