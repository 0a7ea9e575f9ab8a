package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.record.ExchangeRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * {@code live}: everybody who watches. Ten times a second the exchanges that have ended since, twice a second those
 * that are under way, once a second the figures. Under load only the newest ones of each tenth of a second are sent, with a count of the others.
 */
final class LiveStreams {

    private static final int MAX_STREAMS = 16;

    /** Of one tenth of a second: more than curl in a loop can do, and less than a browser can bear. */
    private static final int MAX_EXCHANGES = 100;

    /** What they may take in one event, in bytes. */
    private static final int MAX_EVENT = 64 << 10;

    /** Who takes nothing for so long gives its place to somebody who wants to watch. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String BEGINNING = ": the newest exchanges as they end, and figures once a second\n\n";

    private final Console console;
    private final List<EventStream> streams = new CopyOnWriteArrayList<>();
    private long sent;
    private long newest;
    private int ticks;
    private final PendingView pending;
    private boolean hadPending;

    LiveStreams(Console console) {
        this.console = console;
        pending = new PendingView(console);
        console.every(100, this::tick);
    }

    /** Adds a watcher; called on the exchange's I/O thread. */
    void open(Exchange exchange, Reply reply) {
        EventStream stream = new EventStream(exchange, BEGINNING);
        if (add(stream)) {
            stream.open();
            stream.send(event("config", console.config().event()));
        } else {
            reply.refuse(Refusal.busy("there are " + MAX_STREAMS + " watchers already, close one"));
        }
    }

    /** Watchers come on several threads; what is sent to one waits on its own thread until it is open. */
    private synchronized boolean add(EventStream stream) {
        streams.removeIf(EventStream::isClosed);
        if (streams.size() >= MAX_STREAMS) {
            EventStream idlest = streams.stream()
                    .filter(s -> s.blockedSince() != 0 && System.nanoTime() - s.blockedSince() > PATIENCE_NANOS)
                    .min(Comparator.comparingLong(EventStream::blockedSince))
                    .orElse(null);
            if (idlest == null) {
                return false;
            }
            streams.remove(idlest);
            idlest.end();
        }
        return streams.add(stream);
    }

    /** Tells every watcher. */
    void send(String event, String data) {
        byte[] bytes = event(event, data);
        streams.forEach(stream -> stream.send(bytes));
    }

    private static byte[] event(String event, String data) {
        return ("event: " + event + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    private void tick() {
        ExchangeLog log = console.log();
        streams.removeIf(EventStream::isClosed);
        if (log == null) {
            // a reload has taken the console away
            streams.forEach(EventStream::end);
            return;
        }
        if (newest < log.firstId()) {
            newest = log.firstId();
            sent = newest;
        }
        // an exchange has its number a moment before it can be read: only what had one a tick ago is sent for sure
        long settled = newest;
        newest = log.newestId();
        if (streams.isEmpty()) {
            sent = newest;
            return;
        }
        Deque<String> news = news(log.since(sent, id -> id <= settled), log.firstId());
        if (!news.isEmpty()) {
            long before = sent;
            sent = settled;
            send(
                    "exchanges",
                    "{\"skipped\":" + (settled - before - news.size()) + ",\"exchanges\":[" + String.join(",", news)
                            + "]}");
        }
        if (++ticks % 5 == 0) {
            pending.look().thenAccept(this::sendPending);
        }
        if (ticks % 10 == 0) {
            send("stats", Json.compact(new Stats(console).live()));
            streams.forEach(EventStream::endIfDraining);
        }
    }

    /** That there are none any more is said once. */
    private synchronized void sendPending(ObjectNode found) {
        boolean isSome = !found.get("pending").isEmpty();
        if (isSome || hadPending) {
            send("pending", Json.compact(found));
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
