package hopyard.proxy.exchange;

import hopyard.proxy.io.HeadWriter;
import hopyard.proxy.server.Configuration;
import hopyard.proxy.server.Slots;
import hopyard.proxy.upstream.ResponseHead;

/** Records finished exchanges. Its methods are called on the exchange's I/O thread, and must not block. */
public interface Recorder {

    /** The key under which a configuration keeps its recorder. */
    Slots.Key<Recorder> KEY = new Slots.Key<>();

    /** Returns the recorder of a configuration; {@code null} for none. */
    static Recorder of(Configuration configuration) {
        return configuration.slots().get(KEY);
    }

    /** Whether an exchange is to be recorded. */
    static boolean wants(Exchange exchange) {
        return !exchange.isSubrequest()
                && of(exchange.configuration()) != null
                && exchange.handlers().isRecorded();
    }

    /** Returns a copy of the head of a request to an upstream, for {@link UpstreamTry#sentHead()}. */
    byte[] sent(Exchange exchange, HeadWriter head);

    /** Returns a copy of the head of an upstream's response, for {@link UpstreamTry#receivedHead()}. */
    byte[] received(ResponseHead head);

    /** Records an exchange that is over. */
    void finished(Exchange exchange);

    /**
     * Adds a line of the error log that came after the end of the exchange that is
     * {@linkplain RequestLog#recordedAs recorded under this id}.
     */
    default void logged(long id, String line) {}
}
