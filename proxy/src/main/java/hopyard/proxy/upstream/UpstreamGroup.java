package hopyard.proxy.upstream;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;

/** A group of upstream servers: an {@code upstream} block, or the one address that {@code proxy_pass} names. */
public final class UpstreamGroup {

    /**
     * How many idle connections one I/O thread keeps, and with which limits.
     *
     * @param connections {@code keepalive}; 0 closes each connection after its request
     * @param timeoutMillis {@code keepalive_timeout}
     * @param lifeMillis {@code keepalive_time}: how old a connection may become
     * @param requests {@code keepalive_requests}
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive">keepalive</a>
     */
    public record Keepalive(int connections, long timeoutMillis, long lifeMillis, int requests) {
        /** What nginx does without a {@code keepalive} line. */
        public static final Keepalive NONE = new Keepalive(0, 60_000, 3_600_000, 1000);
    }

    private final String name;
    private final Keepalive keepalive;
    private final Balancing balancing;
    private volatile List<PeerSettings> peers;
    private volatile Peers[] byThread = {};
    private volatile boolean retired;
    private NameRefresh refresh;
    private Object affinity;

    public UpstreamGroup(String name, List<PeerSettings> peers, Keepalive keepalive, Balancing balancing) {
        this.name = name;
        this.peers = List.copyOf(peers);
        this.keepalive = keepalive;
        this.balancing = balancing;
    }

    /** How it chooses among its servers. */
    public Balancing balancing() {
        return balancing;
    }

    /** Sets what binds clients to servers: a matter of those who choose for a request. */
    public void affinity(Object what) {
        affinity = what;
    }

    /** Returns what binds clients to servers; {@code null} for nothing. */
    public Object affinity() {
        return affinity;
    }

    /** Has its servers' names looked up again and again. */
    public void refreshes(NameRefresh how) {
        refresh = how;
    }

    /** Takes over the addresses of names that groups in use have found, so that no request has to do without them. */
    public void takeOver(Collection<UpstreamGroup> running) {
        for (UpstreamGroup each : running) {
            if (refresh != null && each.refresh != null && each.name.equals(name)) {
                refresh.takeOver(each.refresh, this);
            }
        }
    }

    /** Starts the group: it is in use from now on. */
    public void start(XnioWorker worker, NameRefresh.Log log) {
        if (refresh != null) {
            refresh.start(this, worker, log);
        }
    }

    /** Gives the group other servers, because a name has other addresses now. Servers that stay keep their state. */
    public void replace(List<PeerSettings> now) {
        peers = List.copyOf(now);
    }

    /** The name of the block, or the {@code host:port} of a group without one. */
    public String name() {
        return name;
    }

    /** Its servers, in the order of the file. */
    public List<PeerSettings> settings() {
        return peers;
    }

    /** How its idle connections are kept. */
    public Keepalive keepalive() {
        return keepalive;
    }

    boolean isRetired() {
        return retired;
    }

    /** The group as that I/O thread sees it. */
    public Peers on(XnioIoThread thread) {
        Peers[] all = byThread;
        int number = thread.getNumber();
        return number < all.length && all[number] != null ? all[number] : create(thread, number);
    }

    private synchronized Peers create(XnioIoThread thread, int number) {
        Peers[] all = Arrays.copyOf(byThread, Math.max(byThread.length, number + 1));
        all[number] = new Peers(this, thread);
        byThread = all;
        return all[number];
    }

    /**
     * Retires the group, which gets no new request: closes idle connections now, and the others after their requests.
     */
    public void retire() {
        retired = true;
        for (Peers peers : byThread) {
            if (peers != null) {
                peers.thread().execute(peers::closeIdle);
            }
        }
    }
}
