package hopyard.proxy.console.sockets;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A socket that listens, or is on its way there, with both ends of the connections to it. */
final class Door {

    /** How long one may be open. */
    static final int OPEN_MINUTES = 5;

    private static final int MAX_CONNECTIONS = 32;

    /** How long is waited for a connection before it counts as one that is not answered, in milliseconds. */
    private static final int CONNECT_MILLIS = 700;

    /** A client of ours. */
    private record Client(SocketChannel channel, int port) {}

    /** The door's end of a connection; the port is the client's. */
    private record Accepted(SocketChannel channel, int port) {}

    private final String id;
    private final SteppedSocket socket;
    private final boolean v6;
    private final boolean reusePort;
    private final long inode;
    private final List<Client> clients = new ArrayList<>();
    private final List<Accepted> accepted = new ArrayList<>();
    private final ScheduledFuture<?> expiry;
    private InetSocketAddress name;
    private volatile Integer backlog;

    /**
     * Calls socket().
     *
     * @param expiry sees to it that the door is closed one day
     * @throws IOException the kernel's error
     */
    Door(String id, boolean v6, boolean reuseAddress, boolean reusePort, Function<Door, ScheduledFuture<?>> expiry)
            throws IOException, Refusal {
        this.id = id;
        this.v6 = v6;
        this.reusePort = reusePort;
        ProtocolFamily family = v6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        socket = new SteppedSocket(family, reuseAddress, reusePort);
        inode = socket.inode();
        name = socket.name();
        this.expiry = expiry.apply(this);
    }

    String id() {
        return id;
    }

    /** The port that it is bound to; 0 if it is not. */
    int port() {
        return name.getPort();
    }

    long inode() {
        return inode;
    }

    /** The backlog that listen() was given; {@code null} before. */
    Integer backlog() {
        return backlog;
    }

    int number() {
        return socket.number();
    }

    String address() {
        String host = KernelSockets.host(name.getAddress());
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + name.getPort();
    }

    void bind(InetSocketAddress address) throws IOException {
        socket.bind(address);
        name = socket.name();
    }

    void listen(int waiting) throws IOException {
        socket.listen(waiting);
        backlog = waiting;
        name = socket.name();
    }

    /**
     * Has a client of ours connect.
     *
     * @param to an address of this machine's
     * @return the client's end; {@code null} if nothing has answered yet, and the kernel goes on trying
     */
    InetSocketAddress connect(InetAddress to) throws IOException, Refusal {
        if (clients.size() >= MAX_CONNECTIONS) {
            throw new Refusal(409, MAX_CONNECTIONS + " connections are open to this door; close it first");
        }
        SocketChannel channel = SocketChannel.open(
                to.getAddress().length == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        try {
            channel.configureBlocking(false);
            // else Java does not tell the port before there is an answer
            channel.bind(new InetSocketAddress(0));
            int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
            boolean connected = channel.connect(new InetSocketAddress(to, port()));
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONNECT_MILLIS);
            while (!connected && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(2);
                connected = channel.finishConnect();
            }
            clients.add(new Client(channel, port));
            return connected ? (InetSocketAddress) channel.getLocalAddress() : null;
        } catch (IOException e) {
            channel.close();
            throw e;
        } catch (InterruptedException e) {
            channel.close();
            Thread.currentThread().interrupt();
            throw new Refusal(503, "the proxy is going away");
        }
    }

    /** Takes the first connection out of the queue; {@code null} if there is none. */
    InetSocketAddress accept() throws IOException, Refusal {
        if (accepted.size() >= MAX_CONNECTIONS) {
            throw new Refusal(409, MAX_CONNECTIONS + " connections have been accepted at this door; close it first");
        }
        SocketChannel channel = socket.accept();
        if (channel == null) {
            return null;
        }
        InetSocketAddress client = (InetSocketAddress) channel.getRemoteAddress();
        accepted.add(new Accepted(channel, client.getPort()));
        return client;
    }

    /**
     * Closes all that is open.
     *
     * @param clientsFirst whose end of the connections goes first: that is the one that stays behind in TIME_WAIT
     */
    void close(boolean clientsFirst) throws IOException {
        expiry.cancel(false);
        socket.close();
        for (int turn = 0; turn < 2; turn++) {
            if (clientsFirst == (turn == 0)) {
                for (Client client : clients) {
                    client.channel.close();
                }
            } else {
                for (Accepted end : accepted) {
                    end.channel.close();
                }
            }
        }
    }

    ObjectNode json(SocketsAtPorts now) {
        View view = new View(now);
        ObjectNode out = Json.object().put("id", id).put("state", state());
        out.put("fd", socket.number()).put("inode", inode);
        out.put("address", KernelSockets.host(name.getAddress())).put("port", port());
        out.put("reusePort", reusePort).put("accepted", accepted.size()).put("clients", clients.size());
        if (backlog != null) {
            out.put("backlog", backlog).put("capacity", NetworkSettings.capacity(backlog));
            out.put("waiting", view.waiting).put("queue", queue(view.waiting));
        }
        out.set("sockets", view.rows);
        return out;
    }

    private String state() {
        return backlog != null ? "listening" : port() != 0 ? "bound" : "created";
    }

    /** Who waits, in words: Linux lets one more wait than the backlog says. */
    private String queue(long waiting) {
        int capacity = NetworkSettings.capacity(backlog);
        return waiting + " of at most " + capacity + " wait for accept(): backlog " + (capacity - 1)
                + ", and Linux takes one more, since it says \"full\" only when more than the backlog wait";
    }

    /** What the kernel shows of it at this moment, in the manner of ss. */
    ObjectNode view(SocketsAtPorts now) {
        View view = new View(now);
        ObjectNode out = Json.object().put("fd", socket.number()).put("inode", inode);
        out.put("name", port() == 0 ? null : address());
        out.set("sockets", view.rows);
        if (!view.listens) {
            out.put(
                    "note",
                    "A socket that neither listens nor is connected is in no table of the kernel's: it is there as file"
                            + " descriptor " + socket.number() + " of this process (/proc/self/fd/" + socket.number()
                            + " → socket:[" + inode + "])"
                            + (port() == 0 ? ", without a name" : ", with the name " + address()));
        }
        return out;
    }

    /** The rows of the kernel's table that have its port at one end. */
    private final class View {
        private final ArrayNode rows = Json.array();
        private boolean listens;
        private long waiting;

        View(SocketsAtPorts now) {
            Map<Integer, String> ends = ends();
            for (KernelSockets.Entry e : now.of(port())) {
                boolean own = e.listens() && e.inode() == inode;
                if (own) {
                    listens = true;
                    waiting = e.queued();
                }
                rows.add(SocketRows.connection(e, now.owners())
                        .put("recvQ", e.queued())
                        .put("sendQ", own && backlog != null ? Long.valueOf(backlog) : e.listens() ? null : e.unsent())
                        .put("role", own ? "listener" : role(e, ends)));
            }
        }

        private String role(KernelSockets.Entry e, Map<Integer, String> ends) {
            if (e.listens()) {
                return "another listener";
            }
            if (e.remote().getPort() == port() && ends.containsKey(e.local().getPort())) {
                return "client";
            }
            return e.local().getPort() == port()
                    ? ends.getOrDefault(e.remote().getPort(), "another connection")
                    : "another connection";
        }

        /** What the door's end of a connection is, by the client's port. */
        private Map<Integer, String> ends() {
            Map<Integer, String> ends = new HashMap<>();
            clients.forEach(client -> ends.put(client.port, "waits for accept()"));
            accepted.forEach(end -> ends.put(end.port, "accepted"));
            return ends;
        }
    }

    boolean isV6() {
        return v6;
    }
}
