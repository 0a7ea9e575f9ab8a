package hopyard.proxy.console.sockets;

import hopyard.trace.Addresses;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
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

    /** The longest name of a program that is shown: one more than the kernel's own names may have, in characters. */
    private static final int MAX_NAME = 24;

    /** Where an IPv6 address of eight groups has two or more zeros; the longest such place comes first. */
    private static final List<String> ZEROS = IntStream.rangeClosed(2, 8)
            .mapToObj(n -> String.join(":", Collections.nCopies(10 - n, "0")))
            .toList();

    /** Another directory in its place shows how it is on a system that has none, as macOS. */
    private static final Path PROC = Path.of(System.getProperty("hopyard.proc", "/proc"));

    private static final Pattern BLANKS = Pattern.compile("\\s+");

    /**
     * One end of a connection, or a socket that listens.
     *
     * @param v6 whether it is an IPv6 socket, which may carry IPv4, too
     * @param queued of a socket that listens: connections that wait to be accepted; else bytes not read yet
     * @param unsent bytes that the other end has not acknowledged yet
     * @param inode names the socket in the file system; 0 once no process has it any more
     */
    record Entry(
            InetSocketAddress local,
            InetSocketAddress remote,
            boolean v6,
            String state,
            long queued,
            long unsent,
            long inode) {
        boolean listens() {
            return state.equals("LISTEN");
        }

        /**
         * This end as ss prints it: {@code 127.0.0.1:80}, {@code 0.0.0.0:80}; {@code *:80} where IPv4 comes in, too.
         */
        String localText() {
            return text(local);
        }

        /** The other end in the same way: {@code 0.0.0.0:*} and {@code *:*} for one that there is none of. */
        String remoteText() {
            return text(remote);
        }

        private String text(InetSocketAddress end) {
            String host = host(end.getAddress());
            // who is bound to one IPv6 address has nothing to do with IPv4
            boolean isBoth = v6
                    && end.getAddress().isAnyLocalAddress()
                    && (!(local.getAddress() instanceof Inet6Address)
                            || local.getAddress().isAnyLocalAddress());
            return (isBoth ? "*" : host.contains(":") ? "[" + host + "]" : host)
                    + (end.getPort() == 0 ? ":*" : ":" + end.getPort());
        }
    }

    /** A program that has a socket open. */
    record Program(String name, int pid) {
        @Override
        public String toString() {
            return name + " (" + pid + ")";
        }
    }

    private KernelSockets() {}

    /** Whether this system has such a table: Linux does, macOS for one does not. */
    static boolean areHere() {
        return Files.exists(PROC.resolve("net"));
    }

    /** An address as it is usually written, IPv6 without its longest row of zeros (RFC 5952 §4.2). */
    static String host(InetAddress address) {
        String text = Addresses.host(address);
        if (!(address instanceof Inet6Address)) {
            return text;
        }
        for (String zeros : ZEROS) {
            int at = (":" + text + ":").indexOf(":" + zeros + ":");
            if (at >= 0) {
                String before = text.substring(0, Math.max(0, at - 1));
                return before + "::" + text.substring(Math.min(text.length(), at + zeros.length() + 1));
            }
        }
        return text;
    }

    /**
     * Shows every TCP socket of this machine or container, one after the other: there may be very many.
     *
     * @throws IOException if there is no such table here
     */
    static void read(Consumer<Entry> into) throws IOException {
        read(line -> true, into);
    }

    /** Shows those that have one of some ports at either end. */
    static void read(Set<Integer> ports, Consumer<Entry> into) throws IOException {
        List<String> written =
                ports.stream().map(port -> String.format(":%04X ", port)).toList();
        read(line -> written.stream().anyMatch(line::contains), into);
    }

    private static void read(Predicate<String> wanted, Consumer<Entry> into) throws IOException {
        for (String table : List.of("tcp", "tcp6")) {
            Path file = PROC.resolve("net").resolve(table);
            // a kernel without IPv6 has no tcp6
            if (table.equals("tcp") || Files.exists(file)) {
                try (Stream<String> lines = Files.lines(file, StandardCharsets.US_ASCII)) {
                    lines.skip(1)
                            .filter(wanted)
                            .map(line -> entry(line, table.equals("tcp6")))
                            .forEach(into);
                } catch (UncheckedIOException e) {
                    throw e.getCause();
                }
            }
        }
    }

    private static Entry entry(String line, boolean v6) {
        String[] column = BLANKS.split(line.trim());
        int state = Integer.parseInt(column[3], 16);
        return new Entry(
                address(column[1]),
                address(column[2]),
                v6,
                state <= STATES.length ? STATES[state - 1] : column[3],
                Long.parseLong(column[4].substring(9), 16),
                Long.parseLong(column[4].substring(0, 8), 16),
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
     * Which program has each of these sockets open, by the socket's inode; of other users' programs nothing can be
     * seen.
     *
     * @param inodes of the sockets that somebody wants to know about
     */
    static Map<Long, Program> owners(Set<Long> inodes) {
        Set<Long> open = new HashSet<>(inodes);
        open.remove(0L);
        Map<Long, Program> owners = new HashMap<>();
        // this process first: often there is nothing left to look for then
        addSockets(PROC.resolve(Long.toString(ProcessHandle.current().pid())), open, owners);
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (owners.size() == open.size()) {
                    break;
                }
                addSockets(process, open, owners);
            }
        } catch (IOException e) {
            throw new IllegalStateException("/proc cannot be read", e);
        }
        return owners;
    }

    private static void addSockets(Path process, Set<Long> inodes, Map<Long, Program> owners) {
        Program program = null;
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

    /** By the kernel's short name, as ss has it; a Java program by its jar. */
    private static Program program(Path process) throws IOException {
        String[] command;
        try (InputStream in = Files.newInputStream(process.resolve("cmdline"))) {
            command = new String(in.readNBytes(MAX_COMMAND), StandardCharsets.UTF_8).split("\0");
        }
        String name = Files.readString(process.resolve("comm")).strip();
        for (int i = 1; i < command.length - 1; i++) {
            if (command[i].equals("-jar")) {
                name = Path.of(command[i + 1]).getFileName().toString();
            }
        }
        return new Program(
                name.length() > MAX_NAME ? name.substring(0, MAX_NAME - 1) + "…" : name,
                Integer.parseInt(process.getFileName().toString()));
    }
}
