package hopyard.proxy.console.sockets;

import hopyard.proxy.console.endpoint.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the kernel's table shows of some ports at one moment.
 *
 * @param entries with one of the ports at either end
 * @param owners the programs that have them open, by inode
 */
record SocketsAtPorts(List<KernelSockets.Entry> entries, Map<Long, KernelSockets.Program> owners) {

    static SocketsAtPorts of(Set<Integer> ports) throws Refusal {
        List<KernelSockets.Entry> entries = SocketRows.of(ports);
        Set<Long> inodes = entries.stream().map(KernelSockets.Entry::inode).collect(Collectors.toSet());
        return new SocketsAtPorts(entries, inodes.isEmpty() ? Map.of() : KernelSockets.owners(inodes));
    }

    /** Those of one port; none of 0, which is no port. */
    List<KernelSockets.Entry> of(int port) {
        return entries.stream()
                .filter(e ->
                        port != 0 && (e.local().getPort() == port || e.remote().getPort() == port))
                .toList();
    }
}
