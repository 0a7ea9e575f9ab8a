package hopyard.proxy.upstream;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.IoFuture;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;

/**
 * A group as one I/O thread sees it: its peers' state and its idle connections. Used on that thread alone.
 */
public final class Peers {

    private static final OptionMap SOCKET_OPTIONS = OptionMap.create(Options.TCP_NODELAY, true);

    private static final OptionMap PROBED = OptionMap.create(Options.TCP_NODELAY, true, Options.KEEP_ALIVE, true);

    private final UpstreamGroup group;
    private final XnioIoThread thread;
    private final List<Peer> primary = new ArrayList<>();
    private final List<Peer> backup = new ArrayList<>();
    /** The most recently used first, as they are the least likely to be closed by the peer. */
    private final Deque<UpstreamConnection> idle = new ArrayDeque<>();

    private final ResponseHead head = new ResponseHead();
    private final HeadWriter writer = new HeadWriter();

    Peers(UpstreamGroup group, XnioIoThread thread) {
        this.group = group;
        this.thread = thread;
        for (PeerSettings settings : group.settings()) {
            (settings.backup() ? backup : primary).add(new Peer(settings));
        }
    }

    public UpstreamGroup group() {
        return group;
    }

    XnioIoThread thread() {
        return thread;
    }

    /** The thread's scratch space for a response head. */
    public ResponseHead head() {
        return head;
    }

    /** The thread's scratch space for a request head. */
    public HeadWriter writer() {
        return writer;
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

    /** An idle connection to the peer; {@code null} if there is none. */
    public UpstreamConnection takeIdle(Peer peer) {
        for (UpstreamConnection connection : idle) {
            if (connection.peer() == peer) {
                idle.remove(connection);
                return connection;
            }
        }
        return null;
    }

    /** Takes back a connection whose exchange is over and which may carry another. */
    void release(UpstreamConnection connection) {
        UpstreamGroup.Keepalive keepalive = group.keepalive();
        if (group.isRetired()
                || keepalive.connections() == 0
                || connection.requests() >= keepalive.requests()
                || !connection.isOpen()) {
            connection.close();
            return;
        }
        if (idle.size() >= keepalive.connections()) {
            idle.removeLast().close();
        }
        idle.addFirst(connection);
        connection.idle(keepalive.timeoutMillis());
    }

    void forget(UpstreamConnection connection) {
        idle.remove(connection);
    }

    void closeIdle() {
        while (!idle.isEmpty()) {
            idle.removeFirst().close();
        }
    }

    /** How many connections wait for a request. */
    public int idleCount() {
        return idle.size();
    }

    /**
     * How to connect.
     *
     * @param from the address to connect from; {@code null} for the system's choice
     * @param probes whether the system is to probe the connection when it is idle ({@code SO_KEEPALIVE})
     */
    public record ConnectOptions(long timeoutMillis, InetSocketAddress from, boolean probes) {}

    /** Opens a connection to the peer; one of the listener's methods is called later on this thread. */
    public void connect(Peer peer, ConnectOptions how, ConnectListener listener) {
        Attempt attempt = new Attempt(peer, listener);
        OptionMap options = how.probes ? PROBED : SOCKET_OPTIONS;
        InetSocketAddress to = peer.settings().address();
        IoFuture<StreamConnection> future = how.from == null
                ? thread.openStreamConnection(to, attempt::connected, options)
                : thread.openStreamConnection(how.from, to, attempt::connected, null, options);
        attempt.timer = thread.executeAfter(
                () -> {
                    attempt.timer = null;
                    if (attempt.end()) {
                        future.cancel();
                        listener.connectTimedOut();
                    }
                },
                how.timeoutMillis,
                TimeUnit.MILLISECONDS);
        future.addNotifier(
                new IoFuture.HandlingNotifier<StreamConnection, Void>() {
                    @Override
                    public void handleFailed(IOException e, Void nothing) {
                        thread.execute(() -> attempt.failed(e));
                    }
                },
                null);
    }

    private final class Attempt {
        private final Peer peer;
        private final ConnectListener listener;
        private XnioExecutor.Key timer;
        private boolean ended;

        Attempt(Peer peer, ConnectListener listener) {
            this.peer = peer;
            this.listener = listener;
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

        void connected(StreamConnection channel) {
            if (end()) {
                listener.connected(new UpstreamConnection(Peers.this, peer, channel));
            } else {
                IoUtils.safeClose(channel);
            }
        }

        void failed(IOException e) {
            if (end()) {
                listener.connectFailed(e);
            }
        }
    }
}
