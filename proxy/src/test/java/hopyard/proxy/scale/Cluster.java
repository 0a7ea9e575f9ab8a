package hopyard.proxy.scale;

import hopyard.proxy.upstream.Balancing;
import hopyard.proxy.upstream.Peer;
import hopyard.proxy.upstream.PeerSelection;
import hopyard.proxy.upstream.PeerSettings;
import hopyard.proxy.upstream.SimulatedClock;
import hopyard.proxy.upstream.SimulatedProxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Proxies in front of the same servers, with requests that come at random moments to a random thread of a random proxy.
 * Each proxy is told of its own requests only.
 */
final class Cluster {

    /**
     * How a server answers.
     *
     * @param afterMicros when
     * @param isTriedAgain whether {@code proxy_next_upstream} counts it as a failure
     */
    record Answer(long afterMicros, boolean isTriedAgain) {}

    /** The servers' side. */
    interface Behaviour {
        Answer answer(String server, SimulatedClock clock);
    }

    /** Is told of each attempt. */
    interface Watcher {
        void attempt(String server, Answer answer);
    }

    private final SimulatedClock clock;
    private final Events events;
    private final List<SimulatedProxy> proxies = new ArrayList<>();
    private final int threads;
    private final int keepalive;
    private final Behaviour behaviour;
    private final Map<String, Integer> underWay = new HashMap<>();
    private Watcher watcher = (server, answer) -> {};
    private long opened;
    private long requests;
    private long unanswered;

    /** @param keepalive {@code keepalive}, for each thread */
    Cluster(
            Balancing balancing,
            int proxies,
            int threads,
            int servers,
            PeerSettings.Options options,
            int keepalive,
            Behaviour behaviour) {
        clock = new SimulatedClock(7);
        events = new Events(clock);
        this.threads = threads;
        this.keepalive = keepalive;
        this.behaviour = behaviour;
        for (int i = 0; i < proxies; i++) {
            this.proxies.add(new SimulatedProxy(balancing, Servers.of(servers, options), threads, clock));
        }
    }

    /** Has clients ask, so many times a second all together. */
    void ask(double perSecond) {
        events.often(perSecond, this::request);
    }

    void runUntil(double seconds) {
        events.runUntil(Math.round(seconds * 1e6));
    }

    void watch(Watcher who) {
        watcher = who;
    }

    /** Adds a server to all proxies' groups, as when all have looked up a name again. */
    void add(int number, PeerSettings.Options options) {
        for (SimulatedProxy proxy : proxies) {
            List<PeerSettings> more = new ArrayList<>(proxy.servers());
            more.add(Servers.server(number, Servers.name(number), options));
            proxy.replace(more);
        }
    }

    /** Returns how many requests the server has under way. */
    int underWay(String server) {
        return underWay.getOrDefault(server, 0);
    }

    /** Returns how many connections have been opened to servers. */
    long opened() {
        return opened;
    }

    /** Returns how many requests have come. */
    long requests() {
        return requests;
    }

    /** Returns how many requests got no answer that counts as one. */
    long unanswered() {
        return unanswered;
    }

    private void request() {
        requests++;
        SimulatedProxy proxy = proxies.get((int) clock.draw(proxies.size()));
        int thread = (int) clock.draw(threads);
        attempt(proxy, thread, proxy.select(thread, 0, null));
    }

    private void attempt(SimulatedProxy proxy, int thread, PeerSelection selection) {
        Peer peer = selection.next();
        if (peer == null) {
            unanswered++;
            return;
        }
        SimulatedProxy.Connection kept = proxy.takeIdle(thread, peer);
        opened += kept == null ? 1 : 0;
        String server = peer.settings().name();
        Answer answer = behaviour.answer(server, clock);
        underWay.merge(server, 1, Integer::sum);
        watcher.attempt(server, answer);
        events.after(answer.afterMicros, () -> {
            underWay.merge(server, -1, Integer::sum);
            selection.free(peer);
            selection.ended(peer, answer.isTriedAgain);
            if (!answer.isTriedAgain) {
                proxy.keep(thread, kept == null ? proxy.open(peer) : kept, keepalive);
            } else if (selection.hasTriesLeft()) {
                attempt(proxy, thread, selection);
            } else {
                unanswered++;
            }
        });
    }
}
