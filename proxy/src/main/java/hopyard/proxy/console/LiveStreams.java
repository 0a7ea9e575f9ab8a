package hopyard.proxy.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hopyard.proxy.http.Exchange;
import hopyard.proxy.record.ExchangeLog;
import hopyard.proxy.record.ExchangeRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * {@code live}: everybody who watches. Ten times a second the exchanges that have ended since, once a second the
 * figures. Under load only the newest ones of each tenth of a second are sent, with a count of the others.
 */
final class LiveStreams {

    private static final int MOST_STREAMS = 16;

    /** Of one tenth of a second: more than curl in a loop can do, and less than a browser can bear. */
    private static final int MOST_EXCHANGES = 100;

    private final Console console;
    private final List<EventStream> streams = new CopyOnWriteArrayList<>();
    private long sent;
    private long newest;
    private int ticks;

    LiveStreams(Console console) {
        this.console = console;
        console.ticker().scheduleWithFixedDelay(this::tick, 100, 100, TimeUnit.MILLISECONDS);
    }

    /** Adds a watcher; called on the exchange's I/O thread. */
    void open(Exchange exchange) {
        EventStream stream = new EventStream(exchange);
        if (add(stream)) {
            stream.open();
        } else {
            exchange.fail(503);
        }
    }

    /** Watchers come on several threads; what is sent to one waits on its own thread until it is open. */
    private synchronized boolean add(EventStream stream) {
        streams.removeIf(EventStream::isClosed);
        return streams.size() < MOST_STREAMS && streams.add(stream);
    }

    /** Tells every watcher. */
    void send(String event, String data) {
        streams.forEach(stream -> stream.send(event, data));
    }

    private void tick() {
        ExchangeLog log = console.log();
        streams.removeIf(EventStream::isClosed);
        if (log == null) {
            // a reload has taken the console away
            streams.forEach(EventStream::end);
            return;
        }
        // an exchange has its number a moment before it can be read: only what had one a tick ago is sent for sure
        long settled = newest;
        newest = log.newestId();
        if (streams.isEmpty()) {
            sent = newest;
            return;
        }
        List<ExchangeRecord> news = log.newest(sent, settled, MOST_EXCHANGES);
        if (!news.isEmpty()) {
            long before = sent;
            sent = settled;
            List<ExchangeRecord> shown = new ArrayList<>(news);
            Collections.reverse(shown);
            ObjectNode event = Json.object();
            event.put("skipped", sent - before - shown.size());
            event.set("exchanges", Json.array(shown, ExchangeView::summary));
            send("exchanges", Json.compact(event));
        }
        if (++ticks % 10 == 0) {
            send("stats", Json.compact(new Stats(console).live()));
            streams.forEach(EventStream::endIfDraining);
        }
    }
}
