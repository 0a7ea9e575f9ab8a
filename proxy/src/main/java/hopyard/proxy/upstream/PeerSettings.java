package hopyard.proxy.upstream;

import hopyard.proxy.conf.Directive;
import hopyard.trace.Addresses;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.atomic.LongAdder;

/**
 * One address of a {@code server} line in an {@code upstream} block.
 *
 * @param name what {@code $upstream_addr} shows
 * @param server the line's first argument
 * @param options the line's parameters
 * @param directive where it stands
 * @param health what all I/O threads know of it together
 * @param hits how many recorded requests were tried on it
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server">server</a>
 */
public record PeerSettings(
        String name,
        String server,
        SocketAddress address,
        Options options,
        Directive directive,
        LongAdder hits,
        Health health) {

    /**
     * The parameters of a {@code server} line.
     *
     * @param weight its share among the others
     * @param maxConns how many connections at a time; for each I/O thread, unless {@code shared}; 0 for no limit
     * @param maxFails how many failures within {@code failTimeoutMillis} take the server out; 0 for never
     * @param failTimeoutMillis the time in which failures are counted, and for which the server stays out
     * @param backup used only when no other is available
     * @param down never used
     * @param shared whether all I/O threads use the same health
     * @param route its id for {@code sticky}; empty for one that is made of its address
     * @param draining whether it gets only requests that are bound to it
     */
    public record Options(
            int weight,
            int maxConns,
            int maxFails,
            long failTimeoutMillis,
            boolean backup,
            boolean down,
            boolean shared,
            String route,
            boolean draining) {

        public Options(
                int weight,
                int maxConns,
                int maxFails,
                long failTimeoutMillis,
                boolean backup,
                boolean down,
                boolean shared) {
            this(weight, maxConns, maxFails, failTimeoutMillis, backup, down, shared, "", false);
        }

        /** Returns the same options for a group whose health is shared. */
        public Options sharing() {
            return new Options(weight, maxConns, maxFails, failTimeoutMillis, backup, down, true, route, draining);
        }

        /** nginx's defaults. */
        public static final Options DEFAULT = new Options(1, 0, 1, 10_000, false, false, false);
    }

    public PeerSettings(String name, String server, SocketAddress address, Options options, Directive directive) {
        this(name, server, address, options, directive, new LongAdder(), new Health());
    }

    /** Returns the settings of the same line's server at another address. */
    PeerSettings at(InetSocketAddress other) {
        return new PeerSettings(Addresses.text(other), server, other, options, directive);
    }

    /** Returns its id for {@code sticky}: its route, or as in nginx the checksum of its address. */
    String id() {
        if (!options.route.isEmpty()) {
            return options.route;
        }
        try {
            byte[] address = name.getBytes(StandardCharsets.ISO_8859_1);
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(address));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    int weight() {
        return options.weight;
    }

    int maxFails() {
        return options.maxFails;
    }

    /** Whether it is used only when no other is available. */
    public boolean backup() {
        return options.backup;
    }

    /** Whether it is never used. */
    public boolean down() {
        return options.down;
    }
}
