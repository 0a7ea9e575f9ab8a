package hopyard.proxy.upstream;

import java.util.ArrayList;
import java.util.List;

/**
 * A proxy's group of servers in a simulation: the choice and the idle connections are the real ones, without sockets.
 */
public final class SimulatedProxy {

    /** A connection that is kept or opened, of which only the server matters. */
    public static final class Connection implements IdleConnections.Kept {
        private final Peer peer;

        private Connection(Peer peer) {
            this.peer = peer;
        }

        @Override
        public Peer peer() {
            return peer;
        }

        @Override
        public Object kind() {
            return null;
        }

        @Override
        public void close() {
            // there is no socket
        }
    }

    private final UpstreamGroup group;
    private final List<Peers> workers = new ArrayList<>();
    private final List<IdleConnections<Connection>> idle = new ArrayList<>();

    /**
     * @param servers settings that no other proxy has, because the health of servers with a zone is kept with them
     * @param workers how many I/O threads it has
     */
    public SimulatedProxy(Balancing balancing, List<PeerSettings> servers, int workers, ClockAndDice clockAndDice) {
        group = new UpstreamGroup("simulated", servers, UpstreamGroup.Keepalive.NONE, balancing);
        for (int i = 0; i < workers; i++) {
            this.workers.add(new Peers(group, null, clockAndDice));
            idle.add(new IdleConnections<>());
        }
    }

    /**
     * Begins the choice for a request on that I/O thread.
     *
     * @param tries {@code proxy_next_upstream_tries}
     * @param key what the choice depends on where the method has a key
     */
    public PeerSelection select(int worker, int tries, byte[] key) {
        return new PeerSelection(workers.get(worker), tries, key);
    }

    /** Gives the group other servers, as {@code resolve} does. Those that stay are to be the same objects. */
    public void replace(List<PeerSettings> servers) {
        group.replace(servers);
    }

    /** Returns the servers. */
    public List<PeerSettings> servers() {
        return group.settings();
    }

    /** Takes an idle connection to the server; {@code null} if there is none. */
    public Connection takeIdle(int worker, Peer peer) {
        return idle.get(worker).take(peer, null);
    }

    /** Opens a connection. */
    public Connection open(Peer peer) {
        return new Connection(peer);
    }

    /** Keeps a connection whose request is over. */
    public void keep(int worker, Connection connection, int limit) {
        idle.get(worker).add(connection, limit);
    }
}
