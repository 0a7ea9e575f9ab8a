package hopyard.proxy.console.exchanges;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.console.endpoint.ConsoleContext;
import hopyard.proxy.console.endpoint.EventStream;
import hopyard.proxy.console.endpoint.Json;
import hopyard.proxy.console.endpoint.Reply;
import hopyard.proxy.console.endpoint.Watchers;
import hopyard.proxy.exchange.Exchange;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Supplier;

/**
 * {@code live}: what everybody who watches is told. Ten times a second the exchanges that have ended since, twice a
 * second those that are under way, once a second the figures. Under load only the newest ones of each tenth of a second
 * are sent, with a count of the others.
 */
public final class LiveStreams {

    /** Of one tenth of a second: more than curl in a loop can do, and less than a browser can bear. */
    private static final int MAX_EXCHANGES = 100;

    /** What they may take in one event, in bytes. */
    private static final int MAX_EVENT = 64 << 10;

    private final ConsoleContext context;
    private final Watchers watchers;
    private final Supplier<String> config;
    private final Stats stats;
    private long sent;
    private long newest;
    private int ticks;
    private final PendingView pending;
    private boolean hadPending;

    /**
     * @param config how the configuration is now, which new watchers are told at first
     */
    public LiveStreams(
            ConsoleContext context, Watchers watchers, Supplier<String> config, Stats stats, PendingView pending) {
        this.context = context;
        this.watchers = watchers;
        this.config = config;
        this.stats = stats;
        this.pending = pending;
        context.ticker().every(100, this::tick);
    }

    /** Adds a watcher; called on the exchange's I/O thread. */
    public void open(Exchange exchange, Reply reply) {
        EventStream stream = watchers.open(exchange, reply);
        if (stream != null) {
            stream.send(EventStream.event("config", config.get()));
        }
    }

    private void tick() {
        ExchangeLog log = context.exchangeLog();
        watchers.forgetClosed();
        if (log == null) {
            // a reload has taken the console away
            watchers.endAll();
            return;
        }
        if (newest < log.firstId()) {
            newest = log.firstId();
            sent = newest;
        }
        // an exchange has its number a moment before it can be read: only what had one a tick ago is sent for sure
        long settled = newest;
        newest = log.newestId();
        if (watchers.isEmpty()) {
            sent = newest;
            return;
        }
        Deque<String> news = news(log.since(sent, id -> id <= settled), log.firstId());
        if (!news.isEmpty()) {
            long before = sent;
            sent = settled;
            watchers.tell(
                    "exchanges",
                    "{\"skipped\":" + (settled - before - news.size()) + ",\"exchanges\":[" + String.join(",", news)
                            + "]}");
        }
        if (++ticks % 5 == 0) {
            pending.look().thenAccept(this::sendPending);
        }
        if (ticks % 10 == 0) {
            watchers.tell("stats", Json.compact(stats.live()));
            watchers.endDraining();
        }
    }

    /** That there are none any more is said once. */
    private synchronized void sendPending(ObjectNode found) {
        boolean isSome = !found.get("pending").isEmpty();
        if (isSome || hadPending) {
            watchers.tell("pending", Json.compact(found));
        }
        hadPending = isSome;
    }

    /** As many of the newest as go into one event, the oldest of them first. */
    private static Deque<String> news(Iterator<ExchangeRecord> records, long firstId) {
        Deque<String> news = new ArrayDeque<>();
        int length = 0;
        while (news.size() < MAX_EXCHANGES && records.hasNext()) {
            String summary = Json.compact(ExchangeView.summary(records.next(), firstId));
            length += summary.length();
            if (length > MAX_EVENT && !news.isEmpty()) {
                break;
            }
            news.addFirst(summary);
        }
        return news;
    }
}
