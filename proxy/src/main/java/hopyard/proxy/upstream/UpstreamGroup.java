package hopyard.proxy.upstream;

import java.util.Arrays;
import java.util.List;
import org.xnio.XnioIoThread;

/** A group of upstream servers: an {@code upstream} block, or the one address that {@code proxy_pass} names. */
public final class UpstreamGroup {

    /**
     * How many idle connections one I/O thread keeps, and for how long and how much.
     *
     * @param connections {@code keepalive}; 0 closes each connection after its request
     * @param timeoutMillis {@code keepalive_timeout}
     * @param requests {@code keepalive_requests}
     * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive">keepalive</a>
     */
    public record Keepalive(int connections, long timeoutMillis, int requests) {
        /** What nginx does without a {@code keepalive} line. */
        public static final Keepalive NONE = new Keepalive(0, 60_000, 1000);
    }

    private final String name;
    private final List<PeerSettings> peers;
    private final Keepalive keepalive;
    private volatile Peers[] byThread = {};
    private volatile boolean retired;

    public UpstreamGroup(String name, List<PeerSettings> peers, Keepalive keepalive) {
        this.name = name;
        this.peers = List.copyOf(peers);
        this.keepalive = keepalive;
    }

    /** The name of the block, or the {@code host:port} of a group without one. */
    public String name() {
        return name;
    }

    /** Its servers, in the order of the file. */
    public List<PeerSettings> settings() {
        return peers;
    }

    Keepalive keepalive() {
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

    /** No new request will come: closes idle connections now, and the others after their requests. */
    public void retire() {
        retired = true;
        for (Peers peers : byThread) {
            if (peers != null) {
                peers.thread().execute(peers::closeIdle);
            }
        }
    }
}
