package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.http.Configuration;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code sockets}: which sockets listen on this machine or in this container, and the connections of them now. */
final class Sockets {

    /** More sockets than this are counted, but not listed. */
    private static final int MAX_LISTED = 500;

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

    private final Console console;
    private final Doors doors;

    Sockets(Console console, Doors doors) {
        this.console = console;
        this.doors = doors;
    }

    /** What there is at one moment: of connections those that are listed, and how many there are in each state. */
    private static final class Table {
        /** Who listens first, then what is alive: on a busy machine there are many more in TIME_WAIT than can be listed. */
        private static final Comparator<KernelSockets.Entry> ORDER = Comparator.comparing(
                        (KernelSockets.Entry e) -> !e.listens())
                .thenComparing(e -> e.state().equals("TIME_WAIT"))
                .thenComparingInt(e -> e.local().getPort())
                .thenComparingInt(e -> e.remote().getPort());

        private final Top<KernelSockets.Entry> listening = new Top<>(MAX_LISTED, ORDER);
        private final Top<KernelSockets.Entry> connections = new Top<>(MAX_LISTED, ORDER);
        private final Map<String, Integer> states = new TreeMap<>();
        private final Map<Long, String> owners;

        Table() throws Refusal {
            read(e -> {
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
        }
    }

    Answer answer(Request request) throws Refusal {
        Table table = new Table();
        return Answer.of(request, () -> json(table), () -> text(table));
    }

    /** Shows every socket there is. */
    static void read(Consumer<KernelSockets.Entry> into) throws Refusal {
        try {
            KernelSockets.read(into);
        } catch (IOException e) {
            throw new Refusal(501, "the kernel's table of sockets, /proc/net/tcp, cannot be read here: " + e);
        }
    }

    /** The sockets of some ports, at either end. */
    static Map<Integer, List<KernelSockets.Entry>> of(Set<Integer> ports) throws Refusal {
        Map<Integer, Top<KernelSockets.Entry>> found = new HashMap<>();
        ports.forEach(port -> found.put(port, new Top<>(MAX_LISTED, Table.ORDER)));
        read(e -> {
            for (int port : ports) {
                if (e.local().getPort() == port || e.remote().getPort() == port) {
                    found.get(port).add(e);
                }
            }
        });
        return found.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().sorted()));
    }

    private ObjectNode json(Table table) {
        ObjectNode out = Json.object();
        out.set("listening", Json.array(table.listening.sorted(), e -> listener(e, table.owners)));
        ObjectNode states = out.putObject("states");
        table.states.forEach(states::put);
        out.put("unlisted", table.connections.left());
        out.set("connections", Json.array(table.connections.sorted(), e -> connection(e, table.owners)));
        out.put("firstUnprivilegedPort", firstUnprivilegedPort());
        return out;
    }

    private ObjectNode listener(KernelSockets.Entry entry, Map<Long, String> owners) {
        ObjectNode out = Json.object()
                .put("address", entry.local().getAddress().getHostAddress())
                .put("port", entry.local().getPort())
                .put("name", WELL_KNOWN.getOrDefault(entry.local().getPort(), ""))
                .put("program", owners.get(entry.inode()))
                .put("waiting", entry.queued());
        Integer backlog = backlog(entry);
        return backlog == null ? out : out.put("backlog", backlog);
    }

    /** Known of the proxy's own sockets and of doors only: the kernel tells others' by netlink, not in its table. */
    private Integer backlog(KernelSockets.Entry entry) {
        for (Configuration.Endpoint endpoint :
                console.server().http().configuration().endpoints()) {
            if (endpoint.address().equals(entry.local())) {
                return endpoint.backlog();
            }
        }
        return doors.backlog(entry.local());
    }

    static ObjectNode connection(KernelSockets.Entry entry, Map<Long, String> owners) {
        return Json.object()
                .put("local", Addresses.text(entry.local()))
                .put("remote", Addresses.text(entry.remote()))
                .put("state", entry.state())
                .put("program", owners.get(entry.inode()));
    }

    /** Binding to a port below this one takes a privilege. */
    static int firstUnprivilegedPort() {
        try {
            return Integer.parseInt(Files.readString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"))
                    .trim());
        } catch (IOException e) {
            // older kernels have no such setting: it is 1024 there
            return 1024;
        }
    }

    private static String text(Table table) {
        StringBuilder out = new StringBuilder("Sockets that listen\n");
        for (KernelSockets.Entry e : table.listening.sorted()) {
            out.append(String.format(
                    "  %-24s %-28s %s%n",
                    Addresses.text(e.local()),
                    WELL_KNOWN.getOrDefault(e.local().getPort(), ""),
                    table.owners.getOrDefault(e.inode(), "")));
        }
        out.append("\nConnections ").append(table.states).append('\n');
        for (KernelSockets.Entry e : table.connections.sorted()) {
            out.append(String.format(
                    "  %-24s %-24s %-12s %s%n",
                    Addresses.text(e.local()),
                    Addresses.text(e.remote()),
                    e.state(),
                    table.owners.getOrDefault(e.inode(), "")));
        }
        return out.toString();
    }
}
