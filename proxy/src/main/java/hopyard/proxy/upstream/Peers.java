package hopyard.proxy.upstream;

import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.tls.TlsConnection;
import hopyard.trace.Addresses;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.nio.SocketChannels;

/**
 * A group as one I/O thread sees it: its peers' state and its idle connections. Used on that thread alone.
 */
public final class Peers {

    private final UpstreamGroup group;
    private final XnioIoThread thread;
    private final ClockAndDice clockAndDice;
    private List<PeerSettings> seen;
    private List<Peer> primary = List.of();
    private List<Peer> backup = List.of();
    private int totalWeight;
    private int usable;
    private HashRing ring;
    private final IdleConnections<UpstreamConnection> idle = new IdleConnections<>();

    private final ResponseHead head = new ResponseHead();
    private final HeadWriter writer = new HeadWriter();

    Peers(UpstreamGroup group, XnioIoThread thread) {
        this(group, thread, ClockAndDice.REAL);
    }

    Peers(UpstreamGroup group, XnioIoThread thread, ClockAndDice clockAndDice) {
        this.group = group;
        this.thread = thread;
        this.clockAndDice = clockAndDice;
        refresh();
    }

    /** Takes over the group's new servers, if it has any. Servers that stay keep their state. */
    void refresh() {
        List<PeerSettings> now = group.settings();
        if (seen == now) {
            return;
        }
        Map<SocketAddress, Peer> known = new HashMap<>();
        primary.forEach(peer -> known.put(peer.settings().address(), peer));
        backup.forEach(peer -> known.put(peer.settings().address(), peer));
        Map<Boolean, List<Peer>> byRole = new HashMap<>();
        for (PeerSettings settings : now) {
            // one address may be on several lines, but only one of them can keep the state
            Peer old = known.remove(settings.address());
            Peer peer = old != null && old.settings().options().equals(settings.options()) ? old : new Peer(settings);
            byRole.computeIfAbsent(settings.backup(), b -> new ArrayList<>()).add(peer);
        }
        primary = byRole.getOrDefault(false, List.of());
        backup = byRole.getOrDefault(true, List.of());
        totalWeight =
                primary.stream().mapToInt(peer -> peer.settings().weight()).sum();
        usable = (int) now.stream().filter(settings -> !settings.down()).count();
        ring = null;
        seen = now;
        if (!known.isEmpty()) {
            idle.closeIf(connection -> known.containsValue(connection.peer()));
        }
    }

    /** Returns the sum of the weights of all servers except backup servers. */
    int totalWeight() {
        return totalWeight;
    }

    HashRing ring() {
        if (ring == null) {
            ring = new HashRing(primary);
        }
        return ring;
    }

    public UpstreamGroup group() {
        return group;
    }

    XnioIoThread thread() {
        return thread;
    }

    ClockAndDice clockAndDice() {
        return clockAndDice;
    }

    /** Returns the thread's scratch space for a response head. */
    public ResponseHead head() {
        return head;
    }

    /** Returns the thread's scratch space for a request head. */
    public HeadWriter writer() {
        return writer;
    }

    /** How many servers there are to try. */
    int usable() {
        return usable;
    }

    boolean isSingle() {
        return primary.size() == 1 && backup.isEmpty();
    }

    List<Peer> primary() {
        return primary;
    }

    List<Peer> backup() {
        return backup;
    }

    /**
     * Returns an idle connection to the peer; {@code null} if there is none.
     *
     * @param kind what distinguishes connections to the peer that must not be used for each other
     */
    public UpstreamConnection takeIdle(Peer peer, Object kind) {
        return idle.take(peer, kind);
    }

    /** Takes back a connection whose exchange is over and which may carry another. */
    void release(UpstreamConnection connection, long now) {
        UpstreamGroup.Keepalive keepalive = group.keepalive();
        if (group.isRetired()
                || keepalive.connections() == 0
                || connection.requests() >= keepalive.requests()
                || connection.ageMillis(now) > keepalive.lifeMillis()
                || !connection.isOpen()) {
            connection.close();
            return;
        }
        idle.add(connection, keepalive.connections());
        connection.idle(keepalive.timeoutMillis(), now);
    }

    void forget(UpstreamConnection connection) {
        idle.remove(connection);
    }

    void closeIdle() {
        idle.closeAll();
    }

    /**
     * How to connect.
     *
     * @param from the address to connect from; {@code null} for the system's choice
     * @param probes whether the system is to probe the connection when it is idle ({@code SO_KEEPALIVE})
     * @param tls how TLS is spoken; {@code null} if it is not
     * @param name the name that the server's certificate is for
     * @param kind see {@link Peers#takeIdle}
     */
    public record ConnectOptions(
            long timeoutMillis, InetSocketAddress from, boolean probes, UpstreamTls tls, String name, Object kind) {}

    /**
     * See {@link #takeIdle}.
     *
     * @param tls how TLS is spoken; {@code null} if it is not
     * @param name with whom
     * @param protocol what is spoken in it, if that is remembered; {@code null} for anything else
     */
    public static Object kind(UpstreamTls tls, String name, String protocol) {
        return tls == null ? protocol : protocol == null ? List.of(tls, name) : List.of(tls, name, protocol);
    }

    /** Opens a connection to the peer; one of the listener's methods is called on this thread. */
    public void connect(Peer peer, ConnectOptions how, ConnectListener listener) {
        Attempt attempt = new Attempt(peer, how, listener);
        SocketAddress to = peer.settings().address();
        try {
            SocketChannel channel = SocketChannel.open(
                    to instanceof InetSocketAddress inet
                            ? SocketChannels.family(inet.getAddress())
                            : StandardProtocolFamily.UNIX);
            attempt.channel = channel;
            if (to instanceof InetSocketAddress) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                if (how.probes) {
                    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                }
                if (how.from != null) {
                    bind(channel, how.from);
                }
            }
            attempt.startTimer();
            SocketChannels.connect(thread, channel, to, attempt);
        } catch (IOException e) {
            attempt.failed(e);
        }
    }

    private static void bind(SocketChannel channel, InetSocketAddress from) throws BindFailure {
        try {
            channel.bind(from);
        } catch (IOException e) {
            throw new BindFailure(from, e);
        }
    }

    private final class Attempt implements SocketChannels.Acceptor {
        private final Peer peer;
        private final ConnectOptions how;
        private final ConnectListener listener;
        private SocketChannel channel;
        private XnioExecutor.Key timer;
        private boolean ended;

        Attempt(Peer peer, ConnectOptions how, ConnectListener listener) {
            this.peer = peer;
            this.how = how;
            this.listener = listener;
        }

        void startTimer() {
            timer = thread.executeAfter(this::timedOut, how.timeoutMillis, TimeUnit.MILLISECONDS);
        }

        boolean end() {
            boolean first = !ended;
            ended = true;
            if (timer != null) {
                timer.remove();
                timer = null;
            }
            return first;
        }

        void timedOut() {
            timer = null;
            if (end()) {
                IoUtils.safeClose(channel);
                listener.connectTimedOut();
            }
        }

        @Override
        public void accepted(StreamConnection plain) {
            if (!end()) {
                IoUtils.safeClose(plain);
            } else if (how.tls == null) {
                ready(plain, plain);
            } else {
                shakeHands(plain);
            }
        }

        private void ready(StreamConnection plain, StreamConnection connection) {
            listener.connected(new UpstreamConnection(Peers.this, peer, connection, how.kind(), text(plain)));
        }

        /** Begins the TLS handshake. It has as much time as connecting had. */
        private void shakeHands(StreamConnection plain) {
            ended = false;
            startTimer();
            listener.handshaking(text(plain), Addresses.text(peer.settings().address()));
            // out of the reading and writing first, within which this is told
            String address = Addresses.text(peer.settings().address());
            TlsConnection tls = how.tls.wrap(plain, how.name, address, this::failedLater);
            tls.getHandshakeSetter().set(done -> thread.execute(() -> established(plain, tls)));
            tls.getSourceChannel().setReadListener(this::driveHandshake);
            try {
                tls.startHandshake();
                tls.getSourceChannel().resumeReads();
            } catch (IOException e) {
                failedLater(e);
            }
        }

        private void established(StreamConnection plain, TlsConnection tls) {
            TlsFailure mistake = ended ? null : how.tls.mistake(tls, how.name);
            if (mistake != null) {
                listener.untrusted(tls);
                tls.getSslSession().invalidate();
                IoUtils.safeClose(tls);
                failed(mistake);
            } else if (end()) {
                ready(plain, tls);
            }
        }

        private void driveHandshake(ConduitStreamSourceChannel source) {
            try {
                source.read(ByteBuffer.allocate(0));
            } catch (IOException e) {
                source.suspendReads();
                failedLater(e);
            }
        }

        /** After what the layer itself has told of it, which says more. */
        private void failedLater(IOException e) {
            thread.execute(() -> failed(e));
        }

        private String text(StreamConnection connection) {
            return peer.settings().address() instanceof InetSocketAddress
                    ? Addresses.text(connection.getLocalAddress(InetSocketAddress.class))
                    : "unix:";
        }

        @Override
        public void failed(IOException e) {
            if (end()) {
                IoUtils.safeClose(channel);
                listener.connectFailed(e);
            }
        }
    }
}
