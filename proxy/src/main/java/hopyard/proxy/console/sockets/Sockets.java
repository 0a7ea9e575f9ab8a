package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Answer;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.ConsoleRequest;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import hopyard.proxy.server.Configuration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code sockets}: which sockets listen on this machine or in this container, and the connections of them now. */
public final class Sockets {

    /** What is usual behind a port, by IANA's registry or by custom. */
    private static final Map<Integer, String> WELL_KNOWN = Map.ofEntries(
            Map.entry(21, "ftp"),
            Map.entry(22, "ssh"),
            Map.entry(25, "smtp"),
            Map.entry(53, "dns"),
            Map.entry(80, "http"),
            Map.entry(443, "https"),
            Map.entry(631, "ipp, printers"),
            Map.entry(3000, "Node and Rails by custom"),
            Map.entry(3306, "mysql"),
            Map.entry(5432, "postgresql"),
            Map.entry(5672, "amqp"),
            Map.entry(6379, "redis"),
            Map.entry(8000, "Django's runserver, gunicorn"),
            Map.entry(8080, "http-alt"),
            Map.entry(8443, "https-alt"),
            Map.entry(9090, "prometheus"),
            Map.entry(9200, "elasticsearch"),
            Map.entry(11211, "memcached"),
            Map.entry(27017, "mongodb"));

    private final ConsoleContext context;
    private final OpenDoors doors;

    public Sockets(ConsoleContext context, OpenDoors doors) {
        this.context = context;
        this.doors = doors;
    }

    /** What there is at one moment: of connections those that are listed, and how many there are in each state. */
    private static final class Table {
        private final FirstFew<KernelSockets.Entry> listening = new FirstFew<>(SocketRows.MAX_LISTED, SocketRows.ORDER);
        private final FirstFew<KernelSockets.Entry> connections =
                new FirstFew<>(SocketRows.MAX_LISTED, SocketRows.ORDER);
        private final Map<String, Integer> states = new TreeMap<>();
        private final Map<Long, KernelSockets.Program> owners;

        /** Ports where somebody listens on all of IPv4: a socket for all of IPv6 there has only that. */
        private final Set<Integer> allOfIpv4;

        /**
         * @param port at either end of those that are wanted; 0 for all
         */
        Table(int port) throws Refusal {
            SocketRows.read(KernelSockets::read, e -> {
                if (port != 0 && e.local().getPort() != port && e.remote().getPort() != port) {
                    return;
                }
                if (e.listens()) {
                    listening.add(e);
                } else {
                    connections.add(e);
                    states.merge(e.state(), 1, Integer::sum);
                }
            });
            owners = KernelSockets.owners(Stream.concat(listening.sorted().stream(), connections.sorted().stream())
                    .map(KernelSockets.Entry::inode)
                    .collect(Collectors.toSet()));
            allOfIpv4 = listening.sorted().stream()
                    .filter(e -> isAny(e) && !e.v6())
                    .map(e -> e.local().getPort())
                    .collect(Collectors.toSet());
        }

        private static boolean isAny(KernelSockets.Entry entry) {
            return entry.local().getAddress().isAnyLocalAddress();
        }

        /** Where it listens, as ss prints it. The kernel's table does not say whether IPv4 comes in at "::", too. */
        String at(KernelSockets.Entry listener) {
            int port = listener.local().getPort();
            return isAny(listener) && listener.v6() && allOfIpv4.contains(port) ? "[::]:" + port : listener.localText();
        }

        String owner(KernelSockets.Entry entry) {
            KernelSockets.Program program = owners.get(entry.inode());
            return program == null ? "" : program.toString();
        }
    }

    public Answer answer(ConsoleRequest request) throws Refusal {
        Table table = new Table(request.integer("port", 0, 0, 65535));
        return Answer.of(request, () -> json(table), () -> text(table));
    }

    private ObjectNode json(Table table) {
        ObjectNode out = Json.object();
        out.set("listening", Json.array(table.listening.sorted(), e -> listener(e, table)));
        ObjectNode states = out.putObject("states");
        table.states.forEach(states::put);
        out.put("unlisted", table.connections.left());
        out.set("connections", Json.array(table.connections.sorted(), e -> SocketRows.connection(e, table.owners)));
        out.put("firstUnprivilegedPort", NetworkSettings.firstUnprivilegedPort());
        String[] range =
                NetworkSettings.setting("ipv4/ip_local_port_range", "").trim().split("\\s+");
        if (range.length == 2) {
            out.putObject("ephemeralPorts")
                    .put("first", Integer.parseInt(range[0]))
                    .put("last", Integer.parseInt(range[1]));
        } else {
            out.putNull("ephemeralPorts");
        }
        return out;
    }

    private ObjectNode listener(KernelSockets.Entry entry, Table table) {
        ObjectNode out = Json.object()
                .put("local", table.at(entry))
                .put("remote", table.at(entry).startsWith("[::]:") ? "[::]:*" : entry.remoteText())
                .put("address", KernelSockets.host(entry.local().getAddress()))
                .put("port", entry.local().getPort())
                .put("name", WELL_KNOWN.getOrDefault(entry.local().getPort(), ""))
                .put("waiting", entry.queued());
        SocketRows.program(out, table.owners.get(entry.inode()));
        Integer backlog = backlog(entry);
        return backlog == null ? out : out.put("backlog", backlog).put("capacity", NetworkSettings.capacity(backlog));
    }

    /** Known of the proxy's own sockets and of doors only: the kernel tells others' by netlink, not in its table. */
    private Integer backlog(KernelSockets.Entry entry) {
        for (Configuration.Endpoint endpoint : context.configuration().endpoints()) {
            if (endpoint.address().equals(entry.local())) {
                return endpoint.backlog();
            }
        }
        return doors.backlog(entry.inode());
    }

    private static String text(Table table) {
        StringBuilder out = new StringBuilder("Sockets that listen\n");
        for (KernelSockets.Entry e : table.listening.sorted()) {
            out.append(String.format(
                    "  %-24s %-28s %s%n",
                    table.at(e), WELL_KNOWN.getOrDefault(e.local().getPort(), ""), table.owner(e)));
        }
        out.append("\nConnections ").append(table.states).append('\n');
        for (KernelSockets.Entry e : table.connections.sorted()) {
            out.append(String.format(
                    "  %-24s %-24s %-12s %s%n", e.localText(), e.remoteText(), e.state(), table.owner(e)));
        }
        return out.toString();
    }
}
