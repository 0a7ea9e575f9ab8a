package hopyard.proxy.upstream;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
        private volatile List<PeerSettings> now;

        Line(String host, int port, PeerSettings pattern, List<PeerSettings> now) {
            this.host = host;
            this.port = port;
            this.pattern = pattern;
            this.now = now;
        }

        private List<InetAddress> addresses() {
            return now.stream()
                    .map(each -> ((InetSocketAddress) each.address()).getAddress())
                    .toList();
        }
    }

    /** Is told what goes wrong. */
    public interface Log {
        void error(String message);
    }

    private final Supplier<Resolver> resolver;
    private final List<Line> lines = new ArrayList<>();

    /** @param resolver who is asked; it is known once the whole configuration has been read */
    public NameRefresh(Supplier<Resolver> resolver) {
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

    /** Takes over the addresses of names that are the same. */
    synchronized void takeOver(NameRefresh running, UpstreamGroup group) {
        for (Line line : lines) {
            for (Line its : running.lines) {
                if (line.host != null && line.host.equals(its.host) && line.now.isEmpty()) {
                    line.now = peers(line, its.addresses());
                }
            }
        }
        replace(group);
    }

    /** Looks the names up now and whenever the last answer is too old, until the group is retired. */
    void start(UpstreamGroup group, XnioWorker worker, Log log) {
        for (Line line : lines) {
            if (line.host != null) {
                refresh(line, group, worker, log);
            }
        }
    }

    private void refresh(Line line, UpstreamGroup group, XnioWorker worker, Log log) {
        if (group.isRetired() || worker.isShutdown()) {
            return;
        }
        resolver.get().lookUp(line.host).whenComplete((answer, failure) -> {
            if (failure != null) {
                log.error(line.host + " could not be resolved (" + failure.getMessage() + ")");
            }
            long next = update(line, group, answer, failure);
            worker.getIoThread()
                    .executeAfter(() -> refresh(line, group, worker, log), Math.max(1000, next), TimeUnit.MILLISECONDS);
        });
    }

    /** Gives the group its new servers. Returns after how many ms the name is to be looked up again. */
    private synchronized long update(Line line, UpstreamGroup group, Resolver.Answer answer, Throwable failure) {
        boolean isGone = failure instanceof ResolveFailure its && !its.mayExist();
        if (answer == null && !isGone) {
            // the addresses that were known may still be right
            return resolver.get().timeoutMillis();
        }
        line.now = answer == null ? List.of() : peers(line, answer.addresses());
        replace(group);
        return answer == null ? resolver.get().failureMillis() : answer.validMillis() + 1;
    }

    private void replace(UpstreamGroup group) {
        List<PeerSettings> all = new ArrayList<>();
        lines.forEach(each -> all.addAll(each.now));
        if (!all.equals(group.settings())) {
            group.replace(all);
        }
    }

    /** Returns the servers of a line at these addresses. Those that there were before keep their state. */
    private static List<PeerSettings> peers(Line line, List<InetAddress> addresses) {
        List<PeerSettings> found = new ArrayList<>();
        for (InetAddress ip : addresses) {
            PeerSettings each = line.pattern.at(new InetSocketAddress(ip, line.port));
            found.add(line.now.stream()
                    .filter(old -> old.address().equals(each.address()))
                    .findFirst()
                    .orElse(each));
        }
        found.sort((a, b) -> a.name().compareTo(b.name()));
        return found;
    }
}
