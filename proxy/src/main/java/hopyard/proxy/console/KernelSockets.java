package hopyard.proxy.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The kernel's own table of TCP sockets.
 *
 * @see <a href="https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt">/proc/net/tcp</a>
 */
final class KernelSockets {

    /** In the order of the kernel's numbers, from 1 (include/net/tcp_states.h). */
    private static final String[] STATES = {
        "ESTABLISHED",
        "SYN_SENT",
        "SYN_RECV",
        "FIN_WAIT1",
        "FIN_WAIT2",
        "TIME_WAIT",
        "CLOSE",
        "CLOSE_WAIT",
        "LAST_ACK",
        "LISTEN",
        "CLOSING",
        "NEW_SYN_RECV"
    };

    /** What is read of a program's command line, in bytes. */
    private static final int MAX_COMMAND = 4096;

    private static final Path PROC = Path.of("/proc");

    /**
     * One end of a connection, or a socket that listens.
     *
     * @param queued of a socket that listens: connections that wait to be accepted; else bytes not read yet
     * @param inode names the socket in the file system; 0 once no process has it any more
     */
    record Entry(InetSocketAddress local, InetSocketAddress remote, String state, long queued, long inode) {
        boolean listens() {
            return state.equals("LISTEN");
        }
    }

    private KernelSockets() {}

    /**
     * Shows every TCP socket of this machine or container, one after the other: there may be very many.
     *
     * @throws IOException if there is no such table here
     */
    static void read(Consumer<Entry> into) throws IOException {
        for (String table : List.of("tcp", "tcp6")) {
            Path file = PROC.resolve("net").resolve(table);
            // a kernel without IPv6 has no tcp6
            if (table.equals("tcp") || Files.exists(file)) {
                try (Stream<String> lines = Files.lines(file, StandardCharsets.US_ASCII)) {
                    lines.skip(1).map(KernelSockets::entry).forEach(into);
                } catch (UncheckedIOException e) {
                    throw e.getCause();
                }
            }
        }
    }

    private static Entry entry(String line) {
        String[] column = line.trim().split("\\s+");
        int state = Integer.parseInt(column[3], 16);
        return new Entry(
                address(column[1]),
                address(column[2]),
                state <= STATES.length ? STATES[state - 1] : column[3],
                Long.parseLong(column[4].substring(9), 16),
                Long.parseLong(column[9]));
    }

    /** The kernel prints addresses as words in the machine's own byte order, {@code 0100007F:1F40}. */
    private static InetSocketAddress address(String text) {
        int colon = text.indexOf(':');
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(text.substring(0, colon)));
        ByteBuffer network = ByteBuffer.allocate(words.capacity());
        words.order(ByteOrder.BIG_ENDIAN);
        while (words.hasRemaining()) {
            network.order(ByteOrder.nativeOrder()).putInt(words.getInt());
        }
        try {
            // gives an IPv4 address for an IPv4-mapped one
            InetAddress address = InetAddress.getByAddress(network.array());
            return new InetSocketAddress(address, Integer.parseInt(text.substring(colon + 1), 16));
        } catch (IOException e) {
            throw new IllegalStateException("the kernel's table holds the address " + text, e);
        }
    }

    /**
     * Which program has each of these sockets open, by the socket's inode; of other users' programs nothing can be seen.
     *
     * @param inodes of the sockets that somebody wants to know about
     */
    static Map<Long, String> owners(Set<Long> inodes) {
        Map<Long, String> owners = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                addSockets(process, inodes, owners);
            }
        } catch (IOException e) {
            throw new IllegalStateException("/proc cannot be read", e);
        }
        return owners;
    }

    private static void addSockets(Path process, Set<Long> inodes, Map<Long, String> owners) {
        String program = null;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                String target = Files.readSymbolicLink(descriptor).toString();
                if (target.startsWith("socket:[")) {
                    long inode = Long.parseLong(target.substring(8, target.length() - 1));
                    if (inodes.contains(inode)) {
                        program = program == null ? program(process) : program;
                        owners.put(inode, program);
                    }
                }
            }
        } catch (IOException e) {
            // another user's, or it has ended meanwhile: its sockets are shown without a program
            return;
        }
    }

    /** A Java program is known by its jar. */
    private static String program(Path process) throws IOException {
        String[] command;
        try (InputStream in = Files.newInputStream(process.resolve("cmdline"))) {
            command = new String(in.readNBytes(MAX_COMMAND), StandardCharsets.UTF_8).split("\0");
        }
        String name = Path.of(command[0]).getFileName() + "";
        for (int i = 1; i < command.length - 1; i++) {
            if (command[i].equals("-jar")) {
                name = Path.of(command[i + 1]).getFileName().toString();
            }
        }
        return name + " (" + process.getFileName() + ")";
    }
}
