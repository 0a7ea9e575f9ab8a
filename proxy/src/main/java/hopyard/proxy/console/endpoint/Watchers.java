package hopyard.proxy.console.endpoint;

import hopyard.proxy.exchange.Exchange;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Everybody who has a stream of events open. */
public final class Watchers {

    private static final int MAX_STREAMS = 16;

    /** Who takes nothing for so long gives its place to somebody who wants to watch. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String BEGINNING = ": the newest exchanges as they end, and figures once a second\n\n";

    private final List<EventStream> streams = new CopyOnWriteArrayList<>();

    /**
     * Adds a watcher; called on the exchange's I/O thread.
     *
     * @return its stream; {@code null} where it has been refused
     */
    public EventStream open(Exchange exchange, Reply reply) {
        EventStream stream = new EventStream(exchange, BEGINNING);
        if (!add(stream)) {
            reply.refuse(Refusal.busy("there are " + MAX_STREAMS + " watchers already, close one"));
            return null;
        }
        stream.open();
        return stream;
    }

    /** Watchers come on several threads; what is sent to one waits on its own thread until it is open. */
    private synchronized boolean add(EventStream stream) {
        forgetClosed();
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

    /** Forgets the streams that have ended. */
    public void forgetClosed() {
        streams.removeIf(EventStream::isClosed);
    }

    public boolean isEmpty() {
        return streams.isEmpty();
    }

    /** Tells every watcher. */
    public void tell(String event, String data) {
        byte[] bytes = EventStream.event(event, data);
        streams.forEach(stream -> stream.send(bytes));
    }

    /** Ends the streams whose server is going away. */
    public void endDraining() {
        streams.forEach(EventStream::endIfDraining);
    }

    /** Ends all streams. */
    public void endAll() {
        streams.forEach(EventStream::end);
    }
}
