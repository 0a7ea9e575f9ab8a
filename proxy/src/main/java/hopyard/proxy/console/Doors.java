package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.conf.SystemErrors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * {@code doors}: sockets to play with. {@code POST doors} binds a port and listens, {@code POST doors/PORT/connect} and
 * {@code POST doors/PORT/accept} do what they say, {@code DELETE doors/PORT} closes everything. Few at a time, on
 * unprivileged ports, and closed after a while.
 */
final class Doors {

    private static final int MAX_DOORS = 4;
    private static final int MAX_CONNECTIONS = 32;
    private static final int LONGEST_BACKLOG = 16;
    private static final int OPEN_MINUTES = 5;
    private static final int CONNECT_MILLIS = 700;
    private static final int LOWEST_PORT = 1024;

    private final Console console;
    private final Map<Integer, Door> doors = new ConcurrentSkipListMap<>();

    /** A socket that listens, with both ends of the connections to it. */
    private static final class Door {
        private final ServerSocket listener;
        private final int backlog;
        private final List<Socket> clients = new ArrayList<>();
        private final List<Socket> accepted = new ArrayList<>();
        private ScheduledFuture<?> expiry;

        Door(ServerSocket listener, int backlog) {
            this.listener = listener;
            this.backlog = backlog;
        }

        void close() throws IOException {
            expiry.cancel(false);
            listener.close();
            // the end that closes first is the one that stays behind in TIME_WAIT
            for (Socket socket : accepted) {
                socket.close();
            }
            for (Socket socket : clients) {
                socket.close();
            }
        }
    }

    Doors(Console console) {
        this.console = console;
    }

    synchronized Answer answer(Request request) throws Refusal {
        String[] path = request.rest().split("/", -1);
        String what = request.method() + (path.length == 2 ? " " + path[1] : "");
        if (path[0].isEmpty()) {
            return switch (what) {
                case "GET", "HEAD" -> Answer.json(200, json(null));
                case "POST" -> open(request);
                default -> throw new Refusal(405, "GET doors, or POST doors with {\"port\": …}");
            };
        }
        Door door = path[0].matches("[0-9]{1,5}") ? doors.get(Integer.parseInt(path[0])) : null;
        if (door == null) {
            throw new Refusal(404, "no door is open at \"" + path[0] + "\": POST doors with {\"port\": …} opens one");
        }
        return switch (what) {
            case "POST connect" -> Answer.json(200, json(connect(door)));
            case "POST accept" -> Answer.json(200, json(accept(door)));
            case "DELETE" -> Answer.json(200, json(close(door)));
            default -> throw new Refusal(405, "POST doors/PORT/connect, POST doors/PORT/accept, or DELETE doors/PORT");
        };
    }

    private Answer open(Request request) throws Refusal {
        ObjectNode body = request.json();
        int port = request.integer(body, "port", 9000, 1, 65535);
        int backlog = request.integer(body, "backlog", 2, 1, LONGEST_BACKLOG);
        String address = request.parameter(body, "address", "127.0.0.1");
        if (!address.equals("127.0.0.1") && !address.equals("0.0.0.0")) {
            throw new Refusal(400, "address must be 127.0.0.1 (this machine only) or 0.0.0.0 (every address of it)");
        }
        if (port < LOWEST_PORT) {
            throw new Refusal(
                    403,
                    "port " + port + " is below 1024, where only root or CAP_NET_BIND_SERVICE may bind (13: Permission"
                            + " denied); here the first port without that rule is " + Sockets.firstUnprivilegedPort()
                            + ", and doors open from 1024 on");
        }
        if (doors.size() >= MAX_DOORS) {
            throw new Refusal(409, MAX_DOORS + " doors are open; close one first");
        }
        InetSocketAddress at = new InetSocketAddress(literal(address), port);
        try {
            ServerSocket listener = new ServerSocket();
            try {
                // without SO_REUSEADDR a port in TIME_WAIT is in use, too: that is what servers set it for
                listener.setReuseAddress(true);
                listener.bind(at, backlog);
            } catch (IOException e) {
                listener.close();
                throw e;
            }
            Door door = new Door(listener, backlog);
            doors.put(port, door);
            door.expiry = console.ticker().schedule(() -> expire(port, door), OPEN_MINUTES, TimeUnit.MINUTES);
        } catch (IOException e) {
            throw new Refusal(
                    409,
                    "bind() to " + address + ":" + port + " failed (" + SystemErrors.text(e) + ")",
                    Json.object().put("errno", SystemErrors.text(e).contains("in use") ? "EADDRINUSE" : "EACCES"));
        }
        return Answer.json(
                201,
                json("bind() to " + address + ":" + port + " and listen(" + backlog
                        + ") done: the socket is in state LISTEN"));
    }

    private static InetAddress literal(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (IOException e) {
            throw new IllegalStateException("a literal address needs no resolver", e);
        }
    }

    private String connect(Door door) throws Refusal {
        if (door.clients.size() >= MAX_CONNECTIONS) {
            throw new Refusal(409, MAX_CONNECTIONS + " connections are open to this door; close it first");
        }
        int port = door.listener.getLocalPort();
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            door.clients.add(socket);
            return "connected from ephemeral port " + socket.getLocalPort() + ": ESTABLISHED, though nobody has called"
                    + " accept() yet; the kernel keeps it in the queue";
        } catch (SocketTimeoutException e) {
            closeQuietly(socket);
            return "no answer to our SYN for " + CONNECT_MILLIS + " ms: the queue of " + door.backlog
                    + " (and the one more that Linux grants) is full, so the kernel lets new connections wait;"
                    + " accept() makes room";
        } catch (IOException e) {
            closeQuietly(socket);
            return "connect() failed (" + SystemErrors.text(e) + ")";
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket that is not connected has nothing to lose", e);
        }
    }

    private static String accept(Door door) throws Refusal {
        if (door.accepted.size() >= MAX_CONNECTIONS) {
            throw new Refusal(409, MAX_CONNECTIONS + " connections have been accepted at this door; close it first");
        }
        try {
            door.listener.setSoTimeout(100);
            Socket socket = door.listener.accept();
            door.accepted.add(socket);
            return "accept() took the connection from port " + socket.getPort() + " out of the queue";
        } catch (SocketTimeoutException e) {
            return "accept() would block: no connection waits in the queue";
        } catch (IOException e) {
            throw new Refusal(500, "accept() failed (" + SystemErrors.text(e) + ")");
        }
    }

    private String close(Door door) throws Refusal {
        int port = door.listener.getLocalPort();
        doors.remove(port);
        try {
            door.close();
        } catch (IOException e) {
            throw new Refusal(500, "close() failed (" + SystemErrors.text(e) + ")");
        }
        List<String> left = Sockets.of(Set.of(port)).get(port).stream()
                .map(KernelSockets.Entry::state)
                .toList();
        return "closed port " + port + "; "
                + (left.isEmpty()
                        ? "nothing is left of it"
                        : "what is left in the kernel's table: " + String.join(", ", left)
                                + " (TIME_WAIT waits a minute for stray packets)");
    }

    private synchronized void expire(int port, Door door) {
        if (doors.remove(port, door)) {
            try {
                door.close();
            } catch (IOException e) {
                throw new IllegalStateException("the door at " + port + " does not close", e);
            }
        }
    }

    /** The backlog of the door that listens there; {@code null} if none does. */
    Integer backlog(InetSocketAddress address) {
        Door door = doors.get(address.getPort());
        return door != null && door.listener.getLocalSocketAddress().equals(address) ? door.backlog : null;
    }

    private ObjectNode json(String said) throws Refusal {
        ObjectNode out = Json.object();
        out.put("said", said);
        out.put("minutes", OPEN_MINUTES);
        ArrayNode all = out.putArray("doors");
        Map<Integer, List<KernelSockets.Entry>> sockets =
                doors.isEmpty() ? Map.of() : Sockets.of(Set.copyOf(doors.keySet()));
        for (Map.Entry<Integer, Door> each : doors.entrySet()) {
            ObjectNode door = all.addObject()
                    .put("port", each.getKey())
                    .put("address", each.getValue().listener.getInetAddress().getHostAddress())
                    .put("backlog", each.getValue().backlog)
                    .put("accepted", each.getValue().accepted.size());
            door.set(
                    "sockets",
                    Json.array(
                            sockets.get(each.getKey()),
                            s -> Sockets.connection(s, Map.of()).put("queued", s.queued())));
        }
        return out;
    }
}
