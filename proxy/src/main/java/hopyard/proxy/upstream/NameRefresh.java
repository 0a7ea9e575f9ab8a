package hopyard.proxy.upstream;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.xnio.XnioWorker;

/**
 * Keeps a group's servers at the addresses that their names have now: {@code server … resolve}.
 *
 * @see <a href="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve">resolve</a>
 */
public final class NameRefresh {

    /** A {@code server} line whose name is looked up again and again or, without a host, one that stays. */
    private static final class Line {
        private final String host;
        private final int port;
        private final PeerSettings pattern;
        private List<PeerSettings> now;

        Line(String host, int port, PeerSettings pattern, List<PeerSettings> now) {
            this.host = host;
            this.port = port;
            this.pattern = pattern;
            this.now = now;
        }
    }

    /** Is told what goes wrong. */
    public interface Log {
        void warn(String message);
    }

    private final Resolver resolver;
    private final List<Line> lines = new ArrayList<>();

    public NameRefresh(Resolver resolver) {
        this.resolver = resolver;
    }

    /** Adds servers whose addresses stay the same. */
    public void fixed(List<PeerSettings> peers) {
        lines.add(new Line(null, 0, null, peers));
    }

    /**
     * Adds a server whose addresses change.
     *
     * @param pattern the line's settings
     * @param now its addresses at present; may be none
     */
    public void resolved(String host, int port, PeerSettings pattern, List<PeerSettings> now) {
        lines.add(new Line(host, port, pattern, now));
    }

    /** Looks the names up now and whenever the last answer is too old, until the group is retired. */
    void start(UpstreamGroup group, XnioWorker worker, Log log) {
        worker.getIoThread().execute(() -> refresh(group, worker, log));
    }

    private void refresh(UpstreamGroup group, XnioWorker worker, Log log) {
        if (group.isRetired() || worker.isShutdown()) {
            return;
        }
        worker.execute(() -> {
            for (Line line : lines) {
                if (line.host != null) {
                    ask(line, log);
                }
            }
            List<PeerSettings> all = new ArrayList<>();
            lines.forEach(line -> all.addAll(line.now));
            if (!all.equals(group.settings())) {
                group.replace(all);
            }
            worker.getIoThread()
                    .executeAfter(
                            () -> refresh(group, worker, log),
                            Math.max(1000, resolver.validMillis()),
                            TimeUnit.MILLISECONDS);
        });
    }

    private void ask(Line line, Log log) {
        try {
            List<PeerSettings> found = new ArrayList<>();
            for (InetAddress ip : resolver.ask(line.host)) {
                found.add(line.pattern.at(new InetSocketAddress(ip, line.port)));
            }
            found.sort((a, b) -> a.name().compareTo(b.name()));
            List<PeerSettings> kept = new ArrayList<>();
            for (PeerSettings each : found) {
                kept.add(line.now.stream()
                        .filter(old -> old.address().equals(each.address()))
                        .findFirst()
                        .orElse(each));
            }
            line.now = kept;
        } catch (UnknownHostException e) {
            // the addresses that were known may still be right
            log.warn(line.host + " could not be resolved (" + e.getMessage() + ")");
        }
    }
}
