package hopyard.proxy.upstream;

import hopyard.proxy.conf.Directive;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.LongAdder;

/**
 * One address of a {@code server} line in an {@code upstream} block.
 *
 * @param name what {@code $upstream_addr} shows
 * @param weight its share among the others
 * @param maxFails how many failures within {@code failTimeout} take it out; 0 for never
 * @param failTimeoutMillis the window of those failures, and how long it stays out
 * @param backup used only when no other is available
 * @param down never used
 * @param directive where it stands
 * @param hits how many recorded requests were tried on it
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server">server</a>
 */
public record PeerSettings(
        String name,
        InetSocketAddress address,
        int weight,
        int maxFails,
        long failTimeoutMillis,
        boolean backup,
        boolean down,
        Directive directive,
        LongAdder hits) {

    public PeerSettings(
            String name,
            InetSocketAddress address,
            int weight,
            int maxFails,
            long failTimeoutMillis,
            boolean backup,
            boolean down,
            Directive directive) {
        this(name, address, weight, maxFails, failTimeoutMillis, backup, down, directive, new LongAdder());
    }
}
