package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Rows of the kernel's table of sockets: read, ordered, and as JSON. */
final class SocketRows {

    /** More sockets than this are counted, but not listed. */
    static final int MAX_LISTED = 500;

    /** Who listens first, then what is alive: on a busy machine there are many more in TIME_WAIT than can be listed. */
    static final Comparator<KernelSockets.Entry> ORDER = Comparator.comparing((KernelSockets.Entry e) -> !e.listens())
            .thenComparing(e -> e.state().equals("TIME_WAIT"))
            .thenComparingInt(e -> e.local().getPort())
            .thenComparingInt(e -> e.remote().getPort());

    private SocketRows() {}

    /** Shows rows one after the other. */
    interface Reading {
        void show(Consumer<KernelSockets.Entry> into) throws IOException;
    }

    /**
     * Reads rows.
     *
     * @throws Refusal if there is no such table here
     */
    static void read(Reading reading, Consumer<KernelSockets.Entry> into) throws Refusal {
        try {
            reading.show(into);
        } catch (IOException e) {
            throw new Refusal(
                    501,
                    KernelSockets.areHere()
                            ? "the kernel's table of sockets, /proc/net/tcp, cannot be read here: " + e
                            : "this system does not show its table of sockets: /proc/net/tcp is Linux's. Start Hopyard with"
                                    + " Docker to see one here; in a terminal, netstat -an -p tcp or lsof -nP -i TCP"
                                    + " shows this system's own");
        }
    }

    /** The sockets that have one of some ports at either end. */
    static List<KernelSockets.Entry> of(Set<Integer> ports) throws Refusal {
        FirstFew<KernelSockets.Entry> found = new FirstFew<>(MAX_LISTED, ORDER);
        read(into -> KernelSockets.read(ports, into), found::add);
        return found.sorted();
    }

    static ObjectNode connection(KernelSockets.Entry entry, Map<Long, KernelSockets.Program> owners) {
        return program(
                Json.object()
                        .put("local", entry.localText())
                        .put("remote", entry.remoteText())
                        .put("state", entry.state()),
                owners.get(entry.inode()));
    }

    /** Adds which program has a socket open; nothing is known of other users' ones. */
    static ObjectNode program(ObjectNode out, KernelSockets.Program program) {
        return program == null
                ? out.putNull("program").putNull("pid")
                : out.put("program", program.toString()).put("pid", program.pid());
    }
}
